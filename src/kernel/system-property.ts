/** A property of a system: one of the named ones, or of the scenario's own. */
import type { System } from "./system.ts";

/** Something that listens to a system and declares an assertion about it, of the same name. */
export interface SystemProperty {
  readonly name: string;
  /**
   * Declares the assertion and whatever it remembers, before any program is built. What depends on all that programs do
   * waits for `system.whenWritten()`.
   */
  readonly attach: (system: System) => void;
}
