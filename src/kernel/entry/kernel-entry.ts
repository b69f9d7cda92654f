/**
 * A CPU that leaves the kernel for user mode and comes back, and flushes of kernel translations that are put off
 * until it does: NOHZ_FULL CPUs are not interrupted while they run user code (proposed for Linux, not merged).
 *
 * With page-table isolation the kernel's page tables are loaded by the entry code and unloaded on the way out;
 * without it they are loaded all the time.
 */
import { TlbcheckError } from "../../model/diagnostic.ts";
import { callerSource } from "../../model/source.ts";
import { primitive } from "../threads/primitive.ts";
import { FLAG, misuse, oneOf, optional, options, parameterOf, wholeNumber } from "../../model/arguments.ts";
import { MM, page } from "../arguments.ts";
import { domainSize } from "../../model/domain.ts";
import { bool, type Body } from "../../model/builder.ts";
import { eachOf, FALSE, type Term, TRUE } from "../../model/term.ts";
import type { Handler } from "../../arch/interrupts.ts";
import type { Deferral } from "./context-tracking.ts";
import { mayAwaitCpus, mustBeOff } from "../locking/lockdep.ts";
import type { Mm, Page } from "../handles.ts";
import type { Way } from "../../program/step.ts";
import { awaitsCpus } from "../threads/awaits.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** How the page tables of the kernel are loaded. */
export interface LoadKernelTables {
  /** The write keeps what is cached, of any PCID; without PCIDs it drops it. */
  readonly pcid: boolean;
  /** Under which of its PCIDs, from 0; each process has one on a CPU. That which is loaded, unless given. */
  readonly slot?: number;
}

/** `ct_kernel_enter()` or `ct_user_enter()`: one atomic update; the work noted until then is to be done. */
export function contextTracking(k: ThreadProgram, state: "kernel" | "user"): void {
  const { machine, kernelEntry } = k.system;
  const call = state === "user" ? "ct_user_enter()" : "ct_kernel_enter()";
  const body = (): Body => [mustBeOff(k, call), kernelEntry.setState(k.cpu(), state)];
  k.do(`context tracking: ${state}`, "counter", body, () => [machine.storesDrained(k.cpu())]);
}

/** Stores `kernel_cr3_loaded`. */
export function setKernelCr3Loaded(k: ThreadProgram, loaded: boolean): void {
  const { kernelEntry } = k.system;
  const label = `kernel_cr3_loaded = ${Number(loaded)}`;
  const way = {
    guard: () => kernelEntry.mayStoreFlag(k.cpu()),
    body: () => [mustBeOff(k, label), kernelEntry.storeFlag(k.cpu(), loaded)],
  };
  k.event(label, () => k.step({ label, kind: "data", ways: [way] }));
}

/** Loads the kernel's page tables: on entry, with isolation; or those of another process, which map the same. */
export function loadKernelTables(k: ThreadProgram, kernel: Mm, { pcid, slot }: LoadKernelTables): void {
  const { machine } = k.system;
  const slots = domainSize(machine.domains.asid);
  if (slot !== undefined && slot >= slots)
    throw misuse(
      { call: { name: "k.loadKernelTables()" }, path: "slot" },
      `k.loadKernelTables(): there is no PCID ${slot}`,
      `slots are numbered from 0 to ${slots - 1}: each address space with an ASID of its own adds one`,
    );
  const asid = (): Term =>
    slot === undefined ? machine.loadedAsid(k.cpu()) : eachOf(machine.domains.asid)[slot]!;
  const label = `MOV CR3: kernel${slot === undefined ? "" : `, PCID${slot + 1}`}`;
  const body = (): Body => [
    // switch_mm() to another process turns interrupts off by itself.
    slot === undefined ? mustBeOff(k, label) : [],
    machine.loadContext(k.cpu(), { space: k.system.space(kernel), asid: asid(), preserve: pcid }),
  ];
  k.do(label, "data", body, () => [machine.mayComplete(k.cpu(), "context write")]);
}

/** How the page tables of the user are loaded. */
export interface LoadUserTables {
  /** The write keeps what is cached, of any PCID; without PCIDs it drops it. */
  readonly pcid: boolean;
}

/** Loads the user's page tables, in which the kernel's areas are not mapped. */
export function loadUserTables(k: ThreadProgram, { pcid }: LoadUserTables): void {
  const { machine } = k.system;
  const label = "MOV CR3: user";
  const body = (): Body => [
    mustBeOff(k, label),
    machine.loadContext(k.cpu(), { space: null, asid: machine.loadedAsid(k.cpu()), preserve: pcid }),
  ];
  k.do(label, "data", body, () => [machine.mayComplete(k.cpu(), "context write")]);
}

/**
 * What drops the kernel's translations on a CPU: INVPCID of all PCIDs with what is global, or a change of CR4.PGE,
 * which does the same; MOV CR3 drops those of the loaded PCID, and nothing global (X86-7).
 */
export type LocalFlush = "INVPCID all" | "MOV CR4" | "MOV CR3";

/** Drops the kernel translations of this CPU: the flush that was put off. */
export function flushKernelHere(k: ThreadProgram, by: LocalFlush = "INVPCID all"): void {
  const { machine, observers } = k.system;
  const cpu = k.cpu();
  const flush =
    by === "MOV CR3"
      ? {
          guard: () => machine.mayComplete(cpu, "context write"),
          body: () =>
            machine.loadContext(cpu, { space: machine.context.at(cpu), asid: machine.loadedAsid(cpu) }),
        }
      : {
          guard: () => machine.invalidateGuard(cpu, by),
          body: () => machine.invalidate(cpu, by, { asid: null, page: null }),
        };
  const label = by === "INVPCID all" ? "flush kernel translations" : `flush kernel translations by ${by}`;
  k.event("flush what was put off", () =>
    k.step({
      label,
      kind: "flush",
      ways: [
        {
          guard: () => [flush.guard()],
          body: () => [mustBeOff(k, label), flush.body(), observers.tell("caughtUp", cpu)],
        },
      ],
    }),
  );
}

/** `ct_work_flush()`: flushes if that was put off while context tracking said "user". */
export function contextTrackingWork(k: ThreadProgram, by?: LocalFlush): void {
  const { kernelEntry } = k.system;
  const due = k.register("context tracking work", bool, false);
  k.do("read the context-tracking work", "re-check", () => {
    const cpu = k.cpu();
    return [due.set(kernelEntry.hasWork(cpu)), kernelEntry.takeWork(cpu)];
  });
  k.if(due, () => flushKernelHere(k, by));
}

/**
 * `flush_tlb_kernel_range()`: on every CPU, as the architecture does it; or by interrupt, leaving to their next entry
 * those CPUs that the deferral lets out, as patches for x86 do.
 */
export function flushTlbKernelRange(k: ThreadProgram, page: Page, by: Deferral = "none"): void {
  const { arch, machine } = k.system;
  if (by === "none" && arch.flushTlbKernelRange) return arch.flushTlbKernelRange(k, page);
  if (!Object.hasOwn(machine.architecture.invalidations, "INVLPG"))
    throw new TlbcheckError(
      "TLB201",
      `${machine.architecture.name} puts off no flush of kernel translations`,
      {
        hint: 'a deferral is for intel and amd; leave it out, or say "none"',
        source: callerSource(),
      },
    );
  interruptForKernelRange(k, page, by);
}

function interruptForKernelRange(k: ThreadProgram, page: Page, by: Deferral): void {
  const { machine, observers } = k.system;
  const { interrupts } = machine;
  const at = () => k.system.page(page);
  const flush = (cpu: Term): Body =>
    machine.invalidate(cpu, "INVLPG", { asid: machine.loadedAsid(cpu), page: at() });
  const handler: Handler = {
    name: `do_kernel_range_flush(${page.mm.name}, ${page.name})`,
    guard: () => TRUE,
    body: flush,
  };
  const name = `flush_tlb_kernel_range(${page.name})`;
  k.event(name, () => {
    for (const [number, target] of machine.cpus().entries()) {
      if (k.cpu().is(target).node === TRUE.node) continue;
      const other = target.isNot(k.cpu());
      const putOff = (): Term => (by === "none" ? FALSE : k.system.kernelEntry.defers(target, by));
      const flushesLater = (): Body => [
        k.system.kernelEntry.putOff(target, by),
        observers.tell("putOff", target),
      ];
      const way = (told: string, guard: () => Term[], body: () => Body): Way => ({
        name: told,
        guard,
        body: () => [k.seat.preemption(true), body()],
        text: () => `CPU${number}: ${told}`,
        told: () => `${name}: CPU${number} ${told}`,
      });
      k.step({
        label: `kernel flush: CPU${number}`,
        kind: "flush",
        ways: [
          way(
            "interrupted",
            () => [other, putOff().not(), interrupts.maySend(k.cpu())],
            () => interrupts.send(k.cpu(), target, handler),
          ),
          ...(by === "none" ? [] : [way("flushes later", () => [other, putOff()], flushesLater)]),
          way(
            "is this one",
            () => [other.not()],
            () => [],
          ),
        ],
      });
    }
    k.step({
      label: `INVLPG ${page.name}`,
      kind: "flush",
      ways: [
        {
          guard: () => [machine.invalidateGuard(k.cpu(), "INVLPG")],
          body: () => [mayAwaitCpus(k, name), k.seat.preemption(true), flush(k.cpu())],
        },
      ],
    });
    const last = (): Body => k.seat.preemption(false);
    k.step({
      label: "wait for the IPIs",
      kind: "wait",
      ways: [{ guard: () => [interrupts.acknowledged(k.cpu(), handler)], body: last }],
      awaits: () => awaitsCpus(k, handler),
      weaker: [{ name: "omitted", body: last }],
    });
  });
}

const BY = parameterOf("by", optional(oneOf<LocalFlush>("INVPCID all", "MOV CR4", "MOV CR3")));

export const kernelFlushPrimitives = {
  /** `flush_tlb_kernel_range()`: on every CPU, or on those that the deferral does not leave to their next entry. */
  flushTlbKernelRange: primitive(flushTlbKernelRange, [
    page,
    parameterOf("deferral", optional(oneOf<Deferral>("none", "context-tracking", "flag"))),
  ]),
};

export const kernelEntryPrimitives = {
  /** MOV CR3 of the kernel's page tables: on entry with page-table isolation, or those of another process. */
  loadKernelTables: primitive(loadKernelTables, [
    parameterOf("kernel", MM),
    parameterOf("options", options<LoadKernelTables>({ pcid: FLAG, slot: optional(wholeNumber(0)) })),
  ]),
  /** MOV CR3 of the user's page tables. */
  loadUserTables: primitive(loadUserTables, [
    parameterOf("options", options<LoadUserTables>({ pcid: FLAG })),
  ]),
  /** Drops all kernel translations of this CPU: what was put off until it entered. */
  flushKernelHere: primitive(flushKernelHere, [BY]),
  /** Where context tracking says that the CPU is. */
  contextTracking: primitive(contextTracking, [parameterOf("state", oneOf("kernel", "user"))]),
  /** `ct_work_flush()`: does what `ct_set_cpu_work()` has left. */
  contextTrackingWork: primitive(contextTrackingWork, [BY]),
  /** Stores `kernel_cr3_loaded`, by which a CPU says that it has to be interrupted. */
  setKernelCr3Loaded: primitive(setKernelCr3Loaded, [parameterOf("loaded", FLAG)]),
};
