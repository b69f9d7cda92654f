/** The options of declared address spaces and threads. */
import type { Device, Mm } from "./handles.ts";

export interface MmOptions {
  /** How flushes that reclaim has queued are remembered; "boolean" before 5ee2fa2f0636. By counters unless given. */
  readonly batched?: "counters" | "boolean";
  /**
   * Its pages are addresses of the kernel, mapped globally (`_PAGE_GLOBAL`): they are there whatever is loaded, and
   * their entries survive what flushes by identifier. Not so with page-table isolation.
   */
  readonly global?: boolean;
  /** The address space whose ASID it has, too: a fault of the kernel. Each has its own unless given. */
  readonly asidOf?: Mm;
}

export interface ThreadOptions {
  /** The CPU that the thread runs on, or those that it may be scheduled on. */
  readonly cpu: number | readonly number[];
  /** The address space whose user code it runs; none for a kernel thread. */
  readonly mm?: Mm;
  /**
   * A thread that need not run, such as a kernel thread that may wake up: it may never begin, and the scenario is over
   * when all others have ended. Once it has begun, it goes on as they do.
   */
  readonly daemon?: boolean;
  /** The device whose page faults it handles: its program runs for each of them, and not before. */
  readonly serves?: Device;
}
