/**
 * An architecture is a table of choices over the shared mechanisms of this folder. Each entry cites the rule
 * of `docs/hardware.md` that it implements, and each can be replaced by itself (`withRules`), so that a test
 * can ask what a verdict rests on.
 */
import type { Body } from "../model/builder.ts";
import type { Operand, Term } from "../model/term.ts";
import type { DeviceRules, IommuCommands } from "./rules/device-rules.ts";
import type { ContextWrite, Machine } from "./machine.ts";
import type { LaterEffect } from "./separators.ts";
import type { TableRules } from "./walk/page-tables.ts";

/** One choice, with the numbers of the rules in `docs/hardware.md` that it implements. */
export interface HardwareRule<Choice> {
  readonly cites: readonly string[];
  /** The rule in one line. */
  readonly says: string;
  readonly choice: Choice;
}

export function rule<Choice>(cites: string, says: string, choice: Choice): HardwareRule<Choice> {
  return { cites: cites.split(", "), says, choice };
}

/** What a walker finds: the fields of a leaf descriptor. */
export interface Descriptor {
  readonly valid: Term;
  /** The access flag. */
  readonly accessed: Term;
  /** None if it is invalid. */
  readonly frame: Term;
  readonly writable: Term;
}

/** A TLB entry by its fields. */
export interface CachedEntry {
  readonly asid: Term;
  readonly page: Operand;
  /** None for the entry of an invalid descriptor. */
  readonly frame: Operand;
  readonly writable: Operand;
}

/** Which entries an invalidation is about; null stands for any. */
export interface Scope {
  readonly asid: Operand | null;
  readonly page: Operand | null;
  /** Whether global entries are among them; unless given, only where no identifier is named. */
  readonly globals?: boolean;
}

/** Why an access faults. */
export type FaultKind = "translation" | "access flag" | "permission";

/** An invalidation instruction. */
export interface Invalidation {
  /** As the manual spells it: `VALE1IS`. */
  readonly name: string;
  /** What its operand selects. */
  readonly by: "page" | "page in any ASID" | "asid" | "all";
  /** Only leaf entries, or those of every level. */
  readonly level: "last" | "all";
  readonly broadcast: boolean;
  /** Whether it is merely issued, to be awaited by a barrier, or has taken effect when it completes. */
  readonly takesEffect: "later" | "at once";
}

export interface Architecture {
  readonly name: string;
  /** The instructions that invalidate, by name. */
  readonly invalidations: Readonly<Record<string, Invalidation>>;
  /** The barriers, as the manual spells them. */
  readonly barriers: readonly string[];
  readonly rules: HardwareRules;
  /** No CPU translates anything: only what kernel code reads and writes is modelled. */
  readonly entriesOnly?: boolean;
  /** The commands of the IOMMU that translates for devices; null where none is modelled. */
  readonly iommu: IommuCommands | null;
  /** The optional features that are not modelled, or not there, each in some words for every verdict. */
  readonly without: (machine: Machine) => readonly string[];
}

/** Optional features of the hardware. */
export interface Features {
  /**
   * FEAT_ETS2 and its like: an access never uses the result of a walk that was done before earlier accesses
   * and barriers (ARM-17). Without it it may.
   */
  readonly ets2: boolean;
  /** Walkers set accessed flags (X86-3). Only of interest where they may do so in a page that is no table. */
  readonly setsAccessed?: boolean;
  /** INVLPG leaves global entries (INTEL-1). */
  readonly invlpgLeavesGlobals?: boolean;
  /** FEAT_HAFDBS: the hardware sets accessed and dirty flags (ARM-11). x86 always does (X86-3). */
  readonly hafdbs?: boolean;
  /** Svadu: the hardware sets accessed and dirty flags (RV-5). */
  readonly svadu?: boolean;
  /** Knights Landing: a store that faults may set the dirty flag of an entry that is not present any more (X86-3). */
  readonly dirtiesInvalid?: boolean;
  /** FEAT_TTCNP, CnP set: CPUs share their TLB entries (ARM-13). */
  readonly cnp?: boolean;
}

/**
 * How an atomic read-modify-write is ordered, in Linux's words: not at all, against what is behind it, against
 * what is before it, or against both.
 */
export type AtomicOrder = "relaxed" | "acquire" | "release" | "full";

/** An instruction with a store behind which later effects may have to wait for it. */
export type Separating = `${AtomicOrder} atomic` | "release store";

/** An instruction, or an event, that may have to wait until the stores before it are in memory. */
export type Draining =
  | `${AtomicOrder} atomic`
  /** An invalidation that takes effect at once, and one that is issued for all CPUs. */
  | "invalidation"
  | "broadcast invalidation"
  /** A write to the translation base register. */
  | "context write"
  /** Taking an interrupt, and the return from an interrupt or fault. System calls drain nothing anywhere. */
  | "exception"
  /** The sending of an inter-processor interrupt, with the barrier that the controller's driver has for it. */
  | "interrupt sent"
  /** The queuing of a command for an IOMMU, with the barrier that its driver has for it. */
  | "device command";

export interface HardwareRules extends TableRules, DeviceRules {
  /** When the walker of a CPU may walk a page, committed to by an instruction or not. */
  readonly mayWalk: HardwareRule<(machine: Machine, cpu: Term, page: Term) => Term>;
  /** Which descriptors may be cached. */
  readonly mayCache: HardwareRule<(descriptor: Descriptor) => Term>;
  /** Whether invalid descriptors may be cached too: entries that fault. */
  readonly cachesInvalid: HardwareRule<boolean>;
  /** Whether a walk reads what memory holds; else it may read older values too, until its CPU fences. */
  readonly ordersWalks: HardwareRule<boolean>;
  /** When an entry may be dropped with nobody asking for it. */
  readonly mayEvict: HardwareRule<() => Term>;
  /** When a lookup of a CPU may use a cached entry. */
  readonly mayUse: HardwareRule<(machine: Machine, cpu: Term, entry: CachedEntry) => Term>;
  /** Which entries an invalidation removes, of those its operands name. */
  readonly scope: HardwareRule<(invalidation: Invalidation, operands: Scope, features: Features) => Scope>;
  /** On which CPUs an invalidation takes effect. */
  readonly targets: HardwareRule<
    (machine: Machine, invalidation: Invalidation, issuer: Term) => readonly Term[]
  >;
  /** Whether completion covers the walks of the scope that were under way. */
  readonly cancelsWalks: HardwareRule<boolean>;
  /** Whether completion awaits the accesses that were already translated by the scope. */
  readonly awaitsAccesses: HardwareRule<boolean>;
  /**
   * Whether an instruction completes only once the stores before it are in memory; barriers say themselves what
   * they await. An atomic that does not reads through the store buffer of its CPU, and its own store waits there.
   */
  readonly drains: HardwareRule<(what: Draining) => boolean>;
  /**
   * What, behind an instruction that does not drain, waits until the stores up to it are in memory. Barriers say it
   * themselves in what they do (`onBarrier`).
   */
  readonly separates: HardwareRule<(what: Separating) => readonly LaterEffect[]>;
  /** What a barrier waits for. */
  readonly barrierAwaits: HardwareRule<(machine: Machine, cpu: Term, barrier: string) => Term>;
  /** Whether the hardware sets accessed and dirty flags in the descriptors that it uses. */
  readonly setsFlags: HardwareRule<(features: Features) => boolean>;
  /** Whether it may set them later than it performs the access that they are for; else before. */
  readonly updatesFlagsLate: HardwareRule<boolean>;
  /** Which stores, if any, set the dirty flag in a descriptor that has become invalid since it was cached. */
  readonly dirtiesInvalid: HardwareRule<(features: Features) => "none" | "faulting" | "executed">;
  /**
   * Which two entries for one page a lookup must not find: those of different sizes, or those of one size as well that
   * map different frames.
   */
  readonly conflicts: HardwareRule<"sizes" | "sizes or frames">;
  /** Whether a lookup that two entries match may be reported, instead of using either. */
  readonly reportsConflict: HardwareRule<boolean>;
  /** Whether what one CPU caches is there for all of them. */
  readonly sharesEntries: HardwareRule<(features: Features) => boolean>;
  /** What a fault does to the translations of the page on the CPU that faults. */
  readonly onFault: HardwareRule<
    (machine: Machine, cpu: Term, at: { readonly asid: Term; readonly page: Term }, kind: FaultKind) => Body
  >;
  /** What loading another context does besides loading it. */
  readonly onContextWrite: HardwareRule<(machine: Machine, cpu: Term, write: ContextWrite) => Body>;
  /** What the switch from one task to another waits for on its CPU. */
  readonly switchAwaits: HardwareRule<(machine: Machine, cpu: Term) => Term>;
  /** When a CPU takes an interrupt that is pending. */
  readonly mayInterrupt: HardwareRule<(machine: Machine, cpu: Term) => Term>;
  /** What a fault of this kind waits for before it is taken. */
  readonly faultAwaits: HardwareRule<(machine: Machine, cpu: Term, kind: FaultKind) => Term>;
  /** Whether a CPU may use, for a later access, what it has walked before earlier accesses and barriers. */
  readonly remembersWalks: HardwareRule<(features: Features) => boolean>;
  /** What a barrier does besides waiting. */
  readonly onBarrier: HardwareRule<(machine: Machine, cpu: Term, barrier: string) => Body>;
  /** What an ISB, and an exception entry or return, does. */
  readonly onContextSynchronization: HardwareRule<(machine: Machine, cpu: Term) => Body>;
}

/** The same architecture with some of its rules replaced. */
export function withRules(architecture: Architecture, replaced: Partial<HardwareRules>): Architecture {
  return { ...architecture, rules: { ...architecture.rules, ...replaced } };
}
