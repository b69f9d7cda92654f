/** What a suite is going to search. */
import { TlbcheckError } from "../model/diagnostic.ts";
import { type Family, suggestArchitecture } from "../model/family.ts";
import { loadAll } from "./model-files.ts";
import { applicable, planTasks, type Task } from "../session/plan.ts";
import type { SuiteOptions } from "./suite-arguments.ts";
import type { Problems } from "./suite-problems.ts";

/** A model file with what is to be searched. */
export interface Planned {
  readonly family: Family;
  readonly tasks: readonly Task[];
}

/** What the files have to be searched. What is wrong with one of them is told, and the others are planned. */
export async function planSuite(
  files: readonly string[],
  options: SuiteOptions,
  problems: Problems,
): Promise<readonly Planned[]> {
  const families = (await loadAll(files)).flatMap(({ file, family, error }) => {
    if (family) return [{ file, family }];
    problems.thrown(error);
    return [];
  });
  const known = [...new Set(families.flatMap(({ family }) => family.spec.arch ?? []))];
  if (options.arch !== undefined && !known.includes(options.arch))
    throw new TlbcheckError("TLB202", `no model knows the architecture "${options.arch}"`, {
      hint: suggestArchitecture(options.arch, known),
    });
  return families
    .filter(({ family }) => options.arch === undefined || hasConfigurations(family, options.arch))
    .flatMap(({ file, family }) => {
      const parameters = applicable(family, options.parameters);
      const selected = { file, arch: options.arch, variant: undefined, parameters, properties: [] };
      try {
        return [{ family, tasks: planTasks(family, selected) }];
      } catch (error) {
        problems.thrown(error);
        return [];
      }
    });
}

/** Whether some variant of the family is of an architecture. */
function hasConfigurations({ spec, variants }: Family, arch: string): boolean {
  return Object.values(variants).some((variant) => (variant.arch ?? spec.arch ?? []).includes(arch));
}
