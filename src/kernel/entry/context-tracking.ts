/** What is known of CPUs that leave the kernel for user mode and come back, and of flushes that wait for that. */
import { type ArrayVariable, bool, type Body, enumeration } from "../../model/builder.ts";
import type { Term } from "../../model/term.ts";
import type { KernelState } from "../kernel-state.ts";
import type { PerCpuCell } from "../locking/cells.ts";

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
  readonly #flag: PerCpuCell<"flag">;

  constructor({ builder, machine, cells }: KernelState) {
    const { cpu } = machine.domains;
    this.#state = builder.array(
      "context_tracking",
      [cpu],
      enumeration("context", ["kernel", "user"]),
      "kernel",
    );
    this.#work = builder.array("context_tracking.work", [cpu], bool, false);
    this.#flag = cells.perCpu(builder.array("kernel_cr3_loaded", [cpu], bool, true), "flag");
  }

  /** What `ct_kernel_enter()` and `ct_user_enter()` store. */
  setState(cpu: Term, state: "kernel" | "user"): Body {
    return this.#state.at(cpu).set(state);
  }

  hasWork(cpu: Term): Term {
    return this.#work.at(cpu);
  }

  takeWork(cpu: Term): Body {
    return this.#work.at(cpu).set(false);
  }

  mayStoreFlag(cpu: Term): Term[] {
    return this.#flag.mayStore(cpu);
  }

  storeFlag(cpu: Term, loaded: boolean): Body {
    return this.#flag.store(cpu, { flag: loaded });
  }

  /** Whether a flush may leave a CPU to its next entry, as other CPUs see it. */
  defers(cpu: Term, by: Exclude<Deferral, "none">): Term {
    return by === "flag" ? this.#flag.memory(cpu).flag.not() : this.#state.at(cpu).is("user");
  }

  /** Leaves a flush to a CPU's next entry, which flushes in any case, or does what is noted for it. */
  putOff(cpu: Term, by: Deferral): Body {
    return by === "context-tracking" ? this.#work.at(cpu).set(true) : [];
  }
}
