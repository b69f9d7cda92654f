/** Asks other model checkers what this one answers, and compares. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, SearchResult } from "../explorer/engine.ts";
import { formats } from "../export/formats.ts";
import type { Model } from "../model/model.ts";
import type { ProcessLimits } from "./limited-process.ts";
import type { Answer, Mode, Peer } from "./peer.ts";
import type { Slots } from "./slots.ts";

/** One model, compared with every peer. */
export interface Compared {
  readonly name: string;
  readonly modes: readonly ComparedMode[];
  /** Why nothing was compared: the model is too large, or has a fault. */
  readonly skipped: string | null;
  /** Whether no peer differs. */
  readonly agree: boolean;
  /** Where everything was kept, if a peer differs. */
  readonly kept: string | null;
  /** What the searches and the peers took, added up. */
  readonly seconds: number;
}

export interface ComparedMode {
  readonly mode: Mode;
  readonly own: Answer;
  readonly peers: readonly { readonly peer: string; readonly answer: Answer; readonly agrees: boolean }[];
}

export interface CompareOptions {
  readonly engine: Engine;
  readonly threads: number;
  /** Models with more states are left alone. */
  readonly maxStates: number;
  /** Of each program that is run. */
  readonly limits: ProcessLimits;
  /** Where searches and peers run, of all the models that are compared at the same time. */
  readonly slots: Slots;
}

/** Work that takes a slot, and is counted in the seconds of its model. */
type Run = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Compares one model. What was exported and printed is removed where all agree.
 *
 * @throws TlbcheckError TLB601 for a model that cannot be exported, TLB603 for a peer that gives no answer; the
 *   reason of the limits' signal if it was given
 */
export async function comparePeers(
  name: string,
  whole: Model,
  peers: readonly Peer[],
  options: CompareOptions,
): Promise<Compared> {
  const model = safetyPart(whole);
  let seconds = 0;
  const run: Run = (work) =>
    options.slots.run(async () => {
      const begin = performance.now();
      const result = await work();
      seconds += (performance.now() - begin) / 1000;
      return result;
    });
  const { counted, judged } = await run(() => searchBoth(model, options));
  const skipped = reasonToSkip(counted, options) ?? reasonToSkip(judged, options);
  if (skipped !== null) return { name, modes: [], skipped, agree: true, kept: null, seconds };
  const folder = await mkdtemp(join(tmpdir(), "tlbcheck-crosscheck-"));
  try {
    const answers = await Promise.all(
      peers.map((peer) => askBoth(peer, model, counted.counts, folder, run, options)),
    );
    const own: Readonly<Record<Mode, Answer>> = { count: countsOf(counted), judge: verdictOf(judged) };
    const modes = (["count", "judge"] as const).map((mode): ComparedMode => ({
      mode,
      own: own[mode],
      peers: peers.map((peer, i) => {
        const answer = answers[i]![mode];
        return { peer: peer.name, answer, agrees: agree(own[mode], answer) };
      }),
    }));
    const allAgree = modes.every(({ peers: each }) => each.every(({ agrees }) => agrees));
    if (allAgree) await rm(folder, { recursive: true });
    else await writeFile(join(folder, "tlbcheck.json"), `${JSON.stringify({ name, modes }, null, 2)}\n`);
    return { name, modes, skipped: null, agree: allAgree, kept: allAgree ? null : folder, seconds };
  } catch (error) {
    // A peer that failed left the reason in the folder; one that was ended has nothing to tell.
    if (options.limits.signal?.aborted) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What this checker finds: every state, and the verdict. */
async function searchBoth(
  model: Model,
  { engine, maxStates, threads, limits: { signal, maxMemory } }: CompareOptions,
): Promise<{ counted: SearchResult; judged: SearchResult }> {
  const search = async (properties: readonly string[]): Promise<SearchResult> => {
    const exhaustive = properties.length === 0;
    const limits = { maxStates, maxMemory, threads, ...(signal ? { signal } : {}) };
    const result = await engine.search(model, { properties, exhaustive, ...limits });
    signal?.throwIfAborted();
    return result;
  };
  const counted = await search([]);
  return { counted, judged: counted.stopped === null ? await search(propertiesToJudge(model)) : counted };
}

/** A peer's answers in both modes: from one run where its verdict comes with the counts. */
async function askBoth(
  peer: Peer,
  model: Model,
  counts: SearchResult["counts"],
  folder: string,
  run: Run,
  { limits }: CompareOptions,
): Promise<Readonly<Record<Mode, Answer>>> {
  const ask = async (mode: Mode): Promise<Answer> => {
    const own = join(folder, `${mode}-${peer.name}`);
    await mkdir(own);
    const exported = formats[peer.format](model, {
      properties: mode === "judge",
      origin: `${model.name}, to be compared`,
      counts,
    });
    return peer.ask({ mode, model, exported, folder: own, states: counts.states, limits });
  };
  const judge = await run(() => ask("judge"));
  const counted = judge.kind === "holds" ? judge.counts : null;
  return { judge, count: counted ?? (await run(() => ask("count"))) };
}

/** Goals decide whether a verdict means something; the peers are not asked for them. */
function propertiesToJudge(model: Model): string[] {
  return model.properties.filter(({ kind }) => kind !== "goal").map(({ name }) => name);
}

/** The part of a model that other checkers can be asked about: liveness properties cannot be exported. */
function safetyPart(model: Model): Model {
  return { ...model, properties: model.properties.filter(({ kind }) => kind !== "liveness") };
}

function reasonToSkip({ stopped, counts }: SearchResult, { maxStates }: CompareOptions): string | null {
  if (stopped === null || stopped === "decided") return null;
  if (stopped === "max-states") return `more than ${maxStates} states`;
  if (stopped === "model-fault") return "the model has a fault";
  return `the search ended after ${counts.states} states: ${stopped}`;
}

function countsOf({ counts: { states, transitions } }: SearchResult): Answer {
  return { kind: "counts", states, transitions };
}

function verdictOf({ violations }: SearchResult): Answer {
  if (violations.length === 0) return { kind: "holds", counts: null };
  return { kind: "violated", length: Math.min(...violations.map(({ steps }) => steps)) };
}

/** A peer that a limit stopped contradicts nothing. */
function agree(own: Answer, other: Answer): boolean {
  if (other.kind === "stopped") return true;
  if (own.kind === "counts" && other.kind === "counts")
    return own.states === other.states && own.transitions === other.transitions;
  if (own.kind === "violated" && other.kind === "violated")
    return other.length === null || own.length === other.length;
  return own.kind === other.kind;
}
