/**
 * The words of a successor while a body's statements change them. Constants that are assigned are collected, so
 * that several cost one instruction a word, and read back as what they are.
 */
import type { Field } from "../model/layout.ts";
import { fieldMask, fieldValue } from "./bit-test.ts";
import type { CodeWriter } from "./code-writer.ts";
import { hex, type Words } from "./expressions.ts";

/** A word: a local, and what is to be done to it still. */
interface Word {
  readonly local: string;
  /** Bits to clear, and bits to set after that. */
  readonly clear: bigint;
  readonly set: bigint;
}

const ALL = (1n << 64n) - 1n;

export class StateWords implements Words {
  readonly #words: Word[];
  readonly #out: CodeWriter;

  /** The words as they are in a state that was loaded into locals. */
  constructor(count: number, out: CodeWriter) {
    this.#words = Array.from({ length: count }, (_, word) => ({
      local: sourceLocal(word),
      clear: 0n,
      set: 0n,
    }));
    this.#out = out;
  }

  get count(): number {
    return this.#words.length;
  }

  word(word: number, mask: bigint): string {
    if ((this.#words[word]!.clear & mask) !== 0n) this.settle(word);
    return `(local.get ${this.#words[word]!.local})`;
  }

  known(field: Field): number | null {
    const { clear, set } = this.#words[field.word]!;
    const mask = fieldMask(field);
    if (mask === 0n || (clear & mask) !== mask) return null;
    return Number((set & mask) >> BigInt(field.shift)) + field.min;
  }

  assignConstant(field: Field, code: number): void {
    const { local, clear, set } = this.#words[field.word]!;
    const mask = fieldMask(field);
    this.#words[field.word] = { local, clear: clear | mask, set: (set & ~mask) | fieldValue(field, code) };
  }

  /** Assigns what `bits` computes: an i64 with the field's bits in their place. */
  assign(word: number, mask: string, bits: string): void {
    const kept = `(i64.and ${this.text(word)} ${mask})`;
    this.#become(word, `(i64.or ${kept} ${bits})`);
  }

  /** The text of a whole word. */
  text(word: number): string {
    const { local, clear, set } = this.#words[word]!;
    const get = `(local.get ${local})`;
    const ones = ALL ^ clear;
    if (clear === 0n) return get;
    if (clear === set) return `(i64.or ${get} (i64.const ${hex(set)}))`;
    const cleared = `(i64.and ${get} (i64.const ${hex(ones)}))`;
    return set === 0n ? cleared : `(i64.or ${cleared} (i64.const ${hex(set)}))`;
  }

  /** Does what is still to be done to a word. */
  settle(word: number): void {
    if (this.#words[word]!.clear !== 0n) this.#become(word, this.text(word));
  }

  /** Brings words into the locals that both branches of an `if` leave them in. */
  settleForBranches(words: Iterable<number>): void {
    for (const word of words)
      if (this.#words[word]!.local !== targetLocal(word) || this.#words[word]!.clear !== 0n)
        this.#become(word, this.text(word));
  }

  /** A copy that writes its lines to another place. */
  branch(out: CodeWriter): StateWords {
    const copy = new StateWords(this.count, out);
    this.#words.forEach((word, i) => (copy.#words[i] = word));
    return copy;
  }

  #become(word: number, text: string): void {
    this.#out.line(`(local.set ${targetLocal(word)} ${text})`);
    this.#words[word] = { local: targetLocal(word), clear: 0n, set: 0n };
  }
}

/** The local that holds a word of the state in work. */
export function sourceLocal(word: number): string {
  return `$w${word}`;
}

/** The local that holds a word of its successor. */
export function targetLocal(word: number): string {
  return `$n${word}`;
}
