/** `m.details()`: how a scenario departs from the defaults. */
import type { HardwareForm } from "../arch/machine.ts";
import type { MemoryOrder } from "../arch/store-buffer.ts";
import type { WalkDetail } from "../arch/walk/walker.ts";
import { type Description, FLAG, oneOf, optional, options, wholeNumber } from "../model/arguments.ts";
import type { KernelOptions } from "./arch/kernel-options.ts";
import { MAX_STORES } from "./locking/cells.ts";

/** How a scenario departs from the defaults; most of it is printed with the verdict as an assumption. */
export interface Details {
  /**
   * How many steps a walk takes: "stepwise", the default, reads each level and fills the TLB in steps of its own;
   * "atomic" takes all of them at once, which leaves out what happens between them.
   */
  readonly walk?: WalkDetail;
  /** Whether a context switch executes the barrier that the architecture has for it. True unless given. */
  readonly switchBarrier?: boolean;
  /** Entries never disappear of themselves: an assumption, printed with the verdict. */
  readonly noEviction?: boolean;
  /** How many CPUs there are; those that no thread runs on are idle. As many as threads need, unless given. */
  readonly cpus?: number;
  /** How the kernel uses its hardware, where it has a choice. */
  readonly kernel?: KernelOptions;
  /** FEAT_ETS2 and its like. True unless given. */
  readonly ets2?: boolean;
  /** The order in which stores reach memory; "sc" unless given. */
  readonly order?: MemoryOrder;
  /** How many stores a CPU's store buffer holds, with the order "tso"; a store waits for room. */
  readonly storeBuffer?: number;
  /** Walkers of x86 set accessed flags (X86-3), in whatever page their walk caches point to. */
  readonly walkerSetsAccessed?: boolean;
  /** INVLPG leaves global entries (INTEL-1). */
  readonly invlpgLeavesGlobals?: boolean;
  /** Transient accesses are explored (HW-7), and transient-use-after-free is checked; as if it were named. */
  readonly strict?: boolean;
  /**
   * Entries of small pages have accessed ("young") and dirty flags that can be clear. Unless given they are always set.
   * x86 sets them in hardware; arm64 and riscv do with `hafdbs` and `svadu`, and else by faults.
   */
  readonly flags?: boolean;
  /** FEAT_HAFDBS: arm64's hardware sets access flags and dirty state. Not unless given. */
  readonly hafdbs?: boolean;
  /** Svadu: riscv's hardware sets accessed and dirty flags. Not unless given. */
  readonly svadu?: boolean;
  /** Intel: the dirty flag may be set in an entry that is not present, as on Knights Landing. */
  readonly dirtiesInvalid?: boolean;
  /** arm64: CPUs share what their TLBs hold, CnP. Not unless given. */
  readonly cnp?: boolean;
  /**
   * riscv: a walk may read what a store has overwritten until its hart executes SFENCE.VMA, as the privileged
   * specification has it (RV-7). True unless given.
   */
  readonly oldDescriptors?: boolean;
  /** Whether a state says what is cached in TLBs ("enumerated"), or what may be. "closed" unless given. */
  readonly hardware?: HardwareForm;
  /**
   * Branches on a thread's own registers are decided at the end of the step before them. True unless given; false makes
   * each a step.
   */
  readonly mergeSteps?: boolean;
}

/** A scenario has no more CPUs than that: a state says for each of them what it caches. */
export const MAX_CPUS = 64;

const KERNEL: Description<KernelOptions> = options<KernelOptions>({
  invlpgb: optional(oneOf("sync", "async")),
  notifiers: optional(oneOf("arch flush", "batch flush", "range end")),
  upgrades: optional(oneOf("broadcast", "local")),
  rfence: optional(oneOf("ipi", "sbi")),
  lacks: optional(
    oneOf(
      "flush barrier",
      "switching",
      "switch barrier",
      "switch order",
      "partial flush check",
      "footprints",
    ),
  ),
});

/** What `m.details()` takes. */
export const DETAILS: Description<Details> = options<Details>({
  walk: optional(oneOf<WalkDetail>("stepwise", "atomic")),
  switchBarrier: optional(FLAG),
  noEviction: optional(FLAG),
  cpus: optional(wholeNumber(1, MAX_CPUS)),
  kernel: optional(KERNEL),
  ets2: optional(FLAG),
  order: optional(oneOf<MemoryOrder>("sc", "tso")),
  storeBuffer: optional(wholeNumber(1, MAX_STORES)),
  walkerSetsAccessed: optional(FLAG),
  invlpgLeavesGlobals: optional(FLAG),
  strict: optional(FLAG),
  flags: optional(FLAG),
  hafdbs: optional(FLAG),
  svadu: optional(FLAG),
  dirtiesInvalid: optional(FLAG),
  cnp: optional(FLAG),
  oldDescriptors: optional(FLAG),
  hardware: optional(oneOf<HardwareForm>("enumerated", "closed")),
  mergeSteps: optional(FLAG),
});
