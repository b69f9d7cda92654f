/** AArch64, EL1&0 stage 1: the choices of `docs/hardware.md`, section Arm. */
import { and, TRUE } from "../model/term.ts";
import { type Architecture, type Invalidation, rule } from "./architecture.ts";

const invalidations: Readonly<Record<string, Invalidation>> = Object.fromEntries(
  (
    [
      { name: "VALE1IS", by: "page", level: "last", broadcast: true },
      { name: "VAE1IS", by: "page", level: "all", broadcast: true },
      { name: "ASIDE1IS", by: "asid", level: "all", broadcast: true },
      { name: "VMALLE1IS", by: "all", level: "all", broadcast: true },
      { name: "VALE1", by: "page", level: "last", broadcast: false },
      { name: "VAE1", by: "page", level: "all", broadcast: false },
      { name: "ASIDE1", by: "asid", level: "all", broadcast: false },
      { name: "VMALLE1", by: "all", level: "all", broadcast: false },
    ] as const
  ).map((each) => [each.name, each]),
);

/** DSB by shareability domain and access type; only those of both access types complete TLB maintenance. */
const COMPLETES_BROADCAST = new Set(["dsb(ish)", "dsb(osh)", "dsb(sy)"]);
const COMPLETES_STORES = new Set([
  ...COMPLETES_BROADCAST,
  "dsb(nsh)",
  "dsb(ishst)",
  "dsb(oshst)",
  "dsb(st)",
  "dsb(nshst)",
]);
const COMPLETES_LOCAL = new Set([...COMPLETES_BROADCAST, "dsb(nsh)"]);

export const arm64: Architecture = {
  name: "arm64",
  invalidations,
  barriers: ["ish", "osh", "nsh"]
    .flatMap((domain) => [`dsb(${domain})`, `dsb(${domain}st)`, `dsb(${domain}ld)`])
    .concat("dsb(sy)", "dsb(st)", "dsb(ld)"),
  without: "no hardware AF/DBM, no CnP, no contiguous entries",
  rules: {
    mayWalk: rule("HW-1", "a walker may walk any page of the loaded context at any time", (machine, cpu) =>
      machine.context.at(cpu).isNot(null),
    ),
    mayCache: rule(
      "ARM-1",
      "only valid descriptors with the access flag set are cached",
      ({ valid, accessed }) => and(valid, accessed),
    ),
    mayEvict: rule("HW-4", "an entry may be dropped at any time, and need never be", () => TRUE),
    mayUse: rule("ARM-13", "an entry is used under its own ASID only", (machine, cpu, asid) =>
      and(machine.context.at(cpu).isNot(null), machine.asidOf.at(machine.context.at(cpu)).is(asid)),
    ),
    scope: rule("ARM-3", "by address and ASID, by ASID, or everything", ({ by }, { asid, page }) => ({
      asid: by === "all" ? null : asid,
      page: by === "page" ? page : null,
    })),
    targets: rule(
      "ARM-4",
      "issued once, effective on each CPU later and in any order",
      (machine, { broadcast }, issuer) => (broadcast ? machine.cpus() : [issuer]),
    ),
    cancelsWalks: rule("HW-5", "completion covers the walks of its scope that were under way", true),
    awaitsAccesses: rule("HW-5, ARM-5", "completion awaits accesses already translated by its scope", true),
    barrierAwaits: rule(
      "ARM-6, ARM-7, ARM-8",
      "a DSB awaits the TLBIs and the stores of its own CPU, and nobody else's",
      (machine, cpu, barrier) =>
        and(
          COMPLETES_BROADCAST.has(barrier) ? machine.invalidation.complete(cpu, "broadcast") : TRUE,
          COMPLETES_STORES.has(barrier) ? machine.storesDrained(cpu) : TRUE,
          COMPLETES_LOCAL.has(barrier) ? machine.invalidation.complete(cpu, "local") : TRUE,
        ),
    ),
    onFault: rule("HW-6, ARM-10", "a fault leaves the cached entry, so a retry may hit it again", () => []),
    onContextWrite: rule("ARM-13", "writing TTBR invalidates nothing", () => []),
    switchAwaits: rule("ARM-15", "__switch_to() executes DSB ISH", (machine, cpu) =>
      machine.barrier(cpu, "dsb(ish)"),
    ),
    onContextSynchronization: rule(
      "ARM-17",
      "ISB, exception entry and exception return drop walks done ahead",
      (machine, cpu) => machine.walkAhead.forget(cpu),
    ),
  },
};
