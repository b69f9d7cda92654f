/** RISC-V, the harts' own translation in supervisor mode: the choices of `docs/hardware.md`, section RISC-V. */
import { TRUE } from "../../model/term.ts";
import { type Architecture, type Invalidation, rule } from "../architecture.ts";
import {
  contextIsLoaded,
  identifierIsLoaded,
  isInterruptible,
  isTranslation,
  scopeOfOperands,
} from "./common-choices.ts";
import { commonDeviceRules } from "./device-rules.ts";
import { commonTableRules } from "../walk/page-tables.ts";

/** SFENCE.VMA by its operands: an address or x0, an ASID or x0 (RV-2). */
const sfenceVma = (operands: string, by: Invalidation["by"]): Invalidation => ({
  name: `SFENCE.VMA ${operands}`,
  by,
  level: by === "page" || by === "page in any ASID" ? "last" : "all",
  broadcast: false,
  takesEffect: "at once",
});

const invalidations = [
  sfenceVma("rs1, rs2", "page"),
  sfenceVma("rs1, x0", "page in any ASID"),
  sfenceVma("x0, rs2", "asid"),
  sfenceVma("x0, x0", "all"),
];

export const riscv: Architecture = {
  name: "riscv",
  invalidations: Object.fromEntries(invalidations.map((each) => [each.name, each])),
  barriers: ["fence"],
  iommu: null,
  without: ({ flags }) => [
    "no Svinval",
    "no Svvptc",
    "no Svnapot",
    flags ? `Svadu${flags.where ?? ""}` : "no Svadu",
  ],
  rules: {
    mayWalk: rule("HW-1", "a walker may walk any page of the loaded context at any time", contextIsLoaded),
    mayCache: rule("RV-1", "a valid descriptor with A set is cached as a translation", isTranslation),
    cachesInvalid: rule("RV-1", "an invalid descriptor may be cached too", true),
    ordersWalks: rule(
      "RV-7",
      "a walk may read what a store has overwritten, until its hart executes SFENCE.VMA",
      false,
    ),
    mayEvict: rule("HW-4", "an entry may be dropped at any time, and need never be", () => TRUE),
    mayUse: rule(
      "RV-2",
      "an entry is used under its own ASID only, a global one under any",
      identifierIsLoaded,
    ),
    scope: rule(
      "RV-2",
      "by address and ASID, by either, or everything: x0 stands for any; an ASID leaves global entries",
      scopeOfOperands,
    ),
    targets: rule("RV-2", "SFENCE.VMA acts on its own hart only", (_machine, _invalidation, issuer) => [
      issuer,
    ]),
    ...commonTableRules,
    setsAccessed: rule("RV-5", "no flag is set in a page that is no table any more", () => false),
    tableScope: rule(
      "RV-2",
      "SFENCE.VMA by address leaves walk-cache entries, others remove those of their ASID",
      ({ by, level }, { asid }) =>
        level === "last" ? null : { asid: by === "asid" ? asid : null, region: null },
    ),
    cancelsWalks: rule("HW-5", "SFENCE.VMA drops the walks of its scope that are under way", true),
    awaitsAccesses: rule("HW-5", "completion awaits accesses already translated by its scope", true),
    // A fully ordered atomic and the sending of an interrupt come with a fence; SFENCE.VMA orders the stores before it.
    drains: rule(
      "RV-2, RV-7",
      "fully ordered atomics, SFENCE.VMA and the sending of interrupts await the stores of their hart",
      (what) => what === "full atomic" || what === "interrupt sent" || what === "invalidation",
    ),
    separates: rule("RV-7", "what orders stores before loads awaits the stores", () => []),
    barrierAwaits: rule("RV-7", "a fence awaits the stores of its own hart, and no walk", (machine, cpu) =>
      machine.storesDrained(cpu),
    ),
    setsFlags: rule(
      "RV-5",
      "with Svadu the hardware sets A, and D for a store that executes; else what lacks one faults",
      (features) => features.svadu ?? false,
    ),
    updatesFlagsLate: rule("RV-5", "an update is made before the access that it is for", false),
    dirtiesInvalid: rule("RV-5", "an invalid descriptor is never updated", () => "none"),
    conflicts: rule(
      "RV-2",
      "of two entries that differ in size or address it is unpredictable which is used",
      "sizes or frames",
    ),
    reportsConflict: rule("RV-2", "a lookup that two entries match uses either", false),
    sharesEntries: rule("RV-2", "each hart has its own entries", () => false),
    onFault: rule("HW-6, RV-6", "a fault drops nothing, so a retry may hit the old entry again", () => []),
    ...commonDeviceRules,
    onDeviceFault: rule("IOMMU-4", "no IOMMU of RISC-V is modelled", () => []),
    walksKernel: rule("IOMMU-6", "no IOMMU of RISC-V is modelled", false),
    onContextWrite: rule("RV-7", "writing satp invalidates nothing and orders no walks", () => []),
    switchAwaits: rule("RV-7", "a switch waits for nothing", () => TRUE),
    mayInterrupt: rule(
      "RV-2, HW-5",
      "an interrupt is taken while interrupts are on, and awaits accesses that are translated already",
      isInterruptible,
    ),
    faultAwaits: rule("RV-7", "a fault awaits no store to the descriptor", () => TRUE),
    remembersWalks: rule("RV-7", "what a walk done ahead finds, a later one may find old", () => false),
    onBarrier: rule("RV-7", "a fence does nothing to walks or entries", () => []),
    onContextSynchronization: rule("RV-7", "traps and their returns order no walks", () => []),
  },
};
