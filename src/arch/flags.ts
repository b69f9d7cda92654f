/**
 * Accessed and dirty flags that the hardware sets in descriptors (ARM-11, X86-3): the walker marks a descriptor as
 * accessed, committed to by an instruction or not; a store that executes marks it as dirty. Each update reads the
 * descriptor again and writes it in one step, so it is never made to what is not valid any more, Knights Landing excepted.
 */
import type { ModelBuilder } from "../model/builder.ts";
import { and, or, type Term } from "../model/term.ts";
import type { Machine } from "./machine.ts";
import type { DescriptorFlags } from "./memory.ts";
import type { Translation } from "./tlb.ts";

/** How a store goes on that hits an entry which permits none as it is. */
export interface CleanStore {
  /** The entry was clean, and the descriptor still permits stores. */
  readonly permitted: Term;
  /** It does not, being invalid by now, and is marked all the same. */
  readonly stray: Term;
}

/** The rule by which walkers mark descriptors as accessed. */
export function addFlagRule(builder: ModelBuilder, machine: Machine, flags: DescriptorFlags): void {
  const { cpu, page } = machine.domains;
  builder.rule("walk.accessed", {
    actor: (walk) => ({ name: "walker", index: walk.cpu }),
    parameters: { cpu, page },
    guard: (walk) => [
      machine.walkMatters(walk.cpu, walk.page),
      machine.architecture.rules.mayWalk.choice(machine, walk.cpu, walk.page),
      flags.lacksAccessed(machine.context.at(walk.cpu), walk.page),
    ],
    body: (walk) => flags.setAccessed(machine.context.at(walk.cpu), walk.page),
    fair: false,
    text: (walk) => ["[walk: ", walk.page, " is marked as accessed]"],
    place: (walk) => walk.cpu,
  });
}

/** What a store finds that goes through a cached entry which permits none as it is. */
export function cleanStore(machine: Machine, cpu: Term, entry: Translation): CleanStore | null {
  const { flags, context, memory, tlb } = machine;
  if (!flags) return null;
  const space = context.at(cpu);
  const { page, frame } = entry;
  const clean = tlb.isClean(cpu, entry);
  const same = memory.descriptor(space, page).frame.is(frame);
  const permits = or(flags.isClean(space, page), flags.isWritable(space, page));
  const permitted = and(clean, permits, same);
  const stray = and(
    machine.dirtiesInvalid !== "none",
    clean,
    flags.isInvalid(space, page),
    flags.lacksDirty(space, page),
  );
  return { permitted, stray };
}
