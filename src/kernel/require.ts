/**
 * What words ask of what they are given. Model files run without their types being checked, and a slip that builds
 * a model all the same would be a wrong verdict.
 */
import { suggest, TlbcheckError } from "../model/diagnostic.ts";
import { callerSource } from "../model/source.ts";
import type { Page } from "./handles.ts";

/** The kinds of handles that words take. */
type Handle = "spinlock" | "rwsem" | "page" | "mm";

const examples: Readonly<Record<Handle, string>> = {
  spinlock: 'page.ptl, or m.spinlock("name")',
  rwsem: 'm.rwsem("name")',
  page: 'mm.page("name")',
  mm: "m.mm()",
};

/** Refuses what is no handle of that kind, with TLB201. */
export function requireHandle(given: unknown, kind: Handle): void {
  const found = typeof given === "object" && given !== null && "kind" in given ? given.kind : undefined;
  if (found !== kind)
    throw misuse(`${kind === "mm" ? "an" : "a"} ${kind} is needed here`, `such as ${examples[kind]}`);
}

/** Refuses, with TLB201, the page of a huge page where a word is about the page's own entry. */
export function requireSmall({ name, huge }: Page): void {
  if (huge)
    throw misuse(
      `${name} is a huge page, and this word is for small ones`,
      "see k.splitHugePmd(), k.mprotectHuge() and k.gupFastHuge()",
    );
}

/** Refuses what is no function, with TLB201: code that would have run at once instead of being written down. */
export function requireFunction(given: unknown, word: string): void {
  if (typeof given !== "function") throw misuse(`${word} takes a function`, "write () => … around it");
}

/** Refuses a word that is none of those known, with TLB201. */
export function requireOneOf(given: unknown, known: readonly (string | null)[], what: string): void {
  if (!known.some((each) => each === given))
    throw misuse(`${what} cannot be ${JSON.stringify(given)}`, `known: ${known.map(String).join(", ")}`);
}

/** The names of all options of a kind; a type that gains one does not compile until its table has it. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/** Refuses options that are not there, with TLB201: nobody would read them, and what they ask for would not be done. */
export function requireOptions<Options extends object>(
  given: Options,
  known: OptionNames<Options>,
  word: string,
): void {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(known, name))
      throw misuse(`${word} has no option "${name}"`, suggest(name, Object.keys(known)));
}

function misuse(message: string, hint: string): TlbcheckError {
  return new TlbcheckError("TLB201", message, { hint, source: callerSource() });
}
