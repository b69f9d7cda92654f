/** AArch64, EL1&0 stage 1: the choices of `docs/hardware.md`, section Arm. */
import { TRUE } from "../model/term.ts";
import { and } from "../model/term.ts";
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
const COMPLETES_LOCAL = new Set([...COMPLETES_BROADCAST, "dsb(nsh)"]);

export const arm64: Architecture = {
  name: "arm64",
  invalidations,
  barriers: ["dsb(ish)", "dsb(ishst)", "dsb(ishld)", "dsb(nsh)", "dsb(nshst)", "dsb(osh)", "dsb(sy)"],
  features: "no hardware AF/DBM, no CnP, no contiguous entries",
  rules: {
    mayWalk: rule("HW-1", "a walker may walk any page of the loaded context at any time", (machine, cpu) =>
      machine.context.at(cpu).isNot(null),
    ),
    mayCache: rule("ARM-1", "only valid descriptors are cached", ({ valid }) => valid),
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
    cancelsWalks: rule("HW-5", "taking effect cancels the walks of its scope that are under way", true),
    effectAwaits: rule(
      "HW-5, ARM-5",
      "taking effect awaits accesses already translated by its scope",
      (machine, cpu, scope) => machine.access.inFlight(cpu, scope).not(),
    ),
    barrierAwaits: rule(
      "ARM-6, ARM-7, ARM-8",
      "a DSB awaits the TLBIs and the stores of its own CPU, and nobody else's",
      (machine, cpu, barrier) =>
        and(
          COMPLETES_BROADCAST.has(barrier) ? machine.invalidation.complete(cpu, "broadcast") : TRUE,
          COMPLETES_LOCAL.has(barrier) ? machine.invalidation.complete(cpu, "local") : TRUE,
        ),
    ),
    onFault: rule("HW-6, ARM-10", "a fault leaves the cached entry, so a retry may hit it again", () => []),
    onContextWrite: rule("ARM-13", "writing TTBR invalidates nothing", () => []),
    switchAwaits: rule("ARM-15", "__switch_to() executes DSB ISH", (machine, cpu) =>
      machine.barrier(cpu, "dsb(ish)"),
    ),
    onContextSynchronization: rule("ARM-17", "with FEAT_ETS2, nothing that is modelled here", () => []),
  },
};
