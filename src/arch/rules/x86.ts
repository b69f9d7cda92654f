/** x86-64, Intel and AMD: the choices of `docs/hardware.md`, sections x86 and AMD. */
import { and, TRUE } from "../../model/term.ts";
import {
  type Architecture,
  type HardwareRules,
  type Invalidation,
  rule,
  withRules,
} from "../architecture.ts";
import {
  contextIsLoaded,
  identifierIsLoaded,
  isInterruptible,
  isTranslation,
  scopeOfOperands,
} from "./common-choices.ts";
import { commonDeviceRules } from "./device-rules.ts";
import { commonTableRules } from "../walk/page-tables.ts";

/** What drops translations on the CPU that executes it, before it completes (X86-6, X86-7, X86-12). */
const local = (name: string, by: Invalidation["by"]): Invalidation => ({
  name,
  by,
  level: "all",
  broadcast: false,
  takesEffect: "at once",
});

/** INVLPGB is issued now, and TLBSYNC waits for it (AMD-1). */
const broadcast = (
  name: string,
  by: Invalidation["by"],
  level: Invalidation["level"] = "all",
): Invalidation => ({
  name,
  by,
  level,
  broadcast: true,
  takesEffect: "later",
});

function byName(...list: readonly Invalidation[]): Readonly<Record<string, Invalidation>> {
  return Object.fromEntries(list.map((each) => [each.name, each]));
}

const rules: HardwareRules = {
  mayWalk: rule(
    "HW-1, X86-8",
    "a walker may walk any page of the loaded context at any time",
    contextIsLoaded,
  ),
  mayCache: rule("X86-1", "only present entries with the accessed flag set are cached", isTranslation),
  cachesInvalid: rule("X86-1", "an entry that is not present is never cached", false),
  ordersWalks: rule("X86-11", "a walk reads memory, and no store that is there is missed", true),
  mayEvict: rule("HW-4", "an entry may be dropped at any time, and need never be", () => TRUE),
  mayUse: rule(
    "X86-8",
    "an entry is used under its own PCID only, while that is loaded; a global one under any",
    identifierIsLoaded,
  ),
  scope: rule(
    "X86-6, X86-7, AMD-1",
    "by address and PCID, by PCID, or everything; INVLPG takes global entries of its address in any PCID",
    // INVLPGB includes them on request: Linux's flushes of kernel addresses ask for it, which name no PCID.
    (invalidation, operands) => ({
      ...scopeOfOperands(invalidation, operands),
      globals:
        invalidation.by === "page in any ASID" || (invalidation.by !== "asid" && !invalidation.broadcast),
    }),
  ),
  targets: rule(
    "X86-4",
    "an invalidation takes effect on the CPU that executes it, INVLPGB on all",
    (machine, invalidation, issuer) => (invalidation.broadcast ? machine.cpus() : [issuer]),
  ),
  ...commonTableRules,
  mayCacheTable: rule(
    "HW-3, X86-10",
    "a walk keeps the upper entry before it reads the leaf, so also if nothing below is present",
    () => TRUE,
  ),
  tableScope: rule(
    "X86-6, X86-7",
    "an invalidation by address removes all walk-cache entries of its PCID",
    ({ by }, { asid }) => ({ asid: by === "page" || by === "asid" ? asid : null, region: null }),
  ),
  setsAccessed: rule(
    "X86-3",
    "the walker sets accessed flags in whatever page its walk cache points to, where the part does so",
    (features) => features.setsAccessed ?? false,
  ),
  cancelsWalks: rule("HW-5, X86-12", "an invalidation drops the walks of its scope that are under way", true),
  awaitsAccesses: rule("HW-5", "completion awaits accesses already translated by its scope", true),
  drains: rule(
    "X86-11",
    "whatever is locked or serialises awaits the stores of its CPU, and so does the sending of interrupts; INVLPGB is neither",
    (what) => what !== "broadcast invalidation",
  ),
  separates: rule("X86-11", "what orders stores before loads awaits the stores", () => []),
  barrierAwaits: rule("X86-11", "a full barrier awaits the stores of its own CPU", (machine, cpu) =>
    machine.storesDrained(cpu),
  ),
  setsFlags: rule("X86-3", "the walker sets A, and a store that executes sets D", () => true),
  updatesFlagsLate: rule("X86-3", "a flag is set before the access that it is for", false),
  dirtiesInvalid: rule(
    "X86-3",
    "D is set in an entry that is read again and present; on Knights Landing a store that faults may set it, too",
    (features) => (features.dirtiesInvalid ? "faulting" : "none"),
  ),
  conflicts: rule(
    "X86-13",
    "entries of two sizes conflict; of one size either is used until it is invalidated",
    "sizes",
  ),
  reportsConflict: rule(
    "X86-13",
    "what a lookup does that entries of two sizes match is undefined: either, or a machine check",
    true,
  ),
  sharesEntries: rule("X86-8", "each CPU has its own entries", () => false),
  onFault: rule(
    "X86-9",
    "a page fault drops what is cached for its address on its CPU, global entries too",
    (machine, cpu, at) => machine.dropTranslations(cpu, { ...at, globals: true }),
  ),
  ...commonDeviceRules,
  onDeviceFault: rule(
    "IOMMU-4",
    "a permission fault drops what IOTLB and ATC hold for its address: the retry walks again",
    ({ iotlb, atc }, page, kind) => (kind === "permission" ? [iotlb.drop(page), atc.drop(page)] : []),
  ),
  walksKernel: rule(
    "IOMMU-6",
    "a walk for a device reaches the kernel's addresses, whose upper entries an IOMMU may cache",
    true,
  ),
  onContextWrite: rule(
    "X86-7, X86-12",
    "MOV CR3 drops the entries of the new PCID that are not global, unless bit 63 says to keep them, and ends all walks",
    (machine, cpu, { asid, preserve }) => [
      machine.cancelWalks(cpu, { asid: null, page: null }, { asid: null, region: null }),
      preserve ? [] : machine.dropTranslations(cpu, { asid, page: null }),
    ],
  ),
  switchAwaits: rule("X86-7", "a switch waits for nothing", () => TRUE),
  mayInterrupt: rule(
    "X86-4, X86-5",
    "an interrupt is taken while interrupts are on, and awaits accesses that are translated already",
    isInterruptible,
  ),
  faultAwaits: rule("X86-9", "a fault waits for nothing", () => TRUE),
  remembersWalks: rule("X86-9", "no access uses a walk done before earlier ones", () => false),
  onBarrier: rule("X86-11", "a barrier does nothing besides waiting", () => []),
  onContextSynchronization: rule("X86-12", "interrupts and system calls leave the TLB as it is", () => []),
};

export const intel: Architecture = {
  name: "intel",
  invalidations: byName(
    local("INVLPG", "page"),
    local("INVPCID single-context", "asid"),
    local("INVPCID all", "all"),
    local("MOV CR4", "all"),
  ),
  barriers: ["mfence"],
  iommu: { iotlb: "iotlb_inv_dsc", atc: "dev_tlb_inv_dsc", wait: "inv_wait_dsc" },
  rules: {
    ...rules,
    scope: rule(
      "INTEL-1, X86-6, X86-7",
      "as on AMD; on some parts INVLPG leaves global entries where PCIDs are on",
      (invalidation, operands, features) => {
        const scope = rules.scope.choice(invalidation, operands, features);
        const leaves = invalidation.name === "INVLPG" && features.invlpgLeavesGlobals === true;
        return leaves ? { ...scope, globals: false } : scope;
      },
    ),
  },
  without: ({ flags, dirtiesInvalid }) => [
    flags ? `hardware dirty bits${flags.where ?? ""}` : "no hardware dirty bits",
    ...(flags && dirtiesInvalid === "faulting" ? ["Knights Landing's stray dirty bits"] : []),
  ],
};

export const amd: Architecture = {
  ...withRules(intel, {
    scope: rules.scope,
    onFault: rule(
      "X86-9",
      "a permission fault drops what is cached for its address on its CPU, global entries too: the retry walks again",
      // Nothing says that it also forgets the table above.
      (machine, cpu, at, kind) =>
        kind === "permission" ? machine.dropTranslations(cpu, { ...at, globals: true }, null) : [],
    ),
    tableScope: rule(
      "AMD-2, X86-6, X86-7",
      "INVLPGB for final levels only leaves the walk caches, others act on the tables above their scope",
      ({ by, level, broadcast: onAll }, { asid, page }, regionOf) =>
        level === "last"
          ? null
          : {
              asid: by === "page" || by === "asid" ? asid : null,
              region: onAll && by.startsWith("page") && page !== null ? regionOf(page) : null,
            },
    ),
    dirtiesInvalid: rule("X86-3", "D is set in an entry that is read again and present", () => "none"),
    raisesMachineCheck: rule("AMD-3", "a walk that consumes garbage may raise a machine check", true),
    barrierAwaits: rule(
      "AMD-1, X86-11",
      "TLBSYNC awaits the INVLPGBs of its own CPU, and nobody else's; a full barrier the stores",
      (machine, cpu, barrier) =>
        and(
          machine.storesDrained(cpu),
          barrier === "tlbsync" ? machine.invalidation.complete(cpu, "broadcast") : TRUE,
        ),
    ),
  }),
  name: "amd",
  invalidations: {
    ...intel.invalidations,
    ...byName(
      broadcast("INVLPGB page", "page"),
      broadcast("INVLPGB page, final only", "page", "last"),
      broadcast("INVLPGB page, globals", "page in any ASID"),
      broadcast("INVLPGB PCID", "asid"),
      broadcast("INVLPGB all", "all"),
    ),
  },
  barriers: ["mfence", "tlbsync"],
  iommu: { iotlb: "INVALIDATE_IOMMU_PAGES", atc: "INVALIDATE_IOTLB_PAGES", wait: "COMPLETION_WAIT" },
};
