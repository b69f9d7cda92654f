/** `tlbcheck list`: the models in a folder and what can be selected in them. */
import { printableJson } from "../model/printable.ts";
import { configurations, idsOf, type Family, ONLY_VARIANT, type ParameterSpec } from "../model/family.ts";
import { alignColumns, wrap } from "../report/text.ts";
import type { ListOptions } from "./arguments.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { failureOf } from "./failure.ts";
import { loadAll, modelFiles } from "./model-files.ts";
import { OWN_MODELS } from "./paths.ts";
import type { Terminal } from "./terminal.ts";

interface Listed {
  readonly file: string;
  readonly family: Family;
}

/** Lists models. A file that does not load is told of, and the others are listed all the same. */
export async function list(options: ListOptions, version: string, terminal: Terminal): Promise<ExitStatus> {
  const attempts = await loadAll(await modelFiles(options.path ?? OWN_MODELS));
  const listed = attempts.flatMap(({ family, file }) => (family ? [{ file, family }] : []));
  let status: ExitStatus = exitStatus.expected;
  for (const { error } of attempts) {
    if (error === undefined) continue;
    const failure = failureOf(error, options.debug);
    terminal.error(failure.text);
    status = failure.status;
  }
  if (options.json)
    terminal.out(`${printableJson(JSON.stringify({ version, models: listed.map(described) }, null, 2))}\n`);
  else terminal.out(`${listed.map((each) => listing(each, terminal).join("\n")).join("\n\n")}\n`);
  return status;
}

function listing({ file, family }: Listed, { width, style }: Terminal): string[] {
  const { about, arch, parameters } = family.spec;
  const rows = Object.entries(family.variants)
    .filter(([name]) => name !== ONLY_VARIANT)
    .map(([name, variant]) => [
      name,
      idsOf(variant).join(" "),
      (variant.arch ?? arch ?? []).join(" "),
      variant.about,
    ]);
  const settings = Object.entries(parameters ?? {}).map(([name, spec]) => [
    `--set ${name}=${spec.default}`,
    allowed(spec),
    spec.about,
  ]);
  return [
    style.bold(file),
    ...wrap(about, width - 2, 0).map((line) => `  ${line}`),
    ...block(rows),
    ...block(settings),
  ];
}

function block(rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  // Columns that no row fills are left out.
  const used = rows[0]!.map((_, i) => rows.some((row) => row[i] !== ""));
  return ["", ...alignColumns(rows.map((row) => row.filter((_, i) => used[i]))).map((line) => `    ${line}`)];
}

function allowed(spec: ParameterSpec): string {
  if ("min" in spec) return `${spec.min}..${spec.max}`;
  return "oneOf" in spec ? spec.oneOf.join("|") : "true|false";
}

function described({ file, family }: Listed): object {
  const { about, arch, parameters, headline } = family.spec;
  return {
    file,
    model: family.name,
    about,
    arch: arch ?? [],
    variants: Object.entries(family.variants).map(([variant, { id, about: what, expect }]) => ({
      variant,
      id: id ?? null,
      about: what,
      expect,
    })),
    parameters: parameters ?? {},
    headline: headline ?? null,
    configurations: configurations(family).map(({ arch: on, variant }) => ({ arch: on, variant })),
  };
}
