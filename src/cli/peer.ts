/** What another model checker is asked, and what it answers. */
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import type { Format } from "../export/formats.ts";
import { shellQuote } from "../report/shell.ts";
import type { Exported } from "../export/options.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Model } from "../model/model.ts";
import { type Ended, type ProcessLimits, runLimited } from "./limited-process.ts";

/** Counting every state without properties, or judging the properties. */
export type Mode = "count" | "judge";

export type Answer =
  | { readonly kind: "counts"; readonly states: number; readonly transitions: number }
  /** `counts`: of the search that judged, where it counts what the other mode does; else null. */
  | { readonly kind: "holds"; readonly counts: (Answer & { readonly kind: "counts" }) | null }
  /** `length`: actions of the shortest violation, or null where the tool does not look for the shortest. */
  | { readonly kind: "violated"; readonly length: number | null }
  /** A limit ended it. */
  | { readonly kind: "stopped"; readonly why: string };

export interface Question {
  readonly mode: Mode;
  readonly model: Model;
  readonly exported: Exported;
  /** A folder of the peer's own, where it leaves what it writes. */
  readonly folder: string;
  /** How many states there are, so that tables can be made large enough. */
  readonly states: number;
  readonly limits: ProcessLimits;
}

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

export interface Peer {
  readonly name: string;
  readonly format: Format;
  /** The commands that it takes, and the Debian packages that bring them. */
  readonly needs: readonly { readonly command: string; readonly debian: string }[];
  /** The commands that tell its version, and those of the programs that it needs. */
  readonly versions: readonly Command[];
  readonly ask: (question: Question) => Promise<Answer>;
}

/** Runs the commands of one question, and keeps what they print beside what they write. */
export class Transcript {
  readonly #peer: string;
  readonly #question: Question;
  #text = "";

  constructor(peer: string, question: Question) {
    this.#peer = peer;
    this.#question = question;
  }

  /** Runs a command whatever its exit status; null if a limit ended it. */
  async run(words: Command): Promise<Ended | null> {
    const ended = await runLimited(words, this.#question.folder, this.#question.limits);
    this.#text += `$ ${words.map(shellQuote).join(" ")}\n${ended.output}\n`;
    await writeFile(join(this.#question.folder, "transcript.txt"), this.#text);
    return ended.timedOut ? null : ended;
  }

  /** Runs a command that has to succeed, and if `quiet` without a word. */
  async require(words: Command, quiet = false): Promise<boolean> {
    const ended = await this.run(words);
    if (ended && (ended.status !== 0 || (quiet && ended.output.trim() !== "")))
      throw this.failure(ended.output);
    return ended !== null;
  }

  /** That the peer did not answer, with the end of what it said. */
  failure(output: string): TlbcheckError {
    return new TlbcheckError("TLB603", `${this.#peer} gave no answer on ${this.#question.model.name}`, {
      hint: `${output.trim().slice(-2000)}\n  in ${this.#question.folder}`,
    });
  }
}

/** A compiler's optimisation pays only where the search is long. */
export function optimisation(states: number): string {
  return states > 200_000 ? "-O2" : "-O0";
}

/** The answer where the time ran out. */
export const timedOut: Answer = { kind: "stopped", why: "time" };
export const outOfMemory: Answer = { kind: "stopped", why: "memory" };
