/** What the declaration of a family has to be: types are not checked when a model file runs. */
import { NUMBER, record, STRING } from "./argument-language.ts";
import { list, matching, optional, options, refined, takeOne, TEXT } from "./arguments.ts";
import { suggest, type TlbcheckError } from "./diagnostic.ts";
import type { ExpectedVerdict, FamilySpec, ParameterValue, Variant } from "./family-spec.ts";

/** An error with the name and the line of the family. */
export type Invalid = (message: string, hint?: string) => TlbcheckError;

/** The names of what a family and a variant declare; a type that gains one does not compile until it is here. */
export const SPEC: Readonly<Record<keyof FamilySpec, true>> = {
  about: true,
  arch: true,
  variants: true,
  parameters: true,
  optional: true,
  headline: true,
};
const VARIANT: Readonly<Record<keyof Variant, true>> = {
  id: true,
  about: true,
  expect: true,
  reason: true,
  reasons: true,
  source: true,
  arch: true,
};
const VERDICTS: Readonly<Record<ExpectedVerdict, true>> = { holds: true, violated: true };

/** Refuses what is no part of a declaration. */
export function requireKnownKeys(given: object, names: object, what: string, invalid: Invalid): void {
  for (const key of Object.keys(given))
    if (!Object.hasOwn(names, key))
      throw invalid(`${what} "${key}" to declare`, suggest(key, Object.keys(names)));
}

/** Refuses a variant with parts that it cannot have. */
export function requireVariant(
  name: string,
  variant: Variant,
  architectures: readonly string[],
  invalid: Invalid,
): void {
  requireKnownKeys(variant, VARIANT, `variant "${name}" has no`, invalid);
  requireTexts(name, variant, architectures, invalid);
  requireVerdicts(name, variant, architectures, invalid);
}

interface GivenParameter {
  readonly about: string;
  readonly default: ParameterValue;
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly string[];
}

/** What a parameter needs and may have besides its default, by the type of that. */
const BOUNDS: Readonly<Record<string, readonly (keyof GivenParameter)[]>> = {
  number: ["min", "max"],
  string: ["oneOf"],
  boolean: [],
};

const PARAMETERS = record(
  refined(
    options<GivenParameter>({
      about: STRING,
      default: matching("a number, true, false or a text", (given) => Object.hasOwn(BOUNDS, typeof given)),
      min: optional(NUMBER),
      max: optional(NUMBER),
      oneOf: optional(list(STRING)),
    }),
    'such as { about: "…", default: 2, min: 1, max: 4 }, { about: "…", default: true }',
    boundsObjection,
  ),
);

function boundsObjection(given: GivenParameter): string | null {
  const type = typeof given.default;
  const needed = BOUNDS[type]!;
  const of = `a parameter whose default is a ${type}`;
  const missing = needed.filter((key) => given[key] === undefined);
  if (missing.length > 0) return `${of} needs ${missing.join(" and ")}`;
  const other = (["min", "max", "oneOf"] as const).find(
    (key) => given[key] !== undefined && !needed.includes(key),
  );
  return other === undefined ? null : `${of} has no ${other}`;
}
const HEADLINE = options<{ variant: string; arch?: string; property?: string }>({
  variant: TEXT,
  arch: optional(TEXT),
  property: optional(TEXT),
});

/** Architectures, each once. */
const DIFFERENT = refined(list(TEXT), "a list of different names", (names) => {
  const twice = names.find((name, i) => names.indexOf(name) < i);
  return twice === undefined ? null : `"${twice}" is listed twice`;
});

/** Checks the parts of a declaration that have keys or members of their own. */
export function requireParts(
  name: string,
  { about, arch, parameters, headline, variants }: FamilySpec,
): void {
  const call = { name: `model "${name}"`, code: "TLB206" } as const;
  takeOne(STRING, about, { call, path: "about" });
  takeOne(optional(DIFFERENT), arch, { call, path: "arch" });
  takeOne(optional(PARAMETERS), parameters, { call, path: "parameters" });
  takeOne(optional(HEADLINE), headline, { call, path: "headline" });
  takeOne(optional(record(matching("an object", isObject))), variants, { call, path: "variants" });
  for (const [variant, each] of Object.entries(variants ?? {}))
    takeOne(optional(DIFFERENT), each.arch, { call, path: `variants.${variant}.arch` });
}

/** Types are not checked when a model file runs. */
export function isObject(given: unknown): boolean {
  return typeof given === "object" && given !== null;
}

/** Refuses what a variant expects if no verdict can be that: it would be reported as not as expected, or be overlooked. */
function requireVerdicts(
  name: string,
  { expect }: Variant,
  architectures: readonly string[],
  invalid: Invalid,
): void {
  if (!isObject(expect))
    throw invalid(
      `variant "${name}" does not say what it expects`,
      'write expect: { "use-after-free-page": "violated" }, or expect: {} if everything holds',
    );
  for (const [property, verdicts] of Object.entries(expect)) {
    requireArchitectures(name, "expects a verdict", verdicts, architectures, invalid);
    for (const verdict of typeof verdicts === "object" ? Object.values(verdicts) : [verdicts])
      if (!Object.hasOwn(VERDICTS, verdict))
        throw invalid(
          `variant "${name}" cannot expect "${verdict}" of "${property}"`,
          suggest(String(verdict), Object.keys(VERDICTS)),
        );
  }
}

/** Refuses texts for people that are none, and those for architectures that the family does not have. */
function requireTexts(
  name: string,
  { about, id, reason, reasons = {}, source }: Variant,
  architectures: readonly string[],
  invalid: Invalid,
): void {
  if (!isObject(reasons)) throw invalid(`variant "${name}" gives reasons that are no object`);
  const texts: readonly (readonly [string, unknown])[] = [
    ["about", about],
    ["source", source],
    ["id", id],
    ["reason", reason],
    ...Object.values(reasons).map((each) => ["reason", each] as const),
  ];
  for (const [what, text] of texts) {
    const perArch = what === "id" || what === "reason";
    if (perArch)
      requireArchitectures(name, `has ${what === "id" ? "an id" : "a reason"}`, text, architectures, invalid);
    const all = perArch && isObject(text) ? Object.values(text as object) : [text];
    if (all.some((each) => typeof each !== "string" && (each !== undefined || what === "about")))
      throw invalid(`the ${what} of variant "${name}" is no text`);
  }
}

/** Refuses what depends on an architecture that the family does not have. */
function requireArchitectures(
  variant: string,
  does: string,
  perArch: unknown,
  architectures: readonly string[],
  invalid: Invalid,
): void {
  if (!isObject(perArch)) return;
  for (const arch of Object.keys(perArch as object))
    if (!architectures.includes(arch))
      throw invalid(
        `variant "${variant}" ${does} on the architecture "${arch}"`,
        suggest(arch, architectures),
      );
}
