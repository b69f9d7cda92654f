/** A property of kernel and hardware, usable by name: it declares an assertion and listens to what happens. */
import type { System } from "../kernel/system.ts";

export interface KernelProperty {
  readonly name: string;
  readonly aliases: readonly string[];
  /** The property in one sentence. */
  readonly says: string;
  /** Declares the assertion and whatever it remembers, before any program is built. */
  readonly attach: (system: System) => void;
}
