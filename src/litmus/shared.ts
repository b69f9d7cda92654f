/** What the CPUs of a litmus test share while their programs become rules. */
import type { Machine } from "../arch/machine.ts";
import type { ModelBuilder } from "../model/builder.ts";
import type { TestValues } from "./analysis.ts";
import type { LitmusTest } from "./ast.ts";
import type { BreakBeforeMake } from "./break-before-make.ts";
import type { Monitors } from "./monitors.ts";
import type { TestMemory } from "./test-memory.ts";

export interface Shared {
  readonly test: LitmusTest;
  readonly analysis: TestValues;
  readonly builder: ModelBuilder;
  readonly machine: Machine;
  readonly memory: TestMemory;
  readonly monitors: Monitors;
  readonly breakBeforeMake: BreakBeforeMake;
}
