/** What the lines `Key=Value` of a test mean: what a fault does, who runs at EL0, and which flags the hardware sets. */
import type { LitmusTest, Setting, Thread } from "./ast.ts";

/** What a fault does to a CPU without a handler: it stops there, tries again, or goes on behind the instruction. */
export type FaultHandling = "fatal" | "retry" | "skip";

const FAULT_HANDLINGS: Readonly<Record<string, FaultHandling>> = {
  precise: "fatal",
  fatal: "fatal",
  imprecise: "retry",
  handled: "retry",
  skip: "skip",
  faulttonext: "skip",
};

/** Virtual memory and FEAT_ETS2: what is modelled anyway, or can be switched. */
const MODELLED = ["vmsa", "kvm", "ets2"];

/** What changes how herd computes executions, and not which there are. Accesses of mixed sizes are refused one by one. */
const WITHOUT_EFFECT = (
  "mixed dontcheckmixed deps instances instance optrfrmw phantomonload cos-opt backcompat back nobranch " +
  "noptebranch strict warn"
).split(" ");

/** Words of `Variant=…` that mean something else than this machine, in some words. */
const FEATURES: Readonly<Record<string, string>> = {
  ets: "FEAT_ETS, which Arm has withdrawn",
  ets3: "FEAT_ETS3",
  exs: "FEAT_ExS",
  eis: "FEAT_ExS",
  eos: "FEAT_ExS",
  ifetch: "instruction fetches",
  self: "instruction fetches",
  memtag: "memory tags",
  tagmem: "memory tags",
  mte: "memory tags",
  morello: "capabilities",
  neon: "vectors",
  sve: "vectors",
  sme: "vectors",
  pac: "pointer authentication",
  "pte-squared": "descriptors behind translations",
  pte2: "descriptors behind translations",
  asl: "Arm's specification language",
};

/** The words of `Variant=…`, in lower case. */
export function variantsOf({ settings }: LitmusTest): readonly string[] {
  return valuesOf(settings, "variant").flatMap((value) => wordsOf(value.toLowerCase()));
}

/** Why a test cannot be judged, by its `Variant=…`; null if it can. */
export function strangeVariant(test: LitmusTest): string | null {
  const strange = variantsOf(test).find(
    (each) => !MODELLED.includes(each) && !WITHOUT_EFFECT.includes(each) && !isFaultHandling(each),
  );
  if (strange === undefined) return null;
  const feature = FEATURES[strange];
  return `Variant=${strange}${feature === undefined ? "" : `: ${feature}`}`;
}

/** What a test says of its faults, the last word of it; `fatal` for one that says nothing. */
export function faultHandlingOf(test: LitmusTest): FaultHandling {
  const said = variantsOf(test).filter(isFaultHandling).at(-1);
  return said === undefined ? "fatal" : FAULT_HANDLINGS[said]!;
}

/** Whether a CPU goes on after a fault: in a handler, or as the test says. */
export function goesOnAfterFaults(test: LitmusTest, { handler }: Thread): boolean {
  return handler !== null || faultHandlingOf(test) !== "fatal";
}

function isFaultHandling(word: string): boolean {
  return Object.hasOwn(FAULT_HANDLINGS, word);
}

/** Whether a CPU's program runs at EL0, by `EL0=P0,P2`. */
export function runsAtEl0({ settings }: LitmusTest, thread: number): boolean {
  return valuesOf(settings, "el0").some((value) => wordsOf(value).includes(`P${thread}`));
}

/** The flags that the hardware of a CPU sets in descriptors by itself. */
export interface FlagsSet {
  readonly accessed: boolean;
  readonly dirty: boolean;
}

/**
 * By `TTHM=HA`, `TTHM=HA HD`, `TTHM=P0:HA P1:HD`: a word without a CPU is for all. The dirty state is managed only
 * where the access flag is (TCR_EL1.HD needs HA).
 */
export function flagsSetBy({ settings }: LitmusTest, thread: number): FlagsSet {
  const words = valuesOf(settings, "tthm").flatMap((value) => wordsOf(value.toUpperCase()));
  const has = (feature: string): boolean =>
    words.some((word) => [feature, `P${thread}:${feature}`].includes(word));
  return { accessed: has("HA") || has("HD"), dirty: has("HD") };
}

/** A line that says what is not understood; null if there is none. */
export function strangeSetting({ settings }: LitmusTest): Setting | null {
  return settings.find(({ key, value }) => !isUnderstood(key.toLowerCase(), value)) ?? null;
}

function isUnderstood(key: string, value: string): boolean {
  if (key === "tthm") return wordsOf(value).every((word) => /^(P\d+:)?(HA|HD|SW)$/i.test(word));
  if (key === "el0") return wordsOf(value).every((word) => /^P\d+$/.test(word));
  // Herd passes over all keys but these, and some that are for running tests on hardware.
  return !["mte", "memtag", "mtecheck", "nv2"].includes(key);
}

function valuesOf(settings: readonly Setting[], wanted: string): readonly string[] {
  return settings.filter(({ key }) => key.toLowerCase() === wanted).map(({ value }) => value);
}

function wordsOf(value: string): readonly string[] {
  return value.split(/[\s,;]+/).filter((word) => word !== "");
}
