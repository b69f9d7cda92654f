/** Judges a litmus test: explores its model completely and tells the final states. */
import type { SearchResult } from "../explorer/engine.ts";
import type { Architecture } from "../arch/architecture.ts";
import type { Model, Property } from "../model/model.ts";
import { slice } from "../model/slice.ts";
import { atSource } from "../model/source.ts";
import { not } from "../model/term.ts";
import { replayViolation } from "../trace/replay.ts";
import type { Trace } from "../trace/trace.ts";
import { analyse } from "./analysis.ts";
import type { LitmusTest } from "./ast.ts";
import { BREAK_BEFORE_MAKE } from "./break-before-make.ts";
import { finalStates, type ObservedState, observersOf, watched } from "./final-states.ts";
import { litmusModel } from "./machine-model.ts";
import type { LitmusOptions, LitmusResult } from "./result.ts";
import { strengthsFor } from "./stronger.ts";
import { unsupported } from "./unsupported.ts";

/** Judges a test on arm64, or on an architecture of which a rule was replaced. */
export async function runLitmus(
  test: LitmusTest,
  options: LitmusOptions & { readonly architecture?: Architecture; readonly evict?: boolean },
): Promise<LitmusResult> {
  const reason = unsupported(test);
  if (reason !== null) return notJudged(reason);
  const values = analyse(test);
  if (values.kind === "unsupported") return notJudged(`unsupported: ${values.reason}`);
  // No line of a model file wrote any of it.
  const litmus = atSource(null, () => litmusModel(test, values, options));
  const observers = observersOf(test, values, litmus);
  // Two searches of slices: what break-before-make remembers is no part of the final states, nor they of it.
  const begin = Date.now();
  const plain = slice(litmus.model, { properties: [], keep: watched(litmus, observers) });
  const search = await searchFor(plain, [], options);
  const observed = finalStates(litmus, observers, plain, search.states());
  const flagging = litmus.mayNeedBreak
    ? await searchFor(
        slice(litmus.model, { properties: [BREAK_BEFORE_MAKE] }),
        [BREAK_BEFORE_MAKE],
        withRest(options, begin),
      )
    : null;
  const witnesses = options.witness
    ? await witnessesOf(litmus.model, observed, withRest(options, begin))
    : [];
  return {
    outcomes: observed.map(({ state }, i) => ({
      ...state,
      ...(witnesses[i] ? { witness: witnesses[i] } : {}),
    })),
    bbm: flagging !== null && flagging.violations.length > 0,
    stronger: strengthsFor(test, options),
    unsupported: null,
    stopped: search.stopped ?? (flagging?.stopped === "decided" ? null : (flagging?.stopped ?? null)),
    states: search.counts.states,
    seconds: search.seconds + (flagging?.seconds ?? 0),
  };
}

/** The same with what is left of the time: a limit is for a test, not for each of its searches. */
function withRest(options: LitmusOptions, begin: number): LitmusOptions {
  if (options.timeout === undefined) return options;
  return { ...options, timeout: Math.max(0.001, options.timeout - (Date.now() - begin) / 1000) };
}

function notJudged(reason: string): LitmusResult {
  return {
    outcomes: [],
    bbm: false,
    stronger: [],
    unsupported: reason,
    stopped: null,
    states: 0,
    seconds: 0,
  };
}

function searchFor(
  model: Model,
  properties: readonly string[],
  { engine, threads, maxStates, maxMemory, timeout, signal }: LitmusOptions,
): Promise<SearchResult> {
  return engine.search(model, {
    properties,
    ...(threads === undefined ? {} : { threads }),
    ...(maxStates === undefined ? {} : { maxStates }),
    ...(maxMemory === undefined ? {} : { maxMemory }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The shortest interleaving to each final state: it violates the invariant that there is no such state. */
async function witnessesOf(
  model: Model,
  observed: readonly ObservedState[],
  options: LitmusOptions,
): Promise<(Trace | undefined)[]> {
  const properties = observed.map(({ is }, i): Property => ({
    kind: "invariant",
    name: `final state ${i + 1}`,
    aliases: [],
    consequence: ["this final state is reached"],
    source: null,
    condition: not(is).node,
  }));
  const asked = { ...model, properties: [...model.properties, ...properties] };
  const { violations } = await searchFor(
    asked,
    properties.map(({ name }) => name),
    options,
  );
  return properties.map(({ name }) => {
    const violation = violations.find(({ property }) => property === name);
    return violation?.path ? replayViolation(asked, name, violation.path) : undefined;
  });
}
