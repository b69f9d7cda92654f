/**
 * `tlbcheck`: scenarios in the kernel's words. A model file declares address spaces, threads and what to check,
 * and exports the family of its variants.
 */
import { type Architecture } from "./arch/architecture.ts";
import { arm64 } from "./kernel/arch/arm64.ts";
import { detailsOf, hardwareParameters } from "./kernel/hardware-parameters.ts";
import type { KernelArch } from "./kernel/arch/kernel-arch.ts";
import { loongarch, mips, powerpc } from "./kernel/arch/entries-only.ts";
import { riscv } from "./kernel/arch/riscv.ts";
import { amd, intel } from "./kernel/arch/x86/index.ts";
import { Scenario, TRANSIENT } from "./kernel/scenario.ts";
import { TlbcheckError } from "./model/diagnostic.ts";
import {
  type Configuration,
  defineFamily,
  type Family,
  type FamilySpec,
  requireDeclaration,
  suggestArchitecture,
} from "./model/family.ts";
import { own } from "./model/own.ts";
import type { Model } from "./model/model.ts";
import { callerSource } from "./model/source.ts";
import { kernelProperty } from "./properties/index.ts";
import { type Choice, choiceOf } from "./rules.ts";

export type { Architecture, HardwareRules } from "./arch/architecture.ts";
export { rule, withRules } from "./arch/architecture.ts";
export type { AccessOptions } from "./kernel/entry/access.ts";
export type { BatchOptions } from "./kernel/mm/batched-unmap.ts";
export type { MmOptions, ThreadOptions } from "./kernel/declaration-options.ts";
export type { FaultOptions } from "./kernel/mm/fault.ts";
export type { GupFastOptions } from "./kernel/huge/gup-pmd.ts";
export type {
  Device,
  FixedTable,
  Frame,
  HugePage,
  HugePageOptions,
  Mm,
  Page,
  PageOptions,
  Permission,
  Table,
} from "./kernel/handles.ts";
export type { KernelCode } from "./kernel/threads/thread-program.ts";
export type { InvalidateAdOptions, SplitOptions } from "./kernel/huge/huge-pmd.ts";
export type { MprotectOptions } from "./kernel/mm/mprotect.ts";
export type { TableRemoval } from "./kernel/mm/mmu-gather.ts";
export type { MunmapOptions } from "./kernel/mm/munmap.ts";
export type { Cell } from "./kernel/locking/cells.ts";
export type { Completion, Seqcount, StaticKey } from "./kernel/locking/handles.ts";
export type { Lock, RwSem } from "./kernel/locking/locks.ts";
export type { OldEntry } from "./kernel/mm/pte-read.ts";
export type { Deferral } from "./kernel/entry/context-tracking.ts";
export type { LoadKernelTables, LocalFlush } from "./kernel/entry/kernel-entry.ts";
export type { Details } from "./kernel/details.ts";
export type { Scenario } from "./kernel/scenario.ts";
export type { SystemProperty } from "./kernel/system-property.ts";
export type { System } from "./kernel/system.ts";
export type { Thread } from "./kernel/thread.ts";
export { batchMask } from "./kernel/mm/batched-unmap.ts";
export { kernelProperties } from "./properties/index.ts";
export * from "./rules.ts";

const architectures: Readonly<Record<string, KernelArch>> = {
  arm64,
  intel,
  amd,
  riscv,
  powerpc,
  loongarch,
  mips,
};

/** Replaces parts of an architecture: what a test passes to `Family.build` to ask what a verdict rests on. */
export type HardwareOverride = (architecture: Architecture) => Architecture;

/**
 * Declares a family of scenarios, which a model file exports as its default.
 *
 * ```ts
 * export default scenario("unmap", { about: "unmap and free", arch: ["arm64"] }, (m) => {
 *   const mm = m.mm();
 *   const page = mm.page("page0");
 *   m.thread("reclaim", { cpu: 0 }, (k) => {
 *     k.lock(page.ptl);
 *     const old = k.ptepGetAndClear(page);
 *     k.unlock(page.ptl);
 *     k.flushTlbPage(page);
 *     k.freeFrame(old.frame);
 *   });
 *   m.thread("task", { cpu: 1, mm }, (k) => k.store(page));
 *   m.check("use-after-free-page");
 * });
 * ```
 */
export function scenario(
  name: string,
  spec: FamilySpec & { readonly arch: readonly string[] },
  declare: (m: Scenario, choice: Choice) => void,
): Family {
  const declared = requireDeclaration(
    name,
    spec,
    declare,
    'scenario("name", { about: "…", arch: ["arm64"] }, (m) => { … })',
  );
  requireArchitectures(name, spec);
  for (const arch of spec.arch) kernelArch(arch);
  requireOwnNames(name, spec.parameters ?? {});
  const parameters = { ...spec.parameters, ...hardwareParameters };
  const { name: property, aliases } = kernelProperty(TRANSIENT);
  const optional = [...(spec.optional ?? []), { name: property, aliases, option: "--strict" }];
  const build = (configuration: Configuration, hardware?: unknown, notClosed?: string): Model => {
    const m = new Scenario(name, configuration, kernelProperty, notClosed);
    declared(m, choiceOf(configuration));
    m.details(detailsOf(configuration.parameters));
    const override = hardware as HardwareOverride | undefined;
    return m.build(kernelArch(configuration.arch ?? ""), override ?? ((architecture) => architecture));
  };
  return defineFamily(
    name,
    { ...spec, parameters, optional },
    (configuration, hardware) => {
      const model = build(configuration, hardware);
      const why = model.unsaturable ?? whyLive(model);
      return why === undefined ? model : build(enumerated(configuration), hardware, why);
    },
    { reference: enumerated, architectures: Object.keys(architectures) },
  );
}

/** What must happen in the end is judged where hardware takes steps, since some of them are fair. */
function whyLive({ saturated, properties }: Model): string | undefined {
  return saturated && properties.some(({ kind }) => kind === "liveness")
    ? "liveness is judged by steps"
    : undefined;
}

/** The same configuration with what its hardware does enumerated: the reference of closed hardware. */
function enumerated(configuration: Configuration): Configuration {
  return { ...configuration, parameters: { ...configuration.parameters, hardware: "enumerated" } };
}

/** Refuses a parameter of the name that a switch of the hardware has: `--set` could mean either. */
function requireOwnNames(name: string, parameters: object): void {
  const taken = Object.keys(parameters).find((each) => Object.hasOwn(hardwareParameters, each));
  if (taken === undefined) return;
  throw new TlbcheckError("TLB206", `model "${name}": "${taken}" is a parameter that every scenario has`, {
    hint: `give it another name; taken: ${Object.keys(hardwareParameters).join(", ")}`,
    source: callerSource(),
  });
}

/** A scenario runs on hardware, so that it has to name some. */
function requireArchitectures(name: string, { arch }: { readonly arch?: unknown }): void {
  if (Array.isArray(arch)) return;
  throw new TlbcheckError("TLB206", `model "${name}": it names no architectures`, {
    hint: `write arch: ["arm64"]; known: ${Object.keys(architectures).join(", ")}`,
    source: callerSource(),
  });
}

function kernelArch(name: string): KernelArch {
  const found = own(architectures, name);
  if (found) return found;
  throw new TlbcheckError("TLB202", `there is no architecture "${name}"`, {
    hint: suggestArchitecture(name, Object.keys(architectures)),
    source: callerSource(),
  });
}
