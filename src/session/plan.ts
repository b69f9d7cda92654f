/** What a check is going to do: the configurations selected, their models built and found well formed. */
import { formatDiagnostic, suggest, TlbcheckError } from "../model/diagnostic.ts";
import { type Configuration, configurations, type Family } from "../model/family.ts";
import type { Model, Property } from "../model/model.ts";
import { own } from "../model/own.ts";
import { validate } from "../model/validate.ts";
import { InvalidModelError } from "../model/invalid-model.ts";
import { defaultProperties, goalsOf } from "./outcome-of.ts";
import { shellQuote } from "../report/shell.ts";

/** What of a model file is wanted. */
export interface Selecting {
  /** The model file, as commands name it. */
  readonly file: string;
  readonly arch: string | undefined;
  readonly variant: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  /** Names, or other names, of properties; none: those that are judged by default. */
  readonly properties: readonly string[];
}

/** One search to make. */
export interface Task {
  /** The model file, as the command line names it. */
  readonly file: string;
  readonly configuration: Configuration;
  readonly model: Model;
  /** The properties to give a verdict on. */
  readonly judged: readonly Property[];
  /** The names of what the search decides: the properties judged, and the goals, without which they are vacuous. */
  readonly searched: readonly string[];
  /** The command that does this task alone. */
  readonly command: string;
  /** The model in which counterexamples are told, built when it is needed; null: the model itself. */
  readonly reference: (() => Model) | null;
}

/** Whether the command line says which verdicts are wanted. */
export function isSelection({ arch, variant, properties, parameters }: Selecting): boolean {
  return (
    arch !== undefined || variant !== undefined || properties.length > 0 || Object.keys(parameters).length > 0
  );
}

/**
 * The tasks in the order of the model file.
 *
 * @throws TlbcheckError for a name that the family does not know, InvalidModelError for models with faults
 */
export function planTasks(family: Family, options: Selecting): Task[] {
  const { arch, variant, parameters } = options;
  const selected = configurations(family, { arch, variant, parameters });
  const built = selected.map((configuration) => ({ configuration, model: family.build(configuration) }));
  requireValid(built.map(({ model }) => model));
  // With one architecture selected, a property of another one is not in sight.
  if (arch === undefined)
    for (const name of Object.keys(family.variants)) requireKnownExpectations(family, name, built);
  const tasks = built.map(({ configuration, model }) => {
    const judged = judgedProperties(model, options.properties);
    const searched = [...new Set([...judged, ...goalsOf(model)].map(({ name }) => name))];
    const command = commandFor(family, configuration, options);
    const reference = referenceOf(family, configuration, model);
    return { file: options.file, configuration, model, judged, searched, command, reference };
  });
  requireKnownProperties(
    family,
    built.map(({ model }) => model),
    options.properties,
  );
  return options.properties.length === 0 ? tasks : tasks.filter(({ judged }) => judged.length > 0);
}

function referenceOf(family: Family, configuration: Configuration, model: Model): (() => Model) | null {
  if (!model.saturated || !family.reference) return null;
  const of = family.reference(configuration);
  return () => family.build(of);
}

function requireValid(models: readonly Model[]): void {
  const found = new Map(
    models.flatMap(validate).map((diagnostic) => [formatDiagnostic(diagnostic), diagnostic]),
  );
  if (found.size > 0) throw new InvalidModelError([...found.values()]);
}

/** An expectation of a property that is misspelled would never be held against anything. */
function requireKnownExpectations(
  family: Family,
  variant: string,
  built: readonly Pick<Task, "configuration" | "model">[],
): void {
  const models = built
    .filter(({ configuration }) => configuration.variant === variant)
    .map(({ model }) => model);
  if (models.length === 0) return;
  const declared = models.flatMap(({ properties }) => properties.map(({ name }) => name));
  const optional = (family.spec.optional ?? []).map(({ name }) => name);
  const known = [...new Set([...declared, ...optional])];
  const { expect, reasons = {} } = own(family.variants, variant)!;
  const named = [
    ...Object.keys(expect).map((name) => [name, "expects a verdict of"] as const),
    ...Object.keys(reasons).map((name) => [name, "gives a reason for"] as const),
  ];
  for (const [name, what] of named)
    if (!known.includes(name))
      throw new TlbcheckError(
        "TLB206",
        `variant "${variant}" ${what} "${name}", which is no property of it`,
        {
          hint: suggest(name, known),
          source: family.source,
        },
      );
}

function judgedProperties(model: Model, wanted: readonly string[]): readonly Property[] {
  if (wanted.length === 0) return defaultProperties(model);
  return model.properties
    .filter((property) => wanted.some((word) => answersTo(property, word)))
    .map((property) => ({ ...property, standing: false }));
}

function answersTo({ name, aliases }: Pick<Property, "name" | "aliases">, word: string): boolean {
  return [name, ...aliases].some((each) => each.toLowerCase() === word.toLowerCase());
}

function requireKnownProperties(family: Family, models: readonly Model[], wanted: readonly string[]): void {
  const properties = models.flatMap((model) => model.properties);
  const known = [...new Set(properties.flatMap(({ name, aliases }) => [name, ...aliases]))];
  for (const word of wanted)
    if (!properties.some((property) => answersTo(property, word))) {
      const optional = family.spec.optional?.find((each) => answersTo(each, word));
      throw new TlbcheckError("TLB204", `the model ${family.name} has no property "${word}"`, {
        hint: optional ? `${optional.name} is checked with ${optional.option}` : suggest(word, known),
      });
    }
}

function commandFor(family: Family, { arch, variant }: Configuration, options: Selecting): string {
  const several = Object.keys(family.variants).length > 1;
  const words = [
    "tlbcheck",
    options.file,
    ...(arch === null ? [] : ["--arch", arch]),
    ...(several ? ["--variant", variant] : []),
    ...Object.entries(options.parameters).flatMap(([name, value]) => ["--set", `${name}=${value}`]),
  ];
  return words.map(shellQuote).join(" ");
}

/** What options set of the models of several files, for one of them: without hardware it has no form of hardware. */
export function applicable(
  { reference }: Family,
  parameters: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return reference
    ? parameters
    : Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== "hardware"));
}
