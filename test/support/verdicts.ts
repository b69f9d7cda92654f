/** Verdicts of models and families, as the tests compare them. */
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import type { HardwareOverride } from "../../src/index.ts";
import { configurations, type Family } from "../../src/model/family.ts";
import type { Model } from "../../src/model/model.ts";

export interface Verdicts {
  /**
   * The violated properties with the lengths of their shortest traces; without `lockdep` and `debug-vm` where the
   * scenario does not name them, since many a test leaves out the locks that are not its subject.
   */
  readonly violated: Readonly<Record<string, number>>;
  /** The goals that no state fulfils. */
  readonly unreached: readonly string[];
  readonly states: number;
}

/** Explores a model completely; throws if it cannot. */
export async function verdictsOf(model: Model): Promise<Verdicts> {
  const result = await compiledEngine.search(model, { exhaustive: true });
  if (result.stopped !== null) throw new Error(`the search of ${model.name} stopped: ${result.stopped}`);
  const goals = model.properties.filter(({ kind }) => kind === "goal").map(({ name }) => name);
  const standing = model.properties.filter((each) => each.standing).map(({ name }) => name);
  return {
    violated: Object.fromEntries(
      result.violations
        .filter(({ property }) => !standing.includes(property))
        .map(({ property, path }) => [property, path!.actions.length]),
    ),
    unreached: goals.filter((goal) => !result.reached.includes(goal)),
    states: result.counts.states,
  };
}

/** The one model that the selection names, on the family's first architecture unless another is given. */
export function modelOf(
  family: Family,
  variant?: string,
  hardware?: HardwareOverride,
  arch = family.spec.arch?.[0],
  parameters: Readonly<Record<string, string>> = {},
): Model {
  const [configuration, ...more] = configurations(family, { variant, arch, parameters });
  if (!configuration || more.length > 0) throw new Error(`${family.name}: name one variant`);
  return family.build(configuration, hardware);
}

/** The names of the violated properties, sorted. */
export async function violated(
  family: Family,
  variant?: string,
  hardware?: HardwareOverride,
  arch?: string,
): Promise<string[]> {
  const verdicts = await verdictsOf(modelOf(family, variant, hardware, arch));
  return Object.keys(verdicts.violated).sort();
}
