/**
 * Names of variants and architectures in the code of a model file. `variant === "fxied"` is false in every configuration
 * and says so to nobody: whoever loads model files passes each literal that a variant is compared with through `knownName`.
 */
import { type DiagnosticCode, suggest, TlbcheckError } from "./diagnostic.ts";
import { callerSource } from "./source.ts";

/** What a configuration is chosen by, with the name of now and all that there are. */
export interface Chosen {
  readonly name: string | null;
  readonly known: readonly string[];
}

export type ChosenBy = "variant" | "arch";

/** How a name is compared with a text: it is equal to it, or a method of the name is asked. */
export type Comparison = "is" | "startsWith" | "endsWith" | "includes";

const CODES: Readonly<Record<ChosenBy, DiagnosticCode>> = { variant: "TLB203", arch: "TLB202" };
const WORDS: Readonly<Record<ChosenBy, string>> = { variant: "variant", arch: "architecture" };

let current: Readonly<Record<ChosenBy, Chosen>> | null = null;

/** Builds the model of a configuration, whose code may compare these names. */
export function withNames<T>(names: Readonly<Record<ChosenBy, Chosen>>, build: () => T): T {
  const before = current;
  current = names;
  try {
    return build();
  } finally {
    current = before;
  }
}

/**
 * The text, if some name is so compared with it true; whatever it is if `compared` is not the name of the configuration
 * that is built.
 *
 * @throws TlbcheckError TLB203 or TLB202
 */
export function knownName<T>(by: ChosenBy, compared: unknown, how: Comparison, text: T): T {
  if (!current || typeof text !== "string" || compared !== current[by].name) return text;
  const { known } = current[by];
  if (known.some((name) => (how === "is" ? name === text : name[how](text)))) return text;
  const what = how === "is" ? "" : `that ${VERBS[how]} `;
  throw new TlbcheckError(CODES[by], `there is no ${WORDS[by]} ${what}"${text}"`, {
    hint: suggest(text, known),
    source: callerSource(),
  });
}

/** A table that is indexed by the name: each of its keys is a name that there is, or "default". */
export function knownKeys<T>(by: ChosenBy, index: unknown, table: T): T {
  if (typeof table === "object" && table !== null)
    for (const key of Object.keys(table)) if (key !== "default") knownName(by, index, "is", key);
  return table;
}

const VERBS = { startsWith: "starts with", endsWith: "ends with", includes: "includes" } as const;
