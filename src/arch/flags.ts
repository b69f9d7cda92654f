/**
 * Accessed and dirty flags that the hardware sets in descriptors (ARM-11, X86-3): the walker marks a descriptor as
 * accessed, committed to by an instruction or not; a store that executes marks it as dirty. Each update reads the
 * descriptor again and writes it in one step, so it is never made to what is not valid any more, Knights Landing excepted.
 */
import { type Arguments, type Body, type ModelBuilder, when } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { and, FALSE, or, type Term } from "../model/term.ts";
import type { AccessWay } from "./access.ts";
import type { FoundTranslation, Machine } from "./machine.ts";
import type { DescriptorFlags } from "./memory.ts";
import { walkerOf } from "./walk/reading.ts";

/** The rule by which walkers mark descriptors as accessed. */
export function addFlagRule(builder: ModelBuilder, machine: Machine, flags: DescriptorFlags): void {
  const { cpu, page } = machine.domains;
  builder.rule("walk.accessed", {
    ...walkerOf,
    parameters: { cpu, page },
    guard: (walk) => [
      machine.walkMatters(walk.cpu, walk.page),
      machine.architecture.rules.mayWalk.choice(machine, walk.cpu, walk.page),
      flags.lacksAccessed(machine.spaceOf(walk.cpu, walk.page), walk.page),
    ],
    body: (walk) => flags.setAccessed(machine.spaceOf(walk.cpu, walk.page), walk.page),
    fair: false,
    text: (walk) => ["[walk: ", walk.page, " is marked as accessed]"],
  });
}

/** Whether a store may go through an entry that was cached clean, and that permits none as it is. */
export function permitsCleanStore(machine: Machine, cpu: Term, entry: FoundTranslation): Term {
  const { flags, memory, tlb } = machine;
  if (!flags) return FALSE;
  const { page, frame } = entry;
  const space = machine.spaceOf(cpu, page);
  const permits = or(flags.isClean(space, page), flags.isWritable(space, page));
  return and(tlb.isClean(cpu, entry), permits, memory.descriptor(space, page).frame.is(frame));
}

type Choices = Arguments<Record<string, Domain>>;

/** What the ways of a store are made of. */
interface StoreParts {
  readonly choices: Readonly<Record<string, Domain>>;
  readonly entry: (choices: Choices) => FoundTranslation;
  readonly translate: (choices: Choices) => Body;
  readonly fault: () => Body;
}

/**
 * The ways of a store whose entry was cached clean: the descriptor is read again and marked as dirty, and the store
 * goes on. If it is invalid by now the store faults, and some parts mark it all the same.
 */
export function cleanStores(machine: Machine, cpu: Term, page: Term, parts: StoreParts): AccessWay[] {
  const { flags, invalidation, tlb, dirtiesInvalid } = machine;
  if (!flags) return [];
  const space = machine.spaceOf(cpu, page);
  const guard = (choices: Choices, marks: (entry: FoundTranslation) => Term): Term[] => {
    const entry = parts.entry(choices);
    return [tlb.mayHit(cpu, entry), entry.writable.not(), marks(entry)];
  };
  const stray = (entry: FoundTranslation): Term =>
    and(tlb.isClean(cpu, entry), flags.isInvalid(space, page), flags.lacksDirty(space, page));
  const executed = (name: string, marks: (entry: FoundTranslation) => Term): AccessWay => ({
    name,
    outcome: "translated",
    choices: parts.choices,
    guard: (choices) => guard(choices, marks),
    body: (choices) => [
      when(flags.lacksDirty(space, page), flags.setDirty(space, page)),
      parts.translate(choices),
      invalidation.inheritAccess(cpu, parts.entry(choices)),
    ],
    told: () => ["marks the entry as dirty"],
  });
  const faulting: AccessWay = {
    name: "marks invalid",
    outcome: "permission",
    choices: parts.choices,
    guard: (choices) => guard(choices, stray),
    body: () => [flags.setStrayDirty(space, page), parts.fault()],
    told: () => ["permission fault, and the entry that is not present marked as dirty"],
  };
  const marksDirty = executed("marks dirty", (entry) => permitsCleanStore(machine, cpu, entry));
  if (dirtiesInvalid === "none") return [marksDirty];
  return [marksDirty, dirtiesInvalid === "faulting" ? faulting : executed("marks invalid", stray)];
}

/** An access that misses, whose walk finds a descriptor that it marks as accessed first. */
export function marksAccessed(machine: Machine, cpu: Term, page: Term, flags: DescriptorFlags): AccessWay {
  const space = machine.spaceOf(cpu, page);
  return {
    name: "marks accessed",
    outcome: "again",
    choices: {},
    guard: () => [machine.tlb.misses(cpu, page), flags.lacksAccessed(space, page)],
    body: () => flags.setAccessed(space, page),
    told: () => ["TLB miss, walk marks the entry as accessed"],
  };
}
