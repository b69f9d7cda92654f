/**
 * Accessed and dirty flags that the hardware sets in descriptors (ARM-11, X86-3): the walker marks a descriptor as
 * accessed, committed to by an instruction or not; a store that executes marks it as dirty. Each update reads the
 * descriptor again and writes it in one step, so it is never made to what is not valid any more, Knights Landing excepted.
 */
import { type Arguments, type Body, type ModelBuilder, when } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { and, eachOf, FALSE, or, type Term, TRUE } from "../model/term.ts";
import type { AccessKind, AccessWay, IsBarred } from "./access.ts";
import type { FaultKind } from "./architecture.ts";
import { mayUpdateFlags } from "./flag-updates.ts";
import type { FoundTranslation, Machine } from "./machine.ts";
import type { DescriptorFlags } from "./memory.ts";
import { walkerOf } from "./walk/reading.ts";

/** Whether the hardware of a CPU sets a flag in the descriptors that it uses. */
export function setsFlag(
  { flags, flagsSetBy, domains }: Machine,
  cpu: Term,
  flag: "accessed" | "dirty",
): Term {
  if (!flags) return FALSE;
  const cpus = eachOf(domains.cpu);
  const setting = cpus.filter((_, number) => flagsSetBy?.(number)[flag] ?? true);
  return setting.length === cpus.length ? TRUE : or(...setting.map((each) => cpu.is(each)));
}

/** The rule by which walkers mark descriptors as accessed. */
export function addFlagRule(builder: ModelBuilder, machine: Machine, flags: DescriptorFlags): void {
  const { cpu, page } = machine.domains;
  builder.rule("walk.accessed", {
    ...walkerOf,
    parameters: { cpu, page },
    guard: (walk) => [
      setsFlag(machine, walk.cpu, "accessed"),
      machine.architecture.rules.mayWalk.choice(machine, walk.cpu, walk.page),
      flags.lacksAccessed(machine.spaceOf(walk.cpu, walk.page), walk.page),
      mayUpdateFlags(machine, { space: machine.spaceOf(walk.cpu, walk.page), page: walk.page }),
    ],
    body: (walk) => flags.setAccessed(machine.spaceOf(walk.cpu, walk.page), walk.page),
    fair: false,
    text: (walk) => ["[walk: ", walk.page, " is marked as accessed]"],
  });
}

/**
 * Whether a store of a CPU that matches an entry which was cached clean looks at the descriptor again, which it may
 * mark, instead of being forbidden by the entry.
 */
export function looksAgain(machine: Machine, cpu: Term, entry: FoundTranslation): Term {
  const { flags, tlb } = machine;
  if (!flags) return FALSE;
  const space = machine.spaceOf(cpu, entry.page);
  const isInvalid = machine.dirtiesInvalid === "none" ? flags.isInvalid(space, entry.page) : FALSE;
  return and(
    setsFlag(machine, cpu, "dirty"),
    tlb.isClean(cpu, entry),
    or(permitsStores(flags, space, entry.page), isInvalid),
  );
}

/** The descriptor permits stores, as it is or once it is marked as dirty. */
function permitsStores(flags: DescriptorFlags, space: Term, page: Term): Term {
  return or(flags.isClean(space, page), flags.isWritable(space, page));
}

type Choices = Arguments<Record<string, Domain>>;

/** What the ways of a store are made of. */
interface StoreParts {
  readonly choices: Readonly<Record<string, Domain>>;
  readonly entry: (choices: Choices) => FoundTranslation;
  readonly translate: (choices: Choices, frame: Term) => Body;
  readonly fault: (kind: FaultKind) => Body;
  readonly isBarred: IsBarred;
}

/**
 * The ways of a store whose entry was cached clean: the descriptor is read again and marked as dirty, and the store
 * goes where it leads by now. If it is invalid by now the store faults, and some parts mark it all the same.
 */
export function cleanStores(machine: Machine, cpu: Term, page: Term, parts: StoreParts): AccessWay[] {
  const { flags, flagUpdates: update, invalidation, memory, tlb, dirtiesInvalid } = machine;
  if (!flags) return [];
  const space = machine.spaceOf(cpu, page);
  const at = { space, page };
  const lacks = flags.lacksDirty(space, page);
  const guard = (choices: Choices, found: Term): Term[] => {
    const entry = parts.entry(choices);
    const isClean = and(setsFlag(machine, cpu, "dirty"), tlb.isClean(cpu, entry));
    const isAllowed = parts.isBarred(entry.frame).not();
    return [tlb.mayHit(cpu, entry), entry.writable.not(), and(isClean, found, isAllowed)];
  };
  const executed = (name: string, found: Term, frameOf: (choices: Choices) => Term): AccessWay => ({
    name,
    outcome: "translated",
    choices: parts.choices,
    guard: (choices) => [...guard(choices, found), or(lacks.not(), mayUpdateFlags(machine, at))],
    body: (choices) => [
      parts.translate(choices, frameOf(choices)),
      when(lacks, update?.begin(cpu, at, TRUE) ?? flags.setDirty(space, page)),
      invalidation.inheritAccess(cpu, parts.entry(choices)),
    ],
    told: () => ["marks the entry as dirty"],
  });
  const faulting = (name: string, outcome: FaultKind, found: Term, marks: Body, told: string): AccessWay => ({
    name,
    outcome,
    choices: parts.choices,
    guard: (choices) => guard(choices, found),
    body: () => [marks, parts.fault(outcome)],
    told: () => [told],
  });
  const marksDirty = executed(
    "marks dirty",
    permitsStores(flags, space, page),
    () => memory.descriptor(space, page).frame,
  );
  const isInvalid = flags.isInvalid(space, page);
  if (dirtiesInvalid === "none")
    return [marksDirty, faulting("marks nothing", "translation", isInvalid, [], "translation fault")];
  const stray = and(isInvalid, flags.lacksDirty(space, page));
  if (dirtiesInvalid === "executed")
    return [marksDirty, executed("marks invalid", stray, (choices) => parts.entry(choices).frame)];
  const marks = flags.setStrayDirty(space, page);
  const told = "permission fault, and the entry that is not present marked as dirty";
  return [marksDirty, faulting("marks invalid", "permission", stray, marks, told)];
}

/** An access that misses, whose walk finds a descriptor that it marks as accessed first. */
export function marksAccessed(machine: Machine, cpu: Term, page: Term, flags: DescriptorFlags): AccessWay {
  const space = machine.spaceOf(cpu, page);
  return {
    name: "marks accessed",
    outcome: "again",
    choices: {},
    guard: () => [
      setsFlag(machine, cpu, "accessed"),
      machine.tlb.misses(cpu, page),
      flags.lacksAccessed(space, page),
      mayUpdateFlags(machine, { space, page }),
    ],
    body: () => flags.setAccessed(space, page),
    told: () => ["TLB miss, walk marks the entry as accessed"],
  };
}

/** What an access is made of that marks its descriptor later. */
interface LateParts {
  readonly kind: AccessKind;
  readonly isBarred: IsBarred;
  readonly translate: (found: FoundTranslation) => Body;
}

/**
 * An access that misses, whose walk finds a descriptor that lacks a flag: it goes on by what the descriptor says, and
 * marks it later. A store needs one that permits stores, as it is or once it is marked as dirty.
 */
export function marksLater(
  machine: Machine,
  cpu: Term,
  page: Term,
  { kind, isBarred, translate }: LateParts,
): AccessWay[] {
  const { flags, flagUpdates, memory } = machine;
  if (!flags || !flagUpdates) return [];
  const space = machine.spaceOf(cpu, page);
  const marksDirty =
    kind === "store" ? and(setsFlag(machine, cpu, "dirty"), flags.isClean(space, page)) : FALSE;
  return [
    {
      name: "marks later",
      outcome: "translated",
      choices: {},
      guard: () => [
        setsFlag(machine, cpu, "accessed"),
        machine.tlb.misses(cpu, page),
        flags.lacksAccessed(space, page),
        kind === "store" ? or(marksDirty, flags.isWritable(space, page)) : TRUE,
        isBarred(memory.descriptor(space, page).frame).not(),
        mayUpdateFlags(machine, { space, page }),
      ],
      body: () => [
        machine.walkAhead.walkedAfresh(cpu),
        translate(machine.translationBy(cpu, page, memory.descriptor(space, page))),
        flagUpdates.begin(cpu, { space, page }, marksDirty),
      ],
      told: () => ["TLB miss, the entry is to be marked"],
    },
  ];
}
