/** AArch64, EL1&0 stage 1: the choices of `docs/hardware.md`, section Arm. */
import { and, TRUE } from "../../model/term.ts";
import { type Architecture, type Invalidation, rule, type Separating } from "../architecture.ts";
import {
  contextIsLoaded,
  identifierIsLoaded,
  isInterruptible,
  isTranslation,
  scopeWithGlobals,
} from "./common-choices.ts";
import { commonDeviceRules } from "./device-rules.ts";
import type { LaterEffect } from "../separators.ts";
import { commonTableRules } from "../walk/page-tables.ts";

const operations = [
  { name: "VALE1", by: "page", level: "last" },
  { name: "VAE1", by: "page", level: "all" },
  { name: "VAALE1", by: "page in any ASID", level: "last" },
  { name: "VAAE1", by: "page in any ASID", level: "all" },
  { name: "ASIDE1", by: "asid", level: "all" },
  { name: "VMALLE1", by: "all", level: "all" },
] as const;

/** Each operation by itself, and in the inner and the outer shareable domain, to which every CPU belongs. */
const invalidations: Readonly<Record<string, Invalidation>> = Object.fromEntries(
  operations
    .flatMap((operation) =>
      ["", "IS", "OS"].map((domain) => ({
        ...operation,
        name: operation.name + domain,
        broadcast: domain !== "",
        takesEffect: "later" as const,
      })),
    )
    .map((each) => [each.name, each]),
);

/** What a barrier can wait for, of what its own CPU has done before it. */
interface Awaited {
  readonly loads: boolean;
  readonly stores: boolean;
  readonly localTlbi: boolean;
  readonly broadcastTlbi: boolean;
  /** A DSB, before whose completion nothing behind it begins. */
  readonly fences: boolean;
}

/** A DMB waits for nothing: it orders accesses, and the CPU goes on (ARM-18). */
const NOTHING: Awaited = {
  loads: false,
  stores: false,
  localTlbi: false,
  broadcastTlbi: false,
  fences: false,
};

const DOMAINS = ["ish", "osh", "nsh", "sy"];
/** The options of DSB and DMB: a domain with access types, of which "sy" is left out where types are named. */
const OPTIONS = [...DOMAINS, "ishst", "oshst", "nshst", "st", "ishld", "oshld", "nshld", "ld"];

/** TLB maintenance needs a DSB of both access types (ARM-6). */
const barriers: ReadonlyMap<string, Awaited> = new Map(
  OPTIONS.flatMap((option) => {
    const both = DOMAINS.includes(option);
    const stores = both || option.endsWith("st");
    const loads = both || option.endsWith("ld");
    const dsb = { loads, stores, localTlbi: both, broadcastTlbi: both && option !== "nsh", fences: true };
    return [[`dsb(${option})`, dsb] as const, [`dmb(${option})`, NOTHING] as const];
  }),
);

/**
 * What waits behind a DMB for the stores before it. Loads are performed in program order here, so that a DMB of
 * loads has nothing to order; one of stores orders later faults besides later stores, which leave in order anyway.
 */
function separatedBy(barrier: string): readonly LaterEffect[] {
  if (barrier.startsWith("dsb") || barrier.endsWith("ld)")) return [];
  return barrier.endsWith("st)") ? ["fault"] : ["load", "fault"];
}

/** A store-release orders later load-acquires; an atomic that is both is a barrier for whatever comes behind it. */
const SEPARATED: Readonly<Record<Separating, readonly LaterEffect[]>> = {
  "relaxed atomic": [],
  "acquire atomic": [],
  "release atomic": ["acquire"],
  "full atomic": ["load", "fault"],
  "release store": ["acquire"],
};

export const arm64: Architecture = {
  name: "arm64",
  invalidations,
  barriers: [...barriers.keys()],
  iommu: { iotlb: "CMD_TLBI", atc: "CMD_ATC_INV", wait: "CMD_SYNC" },
  without: ({ flags, tlb }) => [
    flags ? `hardware AF/DBM${flags.where ?? ""}` : "no hardware AF/DBM",
    tlb.shared ? "CnP" : "no CnP",
    "no contiguous entries",
  ],
  rules: {
    mayWalk: rule("HW-1", "a walker may walk any page of the loaded context at any time", contextIsLoaded),
    mayCache: rule("ARM-1", "only valid descriptors with the access flag set are cached", isTranslation),
    cachesInvalid: rule("ARM-1", "an invalid descriptor is never cached", false),
    ordersWalks: rule("ARM-2", "a walk reads memory, and no store that is there is missed", true),
    mayEvict: rule("HW-4", "an entry may be dropped at any time, and need never be", () => TRUE),
    mayUse: rule(
      "ARM-13",
      "an entry is used under its own ASID only, a global one under any",
      identifierIsLoaded,
    ),
    scope: rule(
      "ARM-3, ARM-13",
      "by address and ASID, by ASID, or everything; an address takes its global entries with it",
      scopeWithGlobals,
    ),
    targets: rule(
      "ARM-4",
      "issued once, effective on each CPU later and in any order",
      (machine, { broadcast }, issuer) => (broadcast ? machine.cpus() : [issuer]),
    ),
    ...commonTableRules,
    setsAccessed: rule("ARM-11", "no part with a hardware access flag is modelled", () => false),
    tableScope: rule(
      "ARM-3",
      "a TLBI of all levels also removes walk-cache entries, a last-level one leaves them",
      ({ by, level }, { asid, page }, regionOf) =>
        level === "last"
          ? null
          : {
              asid: by === "page" || by === "asid" ? asid : null,
              region: by.startsWith("page") && page !== null ? regionOf(page) : null,
            },
    ),
    cancelsWalks: rule("HW-5", "completion covers the walks of its scope that were under way", true),
    awaitsAccesses: rule("HW-5, ARM-5", "completion awaits accesses already translated by its scope", true),
    // The driver of the interrupt controller has a DSB before it sends, that of the SMMU a DMB before it queues. Neither
    // atomic nor TLBI nor TTBR write nor exception awaits a store.
    drains: rule(
      "ARM-2, ARM-8",
      "the sending of interrupts and SMMU commands await the stores of their CPU; else it takes a DSB",
      (what) => ["interrupt sent", "device command"].includes(what),
    ),
    separates: rule(
      "ARM-18",
      "behind a fully ordered atomic loads and faults wait for the stores up to it, behind a store-release load-acquires",
      (what) => SEPARATED[what],
    ),
    barrierAwaits: rule(
      "ARM-6, ARM-7, ARM-8",
      "a DSB awaits the TLBIs and the stores of its own CPU, and nobody else's",
      (machine, cpu, barrier) => {
        const { loads, stores, localTlbi, broadcastTlbi } = barriers.get(barrier)!;
        return and(
          stores ? machine.storesDrained(cpu) : TRUE,
          loads && stores ? (machine.flagUpdates?.noneBy(cpu) ?? TRUE) : TRUE,
          localTlbi ? machine.invalidation.complete(cpu, "local") : TRUE,
          broadcastTlbi ? machine.invalidation.complete(cpu, "broadcast") : TRUE,
        );
      },
    ),
    setsFlags: rule(
      "ARM-11",
      "with FEAT_HAFDBS the hardware sets the access flag, and clears RDONLY for a store that executes",
      (features) => features.hafdbs ?? false,
    ),
    updatesFlagsLate: rule(
      "ARM-11",
      "a descriptor is marked at any moment after the access was translated",
      true,
    ),
    dirtiesInvalid: rule("ARM-11", "an invalid descriptor is never updated", () => "none"),
    conflicts: rule(
      "ARM-9",
      "a change of output address or size needs break-before-make, or two entries conflict",
      "sizes or frames",
    ),
    reportsConflict: rule("ARM-9", "a lookup that two entries match uses either, or aborts", true),
    sharesEntries: rule(
      "ARM-13",
      "with CnP an entry is there for every PE",
      (features) => features.cnp ?? false,
    ),
    onFault: rule("HW-6, ARM-10", "a fault leaves the cached entry, so a retry may hit it again", () => []),
    ...commonDeviceRules,
    onDeviceFault: rule("IOMMU-4", "an SMMU keeps what it has cached, and so does the device", () => []),
    walksKernel: rule("IOMMU-6", "a device walks by TTBR0, which has none of the kernel's addresses", false),
    onContextWrite: rule(
      "ARM-13",
      "writing TTBR invalidates nothing; a walk done ahead is of the context that it was done in",
      (machine, cpu) => machine.walkAhead.forgetContext(cpu),
    ),
    switchAwaits: rule("ARM-15", "__switch_to() executes DSB ISH", (machine, cpu) =>
      machine.barrier(cpu, "dsb(ish)"),
    ),
    mayInterrupt: rule(
      "HW-5",
      "an interrupt is taken between two instructions, while interrupts are on",
      isInterruptible,
    ),
    faultAwaits: rule(
      "ARM-2, ARM-18",
      "a fault is taken behind the stores that a barrier separates from it; with FEAT_ETS2, if nothing of its descriptor is cached, behind all",
      (machine, cpu, kind) =>
        kind === "permission" || machine.walkAhead.enabled
          ? machine.mayFollow(cpu, "fault")
          : machine.storesDrained(cpu),
    ),
    remembersWalks: rule(
      "ARM-17",
      "without FEAT_ETS2 an access may use what was walked before earlier accesses and barriers",
      ({ ets2 }) => !ets2,
    ),
    onBarrier: rule(
      "ARM-17, ARM-18",
      "a DSB fences walks done ahead of what it awaits; a DMB has later accesses wait for the stores before it",
      (machine, cpu, barrier) => {
        const { loads, stores, fences } = barriers.get(barrier)!;
        return fences
          ? machine.walkAhead.fence(cpu, { loads, stores })
          : machine.separate(cpu, separatedBy(barrier));
      },
    ),
    onContextSynchronization: rule(
      "ARM-17",
      "ISB, exception entry and exception return drop the walks done ahead that were fenced",
      (machine, cpu) => machine.walkAhead.forgetFenced(cpu),
    ),
  },
};
