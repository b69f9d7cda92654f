/**
 * A CPU that leaves the kernel for user mode and comes back, and flushes of kernel translations that are put off
 * until it does: NOHZ_FULL CPUs are not interrupted while they run user code (proposed for Linux, not merged).
 *
 * With page-table isolation the kernel's page tables are loaded by the entry code and unloaded on the way out;
 * without it they are loaded all the time.
 */
import { type ArrayVariable, bool, type Body, enumeration } from "../model/builder.ts";
import { and, type Term, TRUE } from "../model/term.ts";
import type { Handler } from "../arch/interrupts.ts";
import type { Mm, Page } from "./handles.ts";
import type { System } from "./system.ts";
import type { Thread } from "./thread.ts";

/** How a flush of kernel translations treats a CPU that runs user code. */
export type Deferral =
  /** It is interrupted like any other. */
  | "none"
  /** `ct_set_cpu_work()`: its context-tracking word takes the work, if it says "user" (compare-and-exchange). */
  | "context-tracking"
  /** It is left out if its flag says that the kernel's page tables are not loaded. */
  | "flag";

/** What the kernel knows of each CPU's way in and out. */
export class KernelEntry {
  /** The context-tracking state: where the CPU is said to be. */
  readonly #state: ArrayVariable;
  /** A flush is to be done on the next entry. */
  readonly #work: ArrayVariable;
  /** `kernel_cr3_loaded`. */
  readonly #flag: ArrayVariable;

  constructor(system: System) {
    const { builder, machine } = system;
    const { cpu } = machine.domains;
    this.#state = builder.array(
      "context_tracking",
      [cpu],
      enumeration("context", ["kernel", "user"]),
      "kernel",
    );
    this.#work = builder.array("context_tracking.work", [cpu], bool, false);
    this.#flag = builder.array("kernel_cr3_loaded", [cpu], bool, true);
  }

  /** `ct_kernel_enter()` or `ct_user_enter()`: one atomic update; the work noted until then is to be done. */
  setState(k: Thread, state: "kernel" | "user"): void {
    k.do(`context tracking: ${state}`, "counter", () => this.#state.at(k.cpu()).set(state));
  }

  hasWork(cpu: Term): Term {
    return this.#work.at(cpu);
  }

  takeWork(cpu: Term): Body {
    return this.#work.at(cpu).set(false);
  }

  setFlag(k: Thread, loaded: boolean): void {
    k.do(`kernel_cr3_loaded = ${Number(loaded)}`, "data", () => this.#flag.at(k.cpu()).set(loaded));
  }

  /** Whether a flush may leave a CPU to its next entry; for "context-tracking" it is noted there. */
  defers(cpu: Term, by: Deferral): { readonly when: Term; readonly body: Body } {
    if (by === "flag") return { when: this.#flag.at(cpu).not(), body: [] };
    return { when: this.#state.at(cpu).is("user"), body: this.#work.at(cpu).set(true) };
  }
}

/** Loads the kernel's page tables: on entry, with isolation. Without PCIDs the write drops what is cached. */
export function loadKernelTables(k: Thread, kernel: Mm, { pcid }: { readonly pcid: boolean }): void {
  const { machine } = k.system;
  k.do("MOV CR3: kernel", "data", () =>
    machine.loadContext(k.cpu(), {
      space: k.system.space(kernel),
      asid: machine.loadedAsid(k.cpu()),
      preserve: pcid,
    }),
  );
}

/** Loads the user's page tables, in which the kernel's areas are not mapped. */
export function loadUserTables(k: Thread, { pcid }: { readonly pcid: boolean }): void {
  const { machine } = k.system;
  k.do("MOV CR3: user", "data", () =>
    machine.loadContext(k.cpu(), { space: null, asid: machine.loadedAsid(k.cpu()), preserve: pcid }),
  );
}

/** Drops all kernel translations of this CPU: the flush that was put off. */
export function flushKernelHere(k: Thread): void {
  const { machine, observers } = k.system;
  k.event("flush what was put off", () =>
    k.step({
      label: "flush kernel translations",
      kind: "flush",
      ways: [
        {
          body: () => [
            machine.invalidate(k.cpu(), "INVPCID all", { asid: null, page: null }),
            observers.tell("caughtUp", k.cpu()),
          ],
        },
      ],
    }),
  );
}

/** `ct_work_flush()`: flushes if that was put off while context tracking said "user". */
export function contextTrackingWork(k: Thread): void {
  const { kernelEntry } = k.system;
  const due = k.register("context tracking work", bool, false);
  k.do("read the context-tracking work", "re-check", () => {
    const cpu = k.cpu();
    return [due.set(kernelEntry.hasWork(cpu)), kernelEntry.takeWork(cpu)];
  });
  k.if(due, () => flushKernelHere(k));
}

/**
 * `flush_tlb_kernel_range()`: by interrupt on every CPU, waiting for all; or leaving to their next entry those
 * that the deferral lets out.
 */
export function flushTlbKernelRange(k: Thread, page: Page, by: Deferral): void {
  const { machine, observers } = k.system;
  const { interrupts } = machine;
  const at = () => k.system.page(page);
  const flush = (cpu: Term): Body =>
    machine.invalidate(cpu, "INVLPG", { asid: machine.loadedAsid(cpu), page: at() });
  const handler: Handler = {
    name: `do_kernel_range_flush(${page.name})`,
    guard: () => TRUE,
    body: flush,
  };
  k.event(`flush_tlb_kernel_range(${page.name})`, () => {
    // The others are asked before this CPU flushes itself, as on_each_cpu() does.
    const numbered = [...machine.cpus().entries()];
    const isHere = (target: Term): boolean => k.cpu().is(target).node === TRUE.node;
    const order = [
      ...numbered.filter(([, target]) => !isHere(target)),
      ...numbered.filter(([, target]) => isHere(target)),
    ];
    for (const [number, target] of order) {
      const own = k.cpu().is(target);
      const deferral = by === "none" ? null : k.system.kernelEntry.defers(target, by);
      const spared = (): Term => (deferral ? and(own.not(), deferral.when) : own);
      k.step({
        label: `kernel flush: CPU${number}`,
        kind: "flush",
        ways: [
          {
            name: "here",
            guard: () => [own],
            body: () => flush(target),
            text: () => `INVLPG ${page.name}`,
          },
          {
            name: "IPI",
            guard: () => [own.not(), ...(deferral ? [deferral.when.not()] : [])],
            body: () => interrupts.send(k.cpu(), target, handler),
            text: () => `IPI to CPU${number}`,
            told: () => `flush_tlb_kernel_range(${page.name}): IPI to CPU${number}`,
          },
          ...(deferral
            ? [
                {
                  name: "put off",
                  guard: () => [spared()],
                  body: () => [deferral.body, observers.tell("putOff", target)],
                  text: () => `CPU${number} flushes later`,
                  told: () => `flush_tlb_kernel_range(${page.name}): CPU${number} flushes later`,
                },
              ]
            : []),
        ],
      });
    }
    k.step({
      label: "wait for the IPIs",
      kind: "wait",
      ways: [{ guard: () => [interrupts.acknowledged(k.cpu(), handler)] }],
      weaker: [{ name: "omitted" }],
    });
  });
}
