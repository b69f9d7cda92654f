// What becomes of a mistake: an error, another verdict, a goal that is not reached any more, a fault in some state, or
// nothing to see. Where there is nothing to see it has to be shown that the mistake is none.

import { sameButForNames } from "./names.mjs";

/**
 * How far configurations are explored, one after the other and the smallest first, until something is seen: of all
 * those that a mistake has changed so many states, of the smallest of the others more.
 */
const STAGES = [
  { maxStates: 20_000, configurations: Infinity },
  { maxStates: 200_000, configurations: 6 },
  { maxStates: 15_000_000, configurations: 2 },
];
const SECONDS = 60;
/** Lines between a mistake and its error that are still close. */
const CLOSE = 3;

/** What is known of a model file without a mistake in it, and judges what has one. */
export class Judge {
  #tlbcheck;
  #original;
  #path;
  #searches = new Map();

  constructor(tlbcheck, original, path) {
    this.#tlbcheck = tlbcheck;
    this.#original = original;
    this.#path = path;
  }

  /** @param tlbcheck the functions of src/cli that load, plan, search and judge: see `tlbcheckParts` in mistakes.mjs */
  static async of(tlbcheck, path) {
    return new Judge(tlbcheck, await built(tlbcheck, path), path);
  }

  /**
   * The judgement on a file with a mistake, `{ from, to, calls, text }` as `linesOf` has its lines: `{ as, why }`, where `as` is "error", "error elsewhere",
   * "internal", "verdict", "vacuous", "warning",
   * "visible", "same model", "other variant", "same counts" or "silent".
   */
  async judge(path, mistake) {
    try {
      const found = await this.#compare(await built(this.#tlbcheck, path));
      return found.as === "silent" ? await this.#withFlags(path, found) : found;
    } catch (error) {
      return this.#refused(error, mistake);
    }
  }

  /** What is seen under one of the model's own flags, the other way round than it is by default. */
  async #withFlags(path, silent) {
    for (const [name, { default: initial }] of Object.entries(this.#original.family.spec.parameters ?? {})) {
      if (typeof initial !== "boolean") continue;
      const flags = { [name]: String(!initial) };
      const original = await built(this.#tlbcheck, this.#path, flags);
      const flagged = new Judge(this.#tlbcheck, original, this.#path);
      const { as, why } = await flagged.#compare(await built(this.#tlbcheck, path, flags));
      if (as === "verdict") return { as, why: `--set ${name}=${flags[name]}: ${why}` };
    }
    return silent;
  }

  async #compare(mutant) {
    if (namesOf(mutant) !== namesOf(this.#original))
      return { as: "visible", why: "the table has other configurations" };
    const judged = this.#otherProperties(mutant);
    if (judged) return judged;
    const different = mutant.configurations.filter(({ name, shape }) => shape !== this.#same(name).shape);
    if (different.every(({ name, model }) => sameButForNames(model, this.#same(name).model)))
      return { as: "same model", why: different.length > 0 ? "under other names" : "" };
    const twins = different.map((each) => this.#twin(each));
    if (twins.every((twin) => twin !== undefined))
      return { as: "other variant", why: twins.map(({ name }) => name).join(", ") };
    return this.#explore(mutant, different);
  }

  /** The configuration of another variant, of which everything is expected that is expected here, with this model. */
  #twin({ configuration, shape, properties }) {
    const { family, configurations } = this.#original;
    const expected = (of) =>
      properties.map((each) => this.#tlbcheck.expectedVerdict(family, of, each)).join();
    return configurations.find(
      (other) =>
        other.configuration.arch === configuration.arch &&
        other.shape === shape &&
        expected(other.configuration) === expected(configuration),
    );
  }

  /** Another row in the table, or where a model is the same, an expectation that its verdict does not meet. */
  #otherProperties(mutant) {
    for (const { name, shape, configuration, properties } of mutant.configurations) {
      const original = this.#same(name);
      const row = properties.find((each) => !original.properties.includes(each));
      const gone = original.properties.find((each) => !properties.includes(each));
      if (row ?? gone)
        return { as: "visible", why: `${name}: ${row ?? gone} ${row ? "is new" : "is not checked"}` };
      if (shape !== original.shape) continue;
      for (const property of properties) {
        const [was, is] = [this.#original, mutant].map(({ family }) =>
          this.#tlbcheck.expectedVerdict(family, configuration, property),
        );
        if (was !== is) return { as: "verdict", why: `${name}: ${property} is expected to be ${is}` };
      }
    }
    return undefined;
  }

  /** Explores what differs, the smallest first, until something can be seen. */
  async #explore(mutant, different) {
    let open = different.toSorted((a, b) => a.shape.length - b.shape.length);
    const compared = [];
    for (const { maxStates, configurations } of STAGES) {
      const unfinished = open.slice(configurations);
      for (const each of open.slice(0, configurations)) {
        const found = await this.#search(mutant, each, maxStates);
        const before = await this.#before(each.name, maxStates);
        const seen = differenceOf(found, before);
        if (seen) return { ...seen, why: `${each.name}: ${seen.why}` };
        if (found.complete && before.complete) compared.push({ name: each.name, found, before });
        else unfinished.push(each);
      }
      open = unfinished;
    }
    return this.#conclusion(compared, open, different.length);
  }

  /** What follows where no verdict differs. */
  #conclusion(compared, open, total) {
    if (open.length === 0) {
      const { ruleWarnings } = this.#tlbcheck;
      const [is, was] = ["found", "before"].map((which) =>
        ruleWarnings(compared.map((each) => each[which].outcome)).map(({ message }) => message),
      );
      const warning = is.find((each) => !was.includes(each));
      if (warning !== undefined) return { as: "warning", why: warning };
    }
    const grown = compared.filter(({ found, before }) => found.graph !== before.graph);
    if (grown.length === 0 && open.length === 0) return { as: "same counts", why: `${total} configurations` };
    const shown = grown
      .slice(0, 2)
      .map(({ name, found, before }) => `${name}: ${before.size} -> ${found.size}`);
    const unseen = open.length > 0 ? `, ${open.length} were not explored to the end` : "";
    return { as: "silent", why: `${grown.length} of ${total} differ${unseen}; ${shown.join("; ")}` };
  }

  async #before(name, maxStates) {
    const key = `${maxStates} ${name}`;
    const known = this.#searches.get(key);
    if (known) return known;
    const made = await this.#search(this.#original, this.#same(name), maxStates);
    this.#searches.set(key, made);
    return made;
  }

  async #search({ family }, { task }, maxStates) {
    const { engine, tracedOutcome } = this.#tlbcheck;
    const search = { maxStates, exhaustive: true, threads: 1, properties: task.searched };
    const found = await engine.search(task.model, { ...search, timeout: SECONDS });
    // No search of a reference, and all the time that replaying takes.
    const searched = { ...task, family, reference: null, engine: engine.name };
    const outcome = await tracedOutcome(searched, engine, found, search);
    const { states, transitions, depth, properties, rules, fault, stopped } = outcome;
    const goals = outcome.goals.map(({ goal, reached }) => [goal, reached]);
    const firings = rules.map((each) => each.firings).filter((each) => each > 0);
    const traces = properties.map(({ property, verdict, steps }) => [property, verdict, steps]);
    return {
      outcome,
      complete: stopped === null,
      size: `${states} states, ${transitions} transitions`,
      graph: JSON.stringify([states, transitions, depth, traces, goals, firings.toSorted((a, b) => a - b)]),
      fault: fault?.diagnostic.code ?? null,
      verdicts: new Map(properties.map(({ property, verdict }) => [property, verdict])),
    };
  }

  #same(name) {
    return this.#original.configurations.find((each) => each.name === name);
  }

  /** An error of the author has a code of its own and the place of the mistake; everything else is one of tlbcheck. */
  #refused(error, mistake) {
    const [{ code, message, source, hint }] = this.#tlbcheck.failureOf(error, false).diagnostics;
    const line = source?.line;
    const { from, to } = mistake;
    const where = line === undefined ? "no line" : `line ${line}, the mistake is in ${from} to ${to}`;
    const why = `${code}: ${message} (${where})`;
    if (code === "TLB901") return { as: "internal", why: `${why} ${error?.stack ?? ""}`, code };
    const found = isClose(line, mistake) || `${message} ${hint}`.includes(mistake.text);
    if (line === undefined) return { as: "error without a line", why, code };
    return { as: found ? "error" : "error elsewhere", why, code };
  }
}

/** Whether a line leads to a mistake: it is close, or that of a call that the mistake is made in. */
function isClose(line, { from, to, calls }) {
  return (line >= from - CLOSE && line <= to + CLOSE) || calls.includes(line);
}

/** What a user sees at once; undefined if nothing. An undecided verdict is compared with nothing. */
function differenceOf(found, before) {
  if (found.fault !== before.fault) return { as: "verdict", why: `fault ${found.fault}` };
  for (const [property, verdict] of found.verdicts) {
    const was = before.verdicts.get(property) ?? "holds";
    if (verdict === was || [verdict, was].includes("inconclusive")) continue;
    return { as: verdict === "vacuous" ? "vacuous" : "verdict", why: `${property} ${was} -> ${verdict}` };
  }
  for (const [property, was] of before.verdicts)
    if (was === "violated" && found.complete && !found.verdicts.has(property))
      return { as: "verdict", why: `${property} is not violated any more` };
  return undefined;
}

/** The models of all configurations of a file under some values of its parameters, with their shapes. */
async function built({ loadModel, planTasks }, path, parameters = {}) {
  const family = await loadModel(path);
  const tasks = planTasks(family, { file: path, parameters, properties: [] });
  const shaped = (model) => ({ model, shape: JSON.stringify(model) });
  return {
    family,
    configurations: tasks.map((task) => ({
      name: `${task.configuration.arch ?? "-"} ${task.configuration.variant}`,
      configuration: task.configuration,
      task,
      properties: task.model.properties.map(({ name }) => name),
      ...shaped(shapeOf(task.model)),
    })),
  };
}

function namesOf({ configurations }) {
  return JSON.stringify(configurations.map(({ name }) => name));
}

/** What a model does: everything but the words for people. */
function shapeOf({ rules, properties, variables, initially }) {
  return {
    variables: variables.map(untold),
    initially: untold(initially),
    rules: rules.map(({ guard, body, parameters, fair, fairnessClass }) =>
      untold({ guard, body, parameters, fair, fairnessClass }),
    ),
    properties: properties.map(untold),
  };
}

const TOLD = new Set(["source", "consequence", "text", "aliases", "located"]);

function untold(node) {
  if (Array.isArray(node)) return node.map(untold);
  if (node === null || typeof node !== "object") return node;
  const kept = Object.entries(node).filter(([name]) => !TOLD.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, untold(value)]));
}
