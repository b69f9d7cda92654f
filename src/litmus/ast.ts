/** A litmus test as parsed: frozen plain objects, each with its place in the file. */
import type { CodeAddress, Instruction, InstructionOf, Position } from "./instruction.ts";

/** A line `Key=Value` before the initial state. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  readonly at: Position;
}

/** A value as written; what it stands for is the affair of `values.ts`. */
export type ValueText =
  | { readonly kind: "integer"; readonly value: number }
  /** The address of a page: a symbol, or so many bytes after it. */
  | { readonly kind: "page"; readonly page: string; readonly offset: number }
  /** The address of a page's descriptor: `PTE(x)`, `pte_x`. */
  | { readonly kind: "pte"; readonly page: string }
  | { readonly kind: "descriptor"; readonly descriptor: DescriptorText }
  /** The address of an instruction with a label: `label:"P0:L1"`, `P0:L1`. */
  | { readonly kind: "code"; readonly thread: number; readonly label: string }
  /** Something that this tool has no values for, such as an instruction. */
  | { readonly kind: "other"; readonly text: string };

/** The fields that are written; those that are not have their defaults. */
export interface DescriptorText {
  /** The page whose memory it leads to; null if not written. */
  readonly oa: string | null;
  readonly fields: Readonly<Partial<Record<DescriptorField, number>>>;
  /** Of the memory: `Device-GRE`, `OSH`; sorted, none for what tests usually have. */
  readonly attributes: readonly string[];
  /** Fields that are not known here, as written. */
  readonly other: readonly string[];
}

export const descriptorFields = ["af", "db", "dbm", "valid", "el0"] as const;
export type DescriptorField = (typeof descriptorFields)[number];

/** Where a value may stand at the beginning and be looked at in the end. */
export type Place =
  | { readonly kind: "register"; readonly thread: number; readonly register: number }
  /** Bytes of a page's memory, from `offset`. */
  | { readonly kind: "memory"; readonly page: string; readonly offset: number }
  | { readonly kind: "descriptor"; readonly page: string };

export interface InitItem {
  readonly place: Place;
  readonly value: ValueText;
  readonly at: Position;
}

export interface Label {
  readonly name: string;
  /** The instruction that it stands before; their number for a label at the end. */
  readonly instruction: number;
  readonly at: Position;
}

export interface Thread {
  readonly number: number;
  readonly instructions: readonly Instruction[];
  readonly labels: readonly Label[];
  /** The instruction at which the handler of the CPU's faults begins, behind its program; null for none. */
  readonly handler: number | null;
}

export const faultTypes = ["Translation", "AccessFlag", "Permission"] as const;
export type FaultType = (typeof faultTypes)[number];

/** `fault(P1:L0,x,MMU:Translation)`; what is null is not asked for. */
export interface FaultPattern {
  readonly thread: number;
  readonly label: string | null;
  readonly page: string | null;
  readonly type: FaultType | null;
}

export type Condition = { readonly at: Position } & (
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "not"; readonly operand: Condition }
  | { readonly kind: "and" | "or"; readonly operands: readonly Condition[] }
  | { readonly kind: "equal"; readonly place: Place; readonly value: ValueText }
  /** Two places hold the same. */
  | { readonly kind: "same"; readonly place: Place; readonly other: Place }
  | { readonly kind: "fault"; readonly fault: FaultPattern }
);

export type Quantifier = "exists" | "not exists" | "forall";

export interface FinalCondition {
  readonly quantifier: Quantifier;
  readonly condition: Condition;
  /** As written, without the quantifier, spaces made even. */
  readonly text: string;
  readonly at: Position;
}

/** What `locations [...]` lists: places, and faults. */
export interface Locations {
  readonly places: readonly Place[];
  readonly faults: readonly FaultPattern[];
}

export interface LitmusTest {
  readonly file: string;
  /** The name inside the file, which need not be the file's own. */
  readonly name: string;
  /** The quoted text, if there is one. */
  readonly about: string | null;
  readonly settings: readonly Setting[];
  readonly init: readonly InitItem[];
  readonly threads: readonly Thread[];
  readonly locations: Locations;
  readonly final: FinalCondition;
  /** Things that were read but cannot be expressed, such as a filter on executions. */
  readonly beyond: readonly string[];
}

/** Whether an instruction is one of its CPU's fault handler, which runs at EL1 and has no handler itself. */
export function isInHandler({ handler }: Thread, instruction: number): boolean {
  return handler !== null && instruction >= handler;
}

/** The instruction that an address leads to, of a CPU's program without its handler; null for any other value. */
export function instructionAt(
  thread: Thread,
  address: { readonly kind: string } | CodeAddress,
): number | null {
  if (!("instruction" in address) || address.thread !== thread.number) return null;
  const { label, instruction } = address;
  const found = label === null ? instruction : thread.labels.find(({ name }) => name === label)?.instruction;
  const end = thread.handler ?? thread.instructions.length;
  return found !== undefined && found >= 0 && found < end ? found : null;
}

/** The instruction behind one, which may have been read as several. */
export function behind({ instructions }: Thread, instruction: number): number {
  const { at } = instructions[instruction]!;
  const next = instructions.findIndex((each, i) => i > instruction && each.at !== at);
  return next === -1 ? instructions.length : next;
}

/** Where a branch goes to. */
export function targetOf({ labels }: Thread, { label }: InstructionOf<"branch">): number {
  return labels.find(({ name }) => name === label)!.instruction;
}

/** The instructions that branches go back to. Every loop without a fault handler has one. */
export function loopHeads(thread: Thread): ReadonlySet<number> {
  const heads = thread.instructions.flatMap((each, at) => {
    if (each.kind !== "branch") return [];
    const target = targetOf(thread, each);
    return target <= at ? [target] : [];
  });
  return new Set(heads);
}

/** Branches whose ways are followed to their ends together; each one more would double what follows it. */
const MAX_BRANCHES = 6;

/** Where computing has to pause: where loops begin, and where ways meet of many branches. */
export function meetingPoints(thread: Thread): ReadonlySet<number> {
  const branches = thread.instructions.filter((each) => each.kind === "branch");
  if (branches.length <= MAX_BRANCHES) return loopHeads(thread);
  return new Set(branches.map((each) => targetOf(thread, each)));
}

/** The labels before an instruction. */
export function labelsAt(thread: Thread, instruction: number): readonly string[] {
  return thread.labels.filter((label) => label.instruction === instruction).map(({ name }) => name);
}
