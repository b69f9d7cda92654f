// What becomes of a mistake: an error, another verdict than the model file expects, a warning, or nothing to see. Where
// there is nothing to see it has to be shown that the mistake is none: the models are the same but for what they tell
// people, or have the same graph in size, with the same verdicts.
const LIMITS = { maxStates: 60_000, timeout: 20, exhaustive: true, threads: 1 };
/** Configurations that are explored for a mistake, smallest models first. */
const EXPLORED = 4;

/** What is known of a model file without a mistake in it, and judges what has one. */
export class Judge {
  #tlbcheck;
  #searches = new Map();
  #original;

  constructor(tlbcheck, original) {
    this.#tlbcheck = tlbcheck;
    this.#original = original;
  }

  static async of(tlbcheck, path) {
    return new Judge(tlbcheck, await built(tlbcheck, path));
  }

  /** The judgement on a file: `{ as, why }`. */
  async judge(path) {
    let mutant;
    try {
      mutant = await built(this.#tlbcheck, path);
    } catch (error) {
      return refused(error);
    }
    if (namesOf(mutant) !== namesOf(this.#original))
      return { as: "visible", why: "other configurations or expectations" };
    const different = mutant.configurations.filter(
      ({ name, shape }) => shape !== this.#of(this.#original, name).shape,
    );
    if (different.length === 0) return { as: "equivalent", why: "the same model" };
    return this.#explore(mutant, different);
  }

  /** Explores what differs, until something can be seen. */
  async #explore(mutant, different) {
    const order = different.toSorted((a, b) => a.shape.length - b.shape.length).slice(0, EXPLORED);
    let same = different.length <= EXPLORED;
    for (const configuration of order) {
      let found;
      try {
        found = await this.#search(mutant, configuration);
      } catch (error) {
        return refused(error);
      }
      const before = await this.#before(configuration.name);
      if (found.surprises.some((each) => !before.surprises.includes(each)))
        return { as: "verdict", why: `${configuration.name}: ${found.surprises.join(", ")}` };
      if (found.warnings.some((each) => !before.warnings.includes(each)))
        return { as: "warning", why: found.warnings.find((each) => !before.warnings.includes(each)) };
      same &&= found.complete && found.graph === before.graph;
    }
    if (same) return { as: "equivalent", why: "the same graph in size, with the same verdicts" };
    return { as: "silent", why: order.map(({ name }) => name).join("; ") };
  }

  async #before(name) {
    const known = this.#searches.get(name);
    if (known) return known;
    const made = await this.#search(this.#original, this.#of(this.#original, name));
    this.#searches.set(name, made);
    return made;
  }

  async #search(file, { configuration, model }) {
    const { compiledEngine, outcomeOf, defaultProperties, asExpected, goalWarnings, ruleWarnings } =
      this.#tlbcheck;
    const result = await compiledEngine.search(model, LIMITS);
    const judged = defaultProperties(model);
    const searched = { family: file.family, file: "", configuration, model, judged, engine: "", command: "" };
    const outcome = outcomeOf(searched, result);
    const { states, transitions, depth } = outcome;
    return {
      complete: outcome.stopped === null,
      graph: `${states} ${transitions} ${depth} ${outcome.properties.map(verdictOf).join()}`,
      surprises: [
        ...outcome.properties.filter((each) => !asExpected(each)).map(verdictOf),
        ...(outcome.fault ? [outcome.fault.diagnostic.code] : []),
      ].filter((each) => !each.endsWith("inconclusive")),
      warnings: [...goalWarnings([outcome]), ...ruleWarnings([outcome])].map(({ message }) => message),
    };
  }

  #of(file, name) {
    return file.configurations.find((each) => each.name === name);
  }
}

function verdictOf({ property, verdict }) {
  return `${property} ${verdict}`;
}

/** An error of the author has a code; everything else is one of tlbcheck. */
function refused(error) {
  const { code = "none", message = String(error) } = error?.diagnostic ?? {};
  const isInternal = code === "none" || code === "TLB901";
  return { as: isInternal ? "internal" : "error", why: `${code}: ${message || error?.message}` };
}

/** The models of all configurations of a file, with their shapes. */
async function built({ loadModel, planTasks }, path) {
  const family = await loadModel(path);
  const tasks = planTasks(family, { file: path, parameters: {}, properties: [] });
  return {
    family,
    configurations: tasks.map(({ configuration, model }) => ({
      name: `${configuration.arch ?? "-"} ${configuration.variant}`,
      configuration,
      model,
      shape: JSON.stringify(shapeOf(model)),
    })),
  };
}

function namesOf({ family, configurations }) {
  const expected = Object.entries(family.variants).map(([name, { expect }]) => [name, expect]);
  return JSON.stringify([configurations.map(({ name }) => name), expected]);
}

/** What a model does: everything but the words for people. */
function shapeOf(model) {
  const { rules, properties, variables, initially } = model;
  return {
    variables: variables.map(untold),
    initially,
    rules: rules.map(({ guard, body, parameters, fair, fairnessClass }) =>
      untold({ guard, body, parameters, fair, fairnessClass }),
    ),
    properties: properties.map(untold),
  };
}

function untold(node) {
  if (Array.isArray(node)) return node.map(untold);
  if (node === null || typeof node !== "object") return node;
  const kept = Object.entries(node).filter(([name]) => !["source", "consequence", "text"].includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, untold(value)]));
}
