/**
 * The ASID allocator of arm64 (arch/arm64/mm/context.c): an address space keeps its ASID as long as the generation
 * lasts, switching to it takes no lock then, and when the ASIDs run out a rollover begins the next generation.
 * It writes 0 over every CPU's entry of active_asids, and reserves what was there for the CPU's current task.
 *
 * Expected: no two address spaces ever run with the same ASID at the same time. Before commit a8ffaaa060b8 ("arm64:
 * asid: Do not replace active_asids if already 0") they could: the fast path exchanged the entry whatever it held.
 * Where a rollover had just written 0 there, the CPU went on to wait for the lock, and its ASID of the old
 * generation stayed behind. The next rollover then reserved that ASID, which by now was another's.
 *
 * Between two accesses to what other CPUs use without the lock, steps are one: the bitmap, reserved_asids and the
 * index of the search are only ever used with the lock held. An address space may run on several CPUs.
 */
import {
  and,
  type ArrayVariable,
  choose,
  type Choice,
  type Domain,
  eachOf,
  enumeration,
  exists,
  forAll,
  model,
  type ModelBuilder,
  names,
  number,
  or,
  range,
  type Statement,
  type Term,
  when,
} from "tlbcheck/rules";

/** The generation of what has no ASID; so is ASID 0. */
const NONE = 0;

export default model(
  "asid-allocator",
  {
    about: "ASIDs with generations: switching without a lock against a rollover",
    parameters: {
      cpus: { about: "CPUs that switch between the address spaces", default: 2, min: 2, max: 3 },
      spaces: { about: "address spaces", default: 4, min: 2, max: 5 },
      asids: { about: "ASIDs besides 0, more than there are CPUs", default: 3, min: 3, max: 5 },
      generations: { about: "generations; there is no rollover after the last", default: 4, min: 2, max: 5 },
      threads: { about: "let an address space run on several CPUs", default: false },
    },
    variants: {
      fixed: {
        about: "the fast path leaves a 0 in active_asids alone",
        expect: { "one-space-per-asid": "holds" },
        reason: "a CPU whose entry a rollover has taken away has nothing there until it has the lock",
      },
      buggy: {
        about: "the fast path exchanges the entry of active_asids, whatever it holds",
        expect: { "one-space-per-asid": "violated" },
        reason: "an ASID of an old generation stays in active_asids, and the next rollover reserves it",
        source: "Linux commit a8ffaaa060b8, arm64: asid: Do not replace active_asids if already 0",
      },
    },
    headline: { variant: "buggy" },
  },
  (m, choice) => {
    const system = declare(m, choice);
    fastPath(m, system, choice.variant === "fixed", choice.flag("threads"));
    slowPath(m, system);
    rollover(m, system);
    const { cpu, pc, space, ttbr } = system;
    const runs = (c: Term): Term => pc.at(c).is("user");
    m.invariant(
      "one-space-per-asid",
      forAll(cpu, (c) =>
        forAll(cpu, (d) =>
          and(runs(c), runs(d), ttbr.at(c).is(ttbr.at(d))).implies(space.at(c).is(space.at(d))),
        ),
      ),
      { consequence: "two address spaces run with one ASID: each may use the other's TLB entries" },
    );
    m.goal("all-generations", system.generation.is(choice.number("generations")));
    m.assume(`at most ${choice.number("generations")} generations`);
    m.assume("sequentially consistent memory; TLB entries and their flush at a rollover are not modelled");
  },
);

type System = ReturnType<typeof declare>;

/** An ASID with the generation that it belongs to, as the kernel keeps both in one word. */
interface Ids {
  readonly generation: ArrayVariable;
  readonly asid: ArrayVariable;
}

function declare(m: ModelBuilder, choice: Choice) {
  const cpu = range(0, choice.number("cpus") - 1);
  const spaces = names("mm", choice.number("spaces"));
  const asid = range(1, choice.number("asids"));
  const orNoAsid = range(NONE, choice.number("asids"));
  const orNoGeneration = range(NONE, choice.number("generations"));
  const ids = (name: string, index: Domain): Ids => ({
    generation: m.array(`${name}_generation`, [index], orNoGeneration, NONE),
    asid: m.array(`${name}_asid`, [index], orNoAsid, NONE),
  });
  const place = enumeration("place", [
    "user",
    "check-active",
    "check-generation",
    "exchange",
    "lock",
    "locked",
    "flush",
    "allocate",
  ]);
  return {
    cpu,
    spaces,
    asid,
    lastGeneration: choice.number("generations"),
    /** asid_generation */
    generation: m.variable("generation", range(1, choice.number("generations")), 1),
    /** mm->context.id */
    context: ids("context", spaces),
    active: ids("active", cpu),
    reserved: ids("reserved", cpu),
    /** asid_map */
    taken: m.array("asid_map", [asid], { kind: "bool" }, false),
    /** cur_idx: the search for a free ASID goes on here. */
    next: m.variable("cur_idx", asid, 1),
    /** cpu_asid_lock */
    lock: m.variable("cpu_asid_lock", { kind: "bool" }, false),
    /** The CPU whose entry a rollover comes to next. */
    flushed: m.variable("flushed", cpu, 0),
    lastCpu: choice.number("cpus") - 1,
    pc: m.array("pc", [cpu], place, "user"),
    /** The address space that the CPU runs, or switches to. */
    space: m.array("space", [cpu], spaces, 0),
    /** The ASID in TTBR, 0 for the idle task's tables. */
    ttbr: m.array("ttbr", [cpu], orNoAsid, NONE),
    /** What the CPU has read of mm->context.id. */
    read: ids("read", cpu),
  };
}

const on = { actor: ({ c }: { c: Term }) => ({ name: "cpu", index: c }), place: ({ c }: { c: Term }) => c };

/** check_and_switch_context() up to the lock */
function fastPath(m: ModelBuilder, system: System, leavesZero: boolean, threads: boolean): void {
  const { cpu, spaces, generation, context, active, pc, space, ttbr, read } = system;
  m.rule("switch", {
    ...on,
    parameters: { c: cpu, to: spaces },
    guard: ({ c, to }) => [
      pc.at(c).is("user"),
      threads
        ? or(space.at(c).isNot(to), ttbr.at(c).is(NONE))
        : forAll(cpu, (d) => or(space.at(d).isNot(to), and(pc.at(d).is("user"), ttbr.at(d).is(NONE)))),
    ],
    text: ({ to }) => ["switches to ", to, " and reads its context.id"],
    body: ({ c, to }) => [
      space.at(c).set(to),
      ttbr.at(c).set(NONE),
      copy(read, c, context, to),
      pc.at(c).set(leavesZero ? "check-active" : "check-generation"),
    ],
  });
  if (leavesZero)
    m.rule("check-active", {
      ...on,
      parameters: { c: cpu },
      guard: ({ c }) => [pc.at(c).is("check-active")],
      text: () => "looks whether its active_asids is 0",
      body: ({ c }) =>
        when(active.generation.at(c).is(NONE), toSlowPath(system, c), pc.at(c).set("check-generation")),
    });
  m.rule("check-generation", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [pc.at(c).is("check-generation")],
    text: () => ["compares the generation with ", generation],
    body: ({ c }) =>
      when(read.generation.at(c).is(generation), pc.at(c).set("exchange"), toSlowPath(system, c)),
  });
  m.rule("exchange", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [pc.at(c).is("exchange")],
    text: ({ c }) => ["puts ASID ", read.asid.at(c), " into active_asids"],
    body: ({ c }) => {
      // Other CPUs write nothing but 0 there: what is not 0 is what this CPU has read before.
      const runs = [
        copy(active, c, read, c),
        ttbr.at(c).set(read.asid.at(c)),
        pc.at(c).set("user"),
        forget(system, c),
      ];
      const lost = leavesZero ? toSlowPath(system, c) : [copy(active, c, read, c), toSlowPath(system, c)];
      return when(active.generation.at(c).is(NONE), lost, runs);
    },
  });
}

/** check_and_switch_context() with the lock, and what new_context() does without a rollover */
function slowPath(m: ModelBuilder, system: System): void {
  const { cpu, generation, context, reserved, taken, next, lock, pc, space } = system;
  m.rule("lock", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [pc.at(c).is("lock"), lock.not()],
    text: () => "takes cpu_asid_lock",
    body: ({ c }) => [lock.set(true), pc.at(c).set("locked")],
  });
  const isOld = (c: Term): Term => context.generation.at(space.at(c)).isNot(generation);
  const isReserved = (c: Term): Term =>
    exists(cpu, (i) => and(reserved.generation.at(i).isNot(NONE), same(reserved, i, context, space.at(c))));
  const hadOne = (c: Term): Term => context.generation.at(space.at(c)).isNot(NONE);
  const isAgainFree = (c: Term): Term => and(hadOne(c), taken.at(context.asid.at(space.at(c))).not());
  m.rule("keep", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [pc.at(c).is("locked"), isOld(c).not()],
    text: () => "finds that the ASID is of this generation, and unlocks",
    body: ({ c }) => run(system, c),
  });
  m.rule("keep-reserved", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [pc.at(c).is("locked"), isOld(c), isReserved(c)],
    text: () => "finds the ASID reserved, takes it into this generation, and unlocks",
    body: ({ c }) => [
      eachOf(cpu).map((i) =>
        when(same(reserved, i, context, space.at(c)), reserved.generation.at(i).set(generation)),
      ),
      context.generation.at(space.at(c)).set(generation),
      run(system, c),
    ],
  });
  m.rule("take-again", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [pc.at(c).is("locked"), isOld(c), isReserved(c).not(), isAgainFree(c)],
    text: ({ c }) => ["takes ASID ", context.asid.at(space.at(c)), " again, which is free, and unlocks"],
    body: ({ c }) => [
      taken.at(context.asid.at(space.at(c))).set(true),
      context.generation.at(space.at(c)).set(generation),
      run(system, c),
    ],
  });
  const needsNew = (c: Term): Term[] => [isOld(c), isReserved(c).not(), isAgainFree(c).not()];
  m.rule("take-new", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [pc.at(c).is("locked"), ...needsNew(c), firstFree(system, next).isNot(NONE)],
    text: () => ["takes ASID ", firstFree(system, next), " and unlocks"],
    body: ({ c }) => takeNew(system, c, next),
  });
  m.rule("begin-rollover", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [
      pc.at(c).is("locked"),
      ...needsNew(c),
      firstFree(system, next).is(NONE),
      generation.lessThan(system.lastGeneration),
    ],
    text: () => ["finds no free ASID and ends generation ", generation],
    body: ({ c }) => [
      generation.increase(),
      eachOf(system.asid).map((a) => taken.at(a).set(false)),
      pc.at(c).set("flush"),
    ],
  });
}

/** flush_context(), and the rest of new_context() */
function rollover(m: ModelBuilder, system: System): void {
  const { cpu, active, reserved, taken, flushed, pc } = system;
  m.rule("flush", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [pc.at(c).is("flush")],
    text: () => ["exchanges active_asids of CPU ", flushed, " for 0"],
    body: ({ c }) => [
      when(active.generation.at(flushed).isNot(NONE), [
        copy(reserved, flushed, active, flushed),
        active.generation.at(flushed).set(NONE),
        active.asid.at(flushed).set(NONE),
      ]),
      when(reserved.generation.at(flushed).isNot(NONE), taken.at(reserved.asid.at(flushed)).set(true)),
      when(flushed.is(system.lastCpu), [flushed.set(0), pc.at(c).set("allocate")], flushed.increase()),
    ],
  });
  const first = number(1);
  m.rule("allocate", {
    ...on,
    parameters: { c: cpu },
    guard: ({ c }) => [pc.at(c).is("allocate"), firstFree(system, first).isNot(NONE)],
    text: () => ["takes ASID ", firstFree(system, first), " and unlocks"],
    body: ({ c }) => takeNew(system, c, first),
  });
}

/** The first free ASID that is not below `from`, or NONE. */
function firstFree({ asid, taken }: System, from: Term): Term {
  return eachOf(asid).reduceRight<Term>(
    (rest, a) => choose(or(taken.at(a), a.lessThan(from)), rest, a),
    number(NONE),
  );
}

function takeNew(system: System, c: Term, from: Term): Statement[] {
  const { context, generation, taken, next, space } = system;
  return [
    next.set(firstFree(system, from)),
    taken.at(next).set(true),
    context.asid.at(space.at(c)).set(next),
    context.generation.at(space.at(c)).set(generation),
    ...run(system, c),
  ];
}

/** Stores active_asids, unlocks, and runs the address space with its ASID. */
function run(system: System, c: Term): Statement[] {
  const { active, context, lock, pc, space, ttbr } = system;
  return [
    ...copy(active, c, context, space.at(c)),
    lock.set(false),
    ttbr.at(c).set(context.asid.at(space.at(c))),
    pc.at(c).set("user"),
  ];
}

/** What was read of context.id is read again with the lock held. */
function toSlowPath(system: System, c: Term): Statement[] {
  return [...forget(system, c), system.pc.at(c).set("lock")];
}

function forget({ read }: System, c: Term): Statement[] {
  return [read.generation.at(c).set(NONE), read.asid.at(c).set(NONE)];
}

function copy(to: Ids, at: Term, from: Ids, of: Term): Statement[] {
  return [to.generation.at(at).set(from.generation.at(of)), to.asid.at(at).set(from.asid.at(of))];
}

function same(one: Ids, at: Term, other: Ids, of: Term): Term {
  return and(one.generation.at(at).is(other.generation.at(of)), one.asid.at(at).is(other.asid.at(of)));
}
