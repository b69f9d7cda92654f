/**
 * An entry of the table of kernel primitives: the function that writes it to a program and what each parameter has to
 * be. The method of `k`, its argument checks and its row in `docs/words.md` come from the entry; the name is its key in
 * the table, the description the comment above it. Where Linux has it is in `src/kernel/sources.ts`.
 */
import { callback, NOTHING } from "../../model/argument-terms.ts";
import type { Parameter } from "../../model/arguments.ts";
import type { KernelCode, ThreadProgram } from "./thread-program.ts";

/** Code of the scenario, written where it is called. */
export const CODE = callback<KernelCode>(NOTHING, "k");

/** One description for each parameter of a function; the last one of `(...pages)` describes all that are left. */
export type ParametersOf<Args extends readonly unknown[]> = number extends Args["length"]
  ? readonly Parameter<Args[number]>[]
  : { readonly [I in keyof Args]-?: Parameter<NonNullable<Args[I]> | Extract<Args[I], null>> };

export interface Primitive<Args extends readonly unknown[], Result> {
  readonly run: (k: ThreadProgram, ...args: Args) => Result;
  readonly parameters: readonly Parameter<unknown>[];
  /** What it gives to the scenario, in words; null for nothing. */
  readonly gives: string | null;
}

/** Any entry of the table. */
export type AnyPrimitive = Primitive<never[], unknown>;

/** Describes a primitive. */
export function primitive<Args extends readonly unknown[], Result>(
  run: (k: ThreadProgram, ...args: Args) => Result,
  parameters: ParametersOf<Args>,
  gives: string | null = null,
): Primitive<Args, Result> {
  return { run, parameters, gives };
}

/** An entry whose method has a type that its function alone does not say: one with a type parameter. */
export interface Typed<Method> extends AnyPrimitive {
  /** Known to the compiler alone. */
  readonly method: Method;
}

/** The methods of a table: the parameters as the functions name them, without the program. */
export type MethodsOf<Table> = {
  [Name in keyof Table]: Table[Name] extends Typed<infer Method>
    ? Method
    : Table[Name] extends Primitive<infer Args, infer Result>
      ? (...args: Args) => Result
      : never;
};
