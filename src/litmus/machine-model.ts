/** A litmus test as a model: the same machine that kernel scenarios run on, and a program on each CPU. */
import { arm64 } from "../arch/rules/arm64.ts";
import type { Architecture } from "../arch/architecture.ts";
import { Machine } from "../arch/machine.ts";
import type { MemoryOrder } from "../arch/store-buffer.ts";
import { ModelBuilder } from "../model/builder.ts";
import type { Model } from "../model/model.ts";
import { and, FALSE, type Term, TRUE } from "../model/term.ts";
import { hasLoop, type TestValues } from "./analysis.ts";
import type { LitmusTest } from "./ast.ts";
import { dependenciesOf, loadsDependedOn } from "./dependencies.ts";
import { BreakBeforeMake } from "./break-before-make.ts";
import { framesOf } from "./frames.ts";
import type { Instruction } from "./instruction.ts";
import { Monitors } from "./monitors.ts";
import { flagsSetBy } from "./settings.ts";
import { CONTEXT, TestMemory } from "./test-memory.ts";
import { TestThread } from "./thread.ts";

export interface MachineOptions {
  readonly ets2: boolean;
  readonly order: MemoryOrder;
  /** arm64 unless given; a test may weaken it. */
  readonly architecture?: Architecture;
  /** TLB entries may go at any time; true unless given. */
  readonly evict?: boolean;
}

export interface LitmusModel {
  readonly model: Model;
  /** True in the final states: every CPU is at its end, and every store and update of flags in memory. */
  readonly ended: Term;
  readonly threads: readonly TestThread[];
  readonly memory: TestMemory;
  /** False where no descriptor can replace one in a way that needs break-before-make. */
  readonly mayNeedBreak: boolean;
}

/** How many stores a store buffer holds where programs have loops; without, it holds all of a program's stores. */
const BUFFER_OF_LOOPS = 4;

/** Stands for the pages of a test that names none. */
const NO_PAGE = "no page";

/** The name of the goal that some final state is reached. */
export const FINISHES = "every CPU finishes";

export function litmusModel(test: LitmusTest, values: TestValues, options: MachineOptions): LitmusModel {
  const builder = new ModelBuilder(modelName(test));
  let memory!: TestMemory;
  const pages = values.pages.length > 0 ? values.pages : [NO_PAGE];
  const frames = framesOf(test, values, pages);
  const machine = new Machine(builder, {
    architecture: options.architecture ?? arm64,
    cpus: test.threads.length,
    spaces: [CONTEXT],
    asids: ["asid"],
    pages,
    frames: frames.all,
    privilegedFrames: frames.privileged,
    memory: (domains) => (memory = new TestMemory(builder, domains, values, frames)),
    loaded: test.threads.map(() => ({ space: CONTEXT, asid: "asid" })),
    walk: "stepwise",
    evict: options.evict ?? true,
    features: {
      ets2: options.ets2,
      hafdbs: test.threads.some(({ number }) => flagsSetBy(test, number).accessed),
    },
    trackedLoads: Math.max(...test.threads.map((each) => loadsDependedOn(dependenciesOf(each)).length)),
    flagsSetBy: (cpu) => flagsSetBy(test, cpu),
    walkMatters: (cpu, page) => (mayChange(values, page) ? threads[cpu]!.mayAccess(page) : FALSE),
  });
  memory.attach(machine, options.order === "tso" ? bufferDepth(test) : null);
  const breakBeforeMake = new BreakBeforeMake(builder, machine, memory);
  const monitors = new Monitors(builder, test, memory, values.places);
  const shared = { test, analysis: values, builder, machine, memory, monitors, breakBeforeMake };
  const threads = test.threads.map((thread) => new TestThread(shared, thread));
  machine.written.complete();
  for (const thread of threads) thread.announceAccesses();
  for (const { program } of threads) program.announce();
  for (const { program } of threads) program.addRules();
  machine.finish();
  test.threads.forEach(({ number }) => builder.place(number, `P${number}`));
  const ended = and(
    ...threads.map((thread) => thread.ended()),
    ...threads.map(({ number }) => machine.storesDrained(machine.cpu(number))),
    ...threads.map(({ number }) => machine.flagUpdates?.noneBy(machine.cpu(number)) ?? TRUE),
  );
  builder.goal(FINISHES, ended);
  builder.assume(options.order === "tso" ? "memory order tso" : "memory order sc");
  builder.assume(options.ets2 ? "ETS2" : "no ETS2: walks ahead of earlier accesses");
  return { model: builder.build(), ended, threads, memory, mayNeedBreak: breakBeforeMake.isAsked };
}

/** Names of models hold fewer kinds of characters than those of tests. */
function modelName({ name }: LitmusTest): string {
  return name.replace(/[^\w.-]/g, "_");
}

/** Whether the descriptor of a page may ever differ from what it is at first. */
function mayChange({ places }: TestValues, page: string): boolean {
  const place = places.find((each) => each.place.kind === "descriptor" && each.place.page === page);
  return place === undefined || place.values.length > 1;
}

function bufferDepth({ threads }: LitmusTest): number {
  const stores = Math.max(...threads.map(({ instructions }) => instructions.filter(isStore).length));
  if (stores === 0) return 1;
  return threads.some(hasLoop) ? Math.max(BUFFER_OF_LOOPS, stores) : stores;
}

function isStore({ kind }: Instruction): boolean {
  return kind === "store" || kind === "store-exclusive" || kind === "atomic";
}
