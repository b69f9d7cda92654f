/** What the parsers of instructions give. */
import type { Cursor } from "../cursor.ts";
import type { Instruction } from "../instruction.ts";

/** An instruction without its place and text. */
export type Form = Instruction extends infer Each
  ? Each extends Instruction
    ? Omit<Each, "at" | "text">
    : never
  : never;

/** Reads the operands of an instruction; most are one form, and what does two things one after the other is two. */
export type Parse = (cursor: Cursor, mnemonic: string) => readonly Form[];

/** Mnemonics with what reads their operands. */
export type Forms = readonly (readonly [RegExp, Parse])[];

/** Operands that the architecture has and the parser has not: the instruction is kept as an unknown one. */
export class NotModelled extends Error {}
