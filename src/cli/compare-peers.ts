/** Asks other model checkers what this one answers, and compares. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, SearchResult } from "../explorer/engine.ts";
import { formats } from "../export/formats.ts";
import type { Model } from "../model/model.ts";
import type { ProcessLimits } from "./limited-process.ts";
import type { Answer, Mode, Peer } from "./peer.ts";

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
  readonly limits: ProcessLimits;
}

/**
 * Compares one model. What was exported and printed is removed where all agree.
 *
 * @throws TlbcheckError TLB601 for a model that cannot be exported, TLB603 for a peer that gives no answer
 */
export async function comparePeers(
  name: string,
  whole: Model,
  peers: readonly Peer[],
  options: CompareOptions,
): Promise<Compared> {
  const model = safetyPart(whole);
  const search = (properties: readonly string[]): Promise<SearchResult> =>
    options.engine.search(model, {
      properties,
      exhaustive: properties.length === 0,
      maxStates: options.maxStates,
      threads: options.threads,
      ...(options.limits.signal ? { signal: options.limits.signal } : {}),
    });
  const counted = await search([]);
  const judged = counted.stopped === null ? await search(propertiesToJudge(model)) : counted;
  const skipped = reasonToSkip(counted, options) ?? reasonToSkip(judged, options);
  if (skipped !== null) return { name, modes: [], skipped, agree: true, kept: null };
  const folder = await mkdtemp(join(tmpdir(), "tlbcheck-crosscheck-"));
  const own: Readonly<Record<Mode, Answer>> = { count: countsOf(counted), judge: verdictOf(judged) };
  const modes: ComparedMode[] = [];
  for (const mode of ["count", "judge"] as const) {
    const answers = await Promise.all(
      peers.map((peer) =>
        ask(peer, mode, model, counted.counts, join(folder, `${mode}-${peer.name}`), options),
      ),
    );
    modes.push({
      mode,
      own: own[mode],
      peers: answers.map((answer, i) => ({
        peer: peers[i]!.name,
        answer,
        agrees: agree(own[mode], answer),
      })),
    });
  }
  const allAgree = modes.every(({ peers: each }) => each.every(({ agrees }) => agrees));
  await writeFile(join(folder, "tlbcheck.json"), `${JSON.stringify({ name, modes }, null, 2)}\n`);
  if (allAgree) await rm(folder, { recursive: true });
  return { name, modes, skipped: null, agree: allAgree, kept: allAgree ? null : folder };
}

async function ask(
  peer: Peer,
  mode: Mode,
  model: Model,
  counts: SearchResult["counts"],
  folder: string,
  { limits }: CompareOptions,
): Promise<Answer> {
  await mkdir(folder);
  const exported = formats[peer.format](model, {
    properties: mode === "judge",
    origin: `${model.name}, to be compared`,
    counts,
  });
  return peer.ask({ mode, model, exported, folder, states: counts.states, limits });
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
  if (violations.length === 0) return { kind: "holds" };
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
