/**
 * What a model file exports: a family of models, one for each architecture, variant and choice of parameters,
 * with the verdicts that its author expects.
 */
import { TlbcheckError, suggest } from "./diagnostic.ts";
import type { Model, Source } from "./model.ts";
import { callback, NOTHING } from "./argument-terms.ts";
import {
  type Invalid,
  isObject,
  requireKnownKeys,
  requireParts,
  requireVariant,
  SPEC,
} from "./family-checks.ts";
import type {
  ExpectedVerdict,
  FamilySpec,
  ParameterSpec,
  ParameterValue,
  PerArch,
  Variant,
} from "./family-spec.ts";
import { withNames } from "./known-names.ts";
import { own } from "./own.ts";
import { callerSource } from "./source.ts";

export type * from "./family-spec.ts";

/** One member of a family. `arch` is null for models without hardware. */
export interface Configuration {
  readonly arch: string | null;
  readonly variant: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

export interface Family {
  /** Tells a model file's export from other objects, across copies of this package. */
  readonly kind: "tlbcheck.model-family";
  readonly name: string;
  readonly spec: FamilySpec;
  readonly variants: Readonly<Record<string, Variant>>;
  readonly source: Source | null;
  /** The model of a configuration. `hardware` is passed on to the architecture, to override its rules. */
  readonly build: (configuration: Configuration, hardware?: unknown) => Model;
  /** The configuration in whose model counterexamples of a saturated model are told; undefined: there is none. */
  readonly reference?: (configuration: Configuration) => Configuration;
}

/** What of a family is plain data on its variants. */
export interface Variants extends Pick<Family, "variants"> {
  readonly spec: Pick<FamilySpec, "optional">;
}

/** The variant of a family that declares none. */
export const ONLY_VARIANT = "default";

/**
 * Refuses a declaration whose parts are missing or in another order, with TLB206.
 *
 * @param declare what builds the models: the last argument of `scenario` and of `model`
 * @returns the same, which refuses to leave something for later: what an async function does behind its first `await`
 */
export function requireDeclaration<Declare extends (...given: never[]) => void>(
  name: string,
  spec: unknown,
  declare: Declare,
  example: string,
): Declare {
  const source = callerSource();
  const invalid = (what: string): TlbcheckError =>
    new TlbcheckError("TLB206", `model "${name}": ${what}`, { source, hint: `write ${example}` });
  if (!isObject(spec)) throw invalid("it does not say what it is about");
  if (typeof declare !== "function") throw invalid("there is no function that builds it");
  const call = { name: `model "${name}"`, code: "TLB206" } as const;
  return callback<Declare>(NOTHING, "m, choice").take(declare, { call, path: "its function" });
}

export function defineFamily(
  name: string,
  spec: FamilySpec,
  build: (configuration: Configuration, hardware?: unknown) => Model,
  {
    reference,
    architectures = spec.arch ?? [],
  }: {
    readonly reference?: (configuration: Configuration) => Configuration;
    /** All that there are, whether the family lists them or not. */
    readonly architectures?: readonly string[];
  } = {},
): Family {
  const source = callerSource();
  const invalid: Invalid = (message, hint) =>
    new TlbcheckError("TLB206", `model "${name}": ${message}`, {
      source,
      ...(hint === undefined ? {} : { hint }),
    });
  requireKnownKeys(spec, SPEC, "there is no", invalid);
  requireParts(name, spec);
  if (!/^[\w.-]+$/.test(name)) throw invalid("the name may hold letters, digits, and . _ - only");
  if (spec.arch?.length === 0) throw invalid("arch is empty; leave it out for a model without hardware");
  for (const [key, parameter] of Object.entries(spec.parameters ?? {})) {
    const expected = objection(parameter, parameter.default);
    if (expected !== null) throw invalid(`the default of the parameter ${key} is not ${expected}`);
  }
  const variants = spec.variants ?? { [ONLY_VARIANT]: { about: spec.about, expect: {} } };
  if (Object.keys(variants).length === 0)
    throw invalid("variants is empty; leave it out if there is only one");
  for (const [key, variant] of Object.entries(variants))
    requireVariant(key, variant, spec.arch ?? [], invalid);
  const ids = Object.entries(variants).flatMap(([key, variant]) => [key, ...idsOf(variant)]);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) throw invalid(`two variants answer to "${twice}"`);
  for (const [key, variant] of Object.entries(variants))
    for (const arch of variant.arch ?? [])
      if (!spec.arch?.includes(arch))
        throw invalid(`variant "${key}" names the architecture "${arch}", which the model does not list`);
  const { headline } = spec;
  if (headline && !Object.hasOwn(variants, headline.variant))
    throw invalid(
      `the headline names the variant "${headline.variant}"; ${suggest(headline.variant, Object.keys(variants))}`,
    );
  return {
    kind: "tlbcheck.model-family",
    name,
    spec,
    variants,
    source,
    build: (configuration, hardware) =>
      withNames(
        {
          variant: { name: configuration.variant, known: Object.keys(variants) },
          arch: { name: configuration.arch, known: architectures },
        },
        () => build(configuration, hardware),
      ),
    ...(reference ? { reference } : {}),
  };
}

/** What other manuals and makefiles call them. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  x86: "intel or amd",
  x86_64: "intel or amd",
  x64: "intel or amd",
  amd64: "intel or amd",
  i386: "intel or amd",
  aarch64: "arm64",
  riscv64: "riscv",
  ppc64: "powerpc",
};

/** `suggest`, with what an architecture of another name is called here. */
export function suggestArchitecture(word: string, known: readonly string[]): string {
  const here = own(OTHER_NAMES, word.toLowerCase());
  return here === undefined ? suggest(word, known) : `${word} is ${here}; known: ${known.join(", ")}`;
}

export function isFamily(value: unknown): value is Family {
  return (
    typeof value === "object" && value !== null && (value as Partial<Family>).kind === "tlbcheck.model-family"
  );
}

/** Which configurations to take; whatever is not given stands for all (or for the parameter's default). */
export interface Selection {
  readonly arch?: string | undefined;
  /** A name or an id. */
  readonly variant?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The configurations of a family that a selection names, in the order of the model file. */
export function configurations(family: Family, selection: Selection = {}): Configuration[] {
  const architectures: readonly (string | null)[] = family.spec.arch ?? [null];
  if (selection.arch !== undefined && !architectures.includes(selection.arch))
    throw new TlbcheckError(
      "TLB202",
      `the model ${family.name} does not know the architecture "${selection.arch}"`,
      {
        hint: suggestArchitecture(selection.arch, family.spec.arch ?? []),
      },
    );
  const { variant: word } = selection;
  const variant = word === undefined ? undefined : variantNamed(family, word);
  const parameters = parameterValues(family, selection.parameters ?? {});
  const found = Object.entries(family.variants)
    .filter(([name]) => variant === undefined || name === variant)
    .flatMap(([name, { arch }]) =>
      architectures
        .filter((each) => selection.arch === undefined || each === selection.arch)
        .filter((each) => arch === undefined || (each !== null && arch.includes(each)))
        .filter(
          (each) =>
            word === undefined || word === name || onArch(own(family.variants, name)!.id, each) === word,
        )
        .map((each) => ({ arch: each, variant: name, parameters })),
    );
  if (found.length === 0) {
    const what = variant === undefined ? "no variant" : `no variant "${variant}"`;
    const elsewhere = configurations(family, { ...selection, arch: undefined }).map(({ arch }) => arch);
    throw new TlbcheckError("TLB203", `the model ${family.name} has ${what} on ${selection.arch}`, {
      hint: `known: ${[...new Set(elsewhere)].join(", ")}`,
    });
  }
  return found;
}

/** The verdict that the author expects of a property in a configuration. */
export function expectedVerdict(
  family: Variants,
  configuration: Configuration,
  property: string,
): ExpectedVerdict {
  const { arch, variant } = configuration;
  return onArch(own(own(family.variants, variant)?.expect, property), arch) ?? "holds";
}

/** The identifier of a configuration's variant on its architecture, if it has one. */
export function variantId(family: Variants, { arch, variant }: Configuration): string | null {
  return onArch(own(family.variants, variant)?.id, arch);
}

/** Why the verdict of a property in a configuration is expected, if its author says so of that property. */
export function expectedReason(
  family: Variants,
  configuration: Configuration,
  property: string,
): string | null {
  const { arch, variant } = configuration;
  const { reason, reasons } = own(family.variants, variant) ?? {};
  const given = onArch(own(reasons, property), arch);
  return given ?? (isAbout(family, configuration, property) ? onArch(reason, arch) : null);
}

/** Whether a variant's `reason` is about a property: the first that is expected to be violated, or any if none is. */
function isAbout(family: Variants, configuration: Configuration, property: string): boolean {
  const added = family.spec.optional?.map(({ name }) => name) ?? [];
  if (added.includes(property)) return false;
  const named = Object.keys(own(family.variants, configuration.variant)?.expect ?? {});
  const first = named.find(
    (name) => !added.includes(name) && expectedVerdict(family, configuration, name) === "violated",
  );
  return first === undefined || first === property;
}

/** All identifiers of a variant. */
export function idsOf({ id }: Variant): string[] {
  if (id === undefined) return [];
  return typeof id === "string" ? [id] : [...new Set(Object.values(id))];
}

function onArch<Value extends string>(value: PerArch<Value> | undefined, arch: string | null): Value | null {
  if (value === undefined || typeof value === "string") return value ?? null;
  return (arch === null ? undefined : own(value, arch)) ?? null;
}

function variantNamed(family: Family, word: string): string {
  const all = Object.entries(family.variants);
  const found = all.find(([name, variant]) => name === word || idsOf(variant).includes(word));
  if (found) return found[0];
  const known = all.flatMap(([name, variant]) => [name, ...idsOf(variant)]);
  throw new TlbcheckError("TLB203", `the model ${family.name} has no variant "${word}"`, {
    hint: suggest(word, known),
  });
}

function parameterValues(
  family: Family,
  given: Readonly<Record<string, string>>,
): Record<string, ParameterValue> {
  const specs = family.spec.parameters ?? {};
  for (const name of Object.keys(given))
    if (!Object.hasOwn(specs, name))
      throw new TlbcheckError("TLB205", `the model ${family.name} has no parameter "${name}"`, {
        hint: suggest(name, Object.keys(specs)),
      });
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const text = own(given, name);
      return [name, text === undefined ? spec.default : parseParameter(name, spec, text)];
    }),
  );
}

function parseParameter(name: string, spec: ParameterSpec, text: string): ParameterValue {
  const value = parsed(spec, text);
  const expected = objection(spec, value);
  if (expected === null) return value;
  throw new TlbcheckError("TLB205", `the parameter ${name} cannot be "${text}"`, {
    hint: `it is ${expected}`,
  });
}

/** The value that a text stands for, or the text itself where it is none of the parameter's type. */
function parsed(spec: ParameterSpec, text: string): ParameterValue {
  if ("min" in spec) return text.trim() === "" ? text : Number(text);
  if ("oneOf" in spec) return text;
  return text === "true" || text === "false" ? text === "true" : text;
}

/** What a parameter's value must be, if the given one is something else. */
function objection(spec: ParameterSpec, value: ParameterValue): string | null {
  if ("min" in spec) {
    const fits = Number.isInteger(value) && Number(value) >= spec.min && Number(value) <= spec.max;
    return fits ? null : `a whole number from ${spec.min} to ${spec.max}`;
  }
  if ("oneOf" in spec) return spec.oneOf.includes(String(value)) ? null : `one of: ${spec.oneOf.join(", ")}`;
  return typeof value === "boolean" ? null : "true or false";
}
