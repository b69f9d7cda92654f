/** What the state of the kernel is built on: the machine, cells, and the address spaces that are loaded at first. */
import type { Machine } from "../arch/machine.ts";
import type { ModelBuilder } from "../model/builder.ts";
import type { Term } from "../model/term.ts";
import type { Mm } from "./handles.ts";
import type { Cells } from "./locking/cells.ts";
import type { Observers } from "./observers.ts";

export interface KernelState {
  readonly builder: ModelBuilder;
  readonly machine: Machine;
  readonly cells: Cells;
  readonly observers: Observers;
  readonly mms: readonly Mm[];
  /** Of each CPU, whether no user task is on it when the model begins. */
  readonly lazyAtFirst: readonly boolean[];
  /** The address space that each CPU has loaded when the model begins. */
  readonly loadedAtFirst: readonly string[];
  /** The translation context of an address space. */
  space(mm: Mm): Term;
}
