/**
 * How random walks go, and what they have found, whichever engine they run on.
 *
 * What is enabled most of the time, such as the loss of a TLB entry, would come in everywhere if all actions were as
 * likely. As in PCT (Burckhardt et al., ASPLOS 2010) actions have therefore priorities, by groups: each thread is one, and
 * each rule of the hardware. A step is one of the enabled actions of the highest priority; now and then some group gets
 * another one, which in half of the cases is a thread. Every fourth walk has no priorities.
 */
import type { Model, Property } from "../model/model.ts";
import { type Action, actorNumbers } from "../model/semantics.ts";
import type { Fault, Path, Progress, SearchOptions, SearchResult, StopReason, Violation } from "./engine.ts";
import type { Limits } from "./limits.ts";

/** Steps of the shortest and of the longest walks: some are short, so that a violation near the beginning is found often. */
const SHORTEST = 64;
const DOUBLINGS = 8;
/** Steps in which a priority changes at the most often. */
const MOST_OFTEN = 2;

/** A walk's kind, by its number: how many steps it takes at most, and in how many steps some priority changes, or 0. */
export interface WalkKind {
  readonly limit: number;
  readonly change: number;
}

export function kindOf(walk: number): WalkKind {
  const change = walk % 4 === 0 ? 0 : MOST_OFTEN * 4 ** (walk % 4);
  // Half as many walks are twice as long, so that each length has as many steps.
  const round = Math.floor(walk / 4) + 1;
  const doublings = Math.min(DOUBLINGS - 1, Math.log2(round & -round));
  return { limit: SHORTEST * 2 ** doublings, change };
}

export interface Groups {
  /** The group of each action. */
  readonly of: readonly number[];
  readonly count: number;
  /** The first groups, up to this number, are threads. */
  readonly threads: number;
}

export function groupsOf(actions: readonly Action[]): Groups {
  const actors = actorNumbers(actions);
  const keys = actions.map(({ rule }, i) => (rule.step === null ? rule.name : actors[i]!));
  const threads = new Set(keys.filter((key) => typeof key === "number"));
  const groups = [...new Set([...threads, ...keys])];
  const numbers = new Map(groups.map((key, number) => [key, number]));
  return { of: keys.map((key) => numbers.get(key)!), count: groups.length, threads: threads.size };
}

/** What the random numbers of a lane begin with, of 64 bits and not 0 (the mixing of splitmix64). */
export function seedOf(seed: number, lane: number): bigint {
  const mixed = (value: bigint, shift: bigint, factor: bigint): bigint =>
    BigInt.asUintN(64, (value ^ (value >> shift)) * factor);
  const begin = BigInt.asUintN(64, BigInt(seed + 1) * 0x9e3779b97f4a7c15n + BigInt(lane));
  const last = mixed(mixed(begin, 30n, 0xbf58476d1ce4e5b9n), 27n, 0x94d049bb133111ebn);
  return (last ^ (last >> 31n)) | 1n;
}

/** The longest of all walks. */
export const LONGEST = SHORTEST * 2 ** (DOUBLINGS - 1);

export class WalkResult {
  readonly #model: Model;
  readonly #options: SearchOptions;
  readonly #limits: Limits;
  readonly #checked: readonly Property[];
  readonly #violations = new Map<string, Violation>();
  readonly #reached = new Set<string>();
  #fault: Fault | null = null;
  #walks = 0;
  #steps = 0;
  #depth = 0;

  constructor(model: Model, options: SearchOptions, limits: Limits) {
    this.#model = model;
    this.#options = options;
    this.#limits = limits;
    this.#checked = model.properties.filter(({ name }) => options.properties?.includes(name) ?? true);
  }

  /** A walk has begun; its number. */
  begin(): number {
    return this.#walks++;
  }

  /** A walk has gone on by some steps, and has so many now. */
  walked(steps: number, depth: number): void {
    this.#steps += steps;
    this.#depth = Math.max(this.#depth, depth);
  }

  /** Takes what was found at the end of a path: a property by its name, or null for a fault. */
  found(property: string | null, path: Path, action: number | null): void {
    if (property === null) {
      this.#fault ??= { steps: path.actions.length, path, action };
      return;
    }
    const { kind } = this.#model.properties.find(({ name }) => name === property)!;
    if (kind === "goal") this.#reached.add(property);
    else if (!this.#violations.has(property)) {
      const actions = action === null ? path.actions : [...path.actions, action];
      this.#violations.set(property, { property, steps: actions.length, path: { ...path, actions } });
    }
  }

  /** Why to stop, or null. */
  stop(): StopReason | null {
    if (this.#fault) return "model-fault";
    const decided = ({ name }: Property): boolean => this.#violations.has(name) || this.#reached.has(name);
    const asked = this.#checked.filter(({ kind }) => kind !== "liveness");
    if (asked.length > 0 && asked.every(decided)) return "decided";
    if (this.#options.first && this.#violations.size > 0) return "first-violation";
    return this.#limits.reached(0);
  }

  progress(): Progress {
    return {
      ...this.#counts(),
      frontier: 0,
      violated: [...this.#violations.keys()],
      seconds: this.#limits.seconds(),
      bytes: null,
    };
  }

  result(stopped: StopReason, threads: number): SearchResult {
    return {
      strategy: "random",
      counts: this.#counts(),
      stopped,
      seconds: this.#limits.seconds(),
      bytes: null,
      threads,
      firings: this.#model.rules.map(() => 0),
      violations: this.#model.properties.flatMap(({ name }) => this.#violations.get(name) ?? []),
      reached: this.#model.properties.map(({ name }) => name).filter((name) => this.#reached.has(name)),
      fault: this.#fault,
      livenessStopped: "strategy",
      tracesStopped: null,
      states: () => [],
    };
  }

  #counts() {
    return { states: this.#steps + this.#walks, transitions: this.#steps, depth: this.#depth };
  }
}
