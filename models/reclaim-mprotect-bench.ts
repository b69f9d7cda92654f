/**
 * The benchmark model: reclaim unmaps pages and leaves the TLB invalidations queued, mprotect() relies on
 * arch_flush_tlb_batched_pending() to wait for them, and user code goes on through what the TLBs still hold.
 *
 * An abstraction to compare model checkers with, not the picture of arm64 that other models use: one command
 * fires at a time, memory is sequentially consistent, nothing is fair, and to end is no error. Its counts are
 * exact: SPIN and rumur, given the same commands, report the same states and transitions.
 */
import {
  type ArrayVariable,
  type Body,
  type Choice,
  eachOf,
  forAll,
  model,
  type ModelBuilder,
  type Operand,
  type Place,
  range,
  type Statement,
  type Term,
  when,
} from "tlbcheck/rules";

/** What a page-table entry grants, and what a TLB entry does. */
const NONE = 0;
const RO = 1;
const RW = 2;

/** `err`: what went wrong first or worst. */
const STALE_WRITE = 1;
const FREED_ACCESS = 2;

/** The value of `mpc` once mprotect has returned. */
const RETURNED = 7;

export default model(
  "reclaim-mprotect-bench",
  {
    about: "batched unmap against mprotect, abstracted to compare model checkers with",
    parameters: {
      cpus: { about: "0 reclaims, 1 calls mprotect, the others run user code", default: 3, min: 3, max: 6 },
      pages: { about: "pages that are reclaimed and protected", default: 1, min: 1, max: 4 },
      accesses: { about: "accesses that each user CPU makes", default: 1, min: 1, max: 8 },
    },
    variants: {
      fixed: {
        about: "arch_flush_tlb_batched_pending() is flush_tlb_mm()",
        expect: { "no-stale-access": "holds" },
        reason:
          "it empties every TLB before mprotect goes on, whatever reclaim's own invalidations have reached",
      },
      buggy: {
        about: "arch_flush_tlb_batched_pending() is dsb(ish) only",
        expect: { "no-stale-access": "violated" },
        reason: "a DSB waits for the TLBIs of its own CPU, and CPU 1 has issued none",
      },
    },
    headline: { variant: "buggy" },
  },
  (m, choice) => {
    const system = declare(m, choice);
    reclaim(m, system);
    mprotect(m, system, choice.variant === "fixed");
    hardware(m, system);
    userCode(m, system, choice.number("accesses"));
    m.invariant("no-stale-access", system.err.is(0), {
      consequence: "user code used a translation that had been revoked, or whose frame had been freed",
    });
  },
);

type System = ReturnType<typeof declare>;

function declare(m: ModelBuilder, choice: Choice) {
  const cpu = range(0, choice.number("cpus") - 1);
  const user = range(2, choice.number("cpus") - 1);
  const page = range(0, choice.number("pages") - 1);
  const flag = range(0, 1);
  const counter = range(0, 7);
  const access = range(NONE, RW);
  return {
    cpu,
    user,
    page,
    lastPage: choice.number("pages") - 1,
    /** 0 free, 1 held by reclaim, 2 held by mprotect. */
    lock: m.variable("lock", range(0, 2), 0),
    /** `mm->tlb_flush_batched`. */
    fp: m.variable("fp", flag, 0),
    pte: m.array("pte", [page], access, RW),
    /** 1: the frame was freed, and may be reused. */
    fr: m.array("fr", [page], flag, 0),
    tlb: m.array("tlb", [cpu, page], access, NONE),
    /** A TLBI by CPU 0, or by CPU 1, for this page is pending at this CPU. */
    q0: m.array("q0", [cpu, page], flag, 0),
    q1: m.array("q1", [cpu, page], flag, 0),
    /** A TLBI by CPU 1 for the whole mm is pending at this CPU. */
    qa: m.array("qa", [cpu], flag, 0),
    rpc: m.variable("rpc", counter, 0),
    ri: m.variable("ri", page, 0),
    mpc: m.variable("mpc", counter, 0),
    mj: m.variable("mj", page, 0),
    u: m.array("u", [user], range(0, choice.number("accesses")), 0),
    err: m.variable("err", range(0, FREED_ACCESS), 0),
  };
}

/** CPU 0 unmaps every page, then waits for the invalidations, then frees every page. */
function reclaim(m: ModelBuilder, { cpu, page, lastPage, lock, fp, pte, fr, q0, rpc, ri }: System): void {
  const rule = commandOf(m, "reclaim", rpc);
  rule("R.lock", 0, [lock.is(0)], [lock.set(1), rpc.set(1)]);
  rule("R.clear", 1, [], [pte.at(ri).set(NONE), rpc.set(2)]);
  rule("R.tlbi", 2, [], [eachOf(cpu).map((c) => q0.at(c, ri).set(1)), rpc.set(3)]);
  rule("R.fp", 3, [], [fp.set(1), rpc.set(4)]);
  rule("R.unlock", 4, [], [lock.set(0), next(ri, lastPage, rpc.set(0), rpc.set(5))]);
  rule("R.dsb", 5, [allClear(cpu, page, q0)], rpc.set(6));
  rule("R.free", 6, [], [fr.at(ri).set(1), next(ri, lastPage, rpc.set(6), rpc.set(7))]);
}

/** CPU 1 makes every page read-only. */
function mprotect(
  m: ModelBuilder,
  { cpu, page, lastPage, lock, fp, pte, q1, qa, mpc, mj }: System,
  fixed: boolean,
): void {
  const rule = commandOf(m, "mprotect", mpc);
  const quiet = allClear(cpu, page, q1);
  const nextPage = next(mj, lastPage, mpc.set(3), mpc.set(6));
  rule("M.lock", 0, [lock.is(0)], [lock.set(2), mpc.set(1)]);
  rule("M.noflush", 1, [fp.is(0)], mpc.set(3));
  if (fixed) {
    rule("M.flush", 1, [fp.is(1)], [eachOf(cpu).map((c) => qa.at(c).set(1)), mpc.set(2)]);
    rule("M.flushed", 2, [forAll(cpu, (c) => qa.at(c).is(0))], [fp.set(0), mpc.set(3)]);
  } else {
    rule("M.dsbonly", 1, [fp.is(1), quiet], [fp.set(0), mpc.set(3)]);
  }
  rule("M.skip", 3, [pte.at(mj).isNot(RW)], nextPage);
  rule("M.wrprot", 3, [pte.at(mj).is(RW)], [pte.at(mj).set(RO), mpc.set(4)]);
  rule("M.tlbi", 4, [], [eachOf(cpu).map((c) => q1.at(c, mj).set(1)), mpc.set(5)]);
  rule("M.dsb", 5, [quiet], nextPage);
  rule("M.unlock", 6, [], [lock.set(0), mpc.set(RETURNED)]);
}

/** Every CPU fills and evicts its TLB as it likes, and applies the pending invalidations when it likes. */
function hardware(m: ModelBuilder, { cpu, page, pte, tlb, q0, q1, qa }: System): void {
  type Command = (entry: Place, c: Term, p: Term) => { guard: Operand[]; body: Body };
  const rule = (name: string, command: Command): void => {
    m.rule(name, {
      actor: ({ c }) => ({ name: "hardware", index: c }),
      parameters: { c: cpu, p: page },
      guard: ({ c, p }) => command(tlb.at(c, p), c, p).guard,
      body: ({ c, p }) => command(tlb.at(c, p), c, p).body,
      fair: false,
      text: ({ c, p }) => [`${name}(`, c, ",", p, ")"],
    });
  };
  const invalidate =
    (queue: ArrayVariable): Command =>
    (entry, c, p) => ({ guard: [queue.at(c, p).is(1)], body: [queue.at(c, p).set(0), entry.set(NONE)] });

  rule("H.fill", (entry, _, p) => ({
    guard: [entry.is(NONE), pte.at(p).isNot(NONE)],
    body: entry.set(pte.at(p)),
  }));
  rule("H.evict", (entry) => ({ guard: [entry.isNot(NONE)], body: entry.set(NONE) }));
  rule("H.inv0", invalidate(q0));
  rule("H.inv1", invalidate(q1));
  m.rule("H.inva", {
    actor: ({ c }) => ({ name: "hardware", index: c }),
    parameters: { c: cpu },
    guard: ({ c }) => [qa.at(c).is(1)],
    body: ({ c }) => [qa.at(c).set(0), eachOf(page).map((p) => tlb.at(c, p).set(NONE))],
    fair: false,
    text: ({ c }) => ["H.inva(", c, ")"],
  });
}

/** The other CPUs load and store through what their TLBs hold, a bounded number of times. */
function userCode(m: ModelBuilder, { user, page, fr, tlb, u, mpc, err }: System, accesses: number): void {
  const rule = (name: string, permitted: (entry: Place) => Term, otherwise: Body): void => {
    m.rule(name, {
      actor: ({ c }) => ({ name: "user", index: c }),
      parameters: { c: user, p: page },
      guard: ({ c, p }) => [permitted(tlb.at(c, p)), u.at(c).lessThan(accesses)],
      body: ({ c, p }) => [u.at(c).increase(), when(fr.at(p).is(1), err.set(FREED_ACCESS), otherwise)],
      fair: false,
      text: ({ c, p }) => [`${name}(`, c, ",", p, ")"],
    });
  };
  rule("U.load", (entry) => entry.isNot(NONE), []);
  rule("U.store", (entry) => entry.is(RW), when(mpc.is(RETURNED), err.set(STALE_WRITE)));
}

/** Declares a command of a sequential program: it runs where the program counter is `at`. */
function commandOf(m: ModelBuilder, actor: string, counter: Place) {
  return (name: string, at: number, guard: readonly Operand[], body: Body): void =>
    m.rule(name, { actor, guard: () => [counter.is(at), ...guard], body: () => body, fair: false });
}

function allClear(cpu: System["cpu"], page: System["page"], queue: ArrayVariable): Term {
  return forAll(cpu, (c) => forAll(page, (p) => queue.at(c, p).is(0)));
}

/** The next page and `stay`, or after the last page the first again and `go`. */
function next(index: Place, last: number, stay: Statement, go: Statement): Body {
  const around = [index.set(0), go];
  return last === 0 ? around : when(index.lessThan(last), [index.increase(), stay], around);
}
