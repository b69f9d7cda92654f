/** Everything before the initial state: `AArch64 NAME`, a text in quotes, and lines `Key=Value`. */
import type { Setting } from "./ast.ts";
import { evenSpaces } from "./cursor.ts";
import { type LitmusSource, malformed, positions } from "./lexer.ts";

export interface Head {
  readonly name: string;
  readonly about: string | null;
  readonly settings: readonly Setting[];
  /** The character at which the initial state begins. */
  readonly end: number;
}

/** A test in a format that is known, and not read here: its name, and the format in some words. */
export interface ForeignTest {
  readonly name: string;
  readonly format: string;
}

/** What herd's own tests may be for besides AArch64, by the first word of the file. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  X86_64: "x86-64 assembly",
  X86: "32-bit x86 assembly",
  RISCV: "RISC-V assembly",
  ARM: "32-bit Arm assembly",
  PPC: "Power assembly",
  MIPS: "MIPS assembly",
  C: "C, as of the kernel's memory model",
  CPP: "C++",
  LISA: "Lisa, the language of the Bell models",
  Bell: "Lisa, the language of the Bell models",
  BPF: "BPF",
  JAVA: "Java",
  ASL: "Arm's specification language",
  PTX: "PTX",
  GPU_PTX: "PTX",
};

/** The format and the name of a test that is not in herd's format for AArch64; null for one that may be. */
export function foreignTest(file: string, text: string): ForeignTest | null {
  const [, word, name] = /^\s*(\w+)[ \t]+([^\s"(]+)/.exec(text) ?? [];
  const architecture =
    word === undefined ? undefined : Object.entries(ARCHITECTURES).find(([each]) => sameWord(each, word));
  if (architecture) return { name: name!, format: `a test in ${architecture[1]}` };
  if (!/^arch[ \t]*=/m.test(text)) return null;
  const [, quoted] = /^name[ \t]*=[ \t]*"([^"\n]*)"/m.exec(text) ?? [];
  return { name: quoted ?? file, format: "a test in the TOML format of isla-axiomatic" };
}

function sameWord(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** @throws TlbcheckError TLB501 where there is no first line, or nothing that begins an initial state */
export function parseHead(source: LitmusSource): Head {
  const { text } = source;
  const place = positions(text);
  const [line, space, name] = /^(\s*)AArch64[ \t]+([^\s"(;]+)/.exec(text) ?? [];
  if (name === undefined)
    throw malformed(source, place(firstCharacter(text)), 'the first line "AArch64 NAME"');
  const settings: Setting[] = [];
  let about: string | null = null;
  let at = line!.length;
  for (;;) {
    at = firstCharacter(text, at);
    if (text[at] === "{")
      return Object.freeze({ name: evenSpaces(name), about, settings: Object.freeze(settings), end: at });
    if (at >= text.length) throw malformed(source, place(firstCharacter(text, space!.length)), EXPECTED);
    const [quoted, words] = match(/"([^"]*)"/y, text, at);
    const [assignment, key, value] = match(/([A-Za-z][\w/.-]*)[ \t]*=([^\n]*)/y, text, at);
    // Herd passes over what is neither.
    const [other] = match(/[^\n{]*/y, text, at);
    if (quoted !== undefined) about ??= evenSpaces(words!);
    else if (assignment !== undefined)
      settings.push(Object.freeze({ key: key!, value: value!.trim(), at: place(at) }));
    at += (quoted ?? assignment ?? other)!.length;
  }
}

const EXPECTED = 'a test with an initial state in "{" and "}" after its first lines';

function match(pattern: RegExp, text: string, at: number): readonly (string | undefined)[] {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? [];
}

function firstCharacter(text: string, from = 0): number {
  return from + /^\s*/.exec(text.slice(from))![0].length;
}
