/**
 * Peterson's algorithm (G. L. Peterson, "Myths about the mutual exclusion problem", 1981): mutual exclusion of two
 * CPUs with loads and stores alone.
 *
 * Expected: exclusion and no deadlock, each CPU raising its flag before it gives the turn away. The other order lets
 * both in; flags without a turn let both wait for ever; a store buffer that holds the flag back lets both in, too.
 * A CPU that waits gets in as long as each CPU goes on, and not if one of them need not.
 */
import { enumeration, exists, forAll, model, or, range, type Term } from "tlbcheck/rules";

export default model(
  "peterson",
  {
    about: "two CPUs and a critical section, with loads and stores alone",
    variants: {
      fixed: { about: "the flag, then the turn", expect: {} },
      "turn-first": {
        about: "the turn, then the flag",
        expect: { exclusion: "violated" },
        reason: "a CPU that has not raised its flag yet does not keep the other one out",
      },
      "no-turn": {
        about: "each waits for the other's flag",
        expect: { deadlock: "violated" },
        reason: "both have raised theirs",
      },
      "store-buffer": {
        about: "the flag waits in a store buffer, and there is no barrier",
        expect: { exclusion: "violated" },
        reason: "each CPU looks at the other's flag while its own is still in the buffer",
      },
      fair: { about: "as fixed; is each CPU inside again and again?", expect: {} },
      unfair: {
        about: "as fixed, but a CPU may stop for ever",
        expect: { "starvation-0": "violated", "starvation-1": "violated" },
        reason: "the other CPU may stop inside, or this one before it enters",
      },
    },
    headline: { variant: "turn-first" },
  },
  (m, { variant }) => {
    const cpu = range(0, 1);
    const place = enumeration("place", ["first", "second", "waiting", "inside"]);
    const pc = m.array("pc", [cpu], place, "first");
    const flag = m.array("flag", [cpu], { kind: "bool" }, false);
    const turn = m.variable("turn", cpu, 0);
    const other = (c: Term): Term => c.plus(1).mod(2);
    const isBuffered = variant === "store-buffer";
    /** Stores of the flag that are not in memory yet. */
    const buffered = m.array("buffered", [cpu], { kind: "bool" }, false);

    const on = {
      parameters: { c: cpu },
      actor: ({ c }: { c: Term }) => ({ name: "cpu", index: c }),
      place: ({ c }: { c: Term }) => c,
      // The steps of one CPU are one for fairness: its place enables one of them at a time.
      fair: variant === "unfair" ? false : ({ c }: { c: Term }) => ({ name: "cpu", index: c }),
    };
    const [raiseAt, yieldAt] = variant === "turn-first" ? ["second", "first"] : ["first", "second"];
    const after = { first: "second", second: "waiting" } as const;
    m.rule("raise", {
      ...on,
      guard: ({ c }) => [pc.at(c).is(raiseAt)],
      text: () => "flag = true",
      body: ({ c }) => [
        (isBuffered ? buffered : flag).at(c).set(true),
        pc.at(c).set(after[raiseAt as "first"]),
      ],
    });
    m.rule("yield", {
      ...on,
      guard: ({ c }) => [pc.at(c).is(yieldAt)],
      text: ({ c }) => ["turn = ", other(c)],
      body: ({ c }) => [
        variant === "no-turn" ? [] : turn.set(other(c)),
        pc.at(c).set(after[yieldAt as "first"]),
      ],
    });
    if (isBuffered)
      m.rule("drain", {
        ...on,
        guard: ({ c }) => [buffered.at(c)],
        text: () => "the flag reaches memory",
        body: ({ c }) => [flag.at(c).set(true), buffered.at(c).set(false)],
      });
    m.rule("enter", {
      ...on,
      guard: ({ c }) => [
        pc.at(c).is("waiting"),
        variant === "no-turn" ? flag.at(other(c)).not() : or(flag.at(other(c)).not(), turn.is(c)),
      ],
      text: () => "enters",
      body: ({ c }) => pc.at(c).set("inside"),
    });
    m.rule("leave", {
      ...on,
      guard: ({ c }) => [pc.at(c).is("inside"), buffered.at(c).not()],
      text: () => "flag = false",
      body: ({ c }) => [flag.at(c).set(false), pc.at(c).set("first")],
    });

    m.invariant("exclusion", forAll(cpu, (c) => pc.at(c).is("inside")).not(), {
      consequence: "both CPUs are inside",
    });
    if (variant === "fair" || variant === "unfair")
      for (const c of [0, 1])
        m.liveness(
          `starvation-${c}`,
          { eventuallyAlways: pc.at(c).isNot("inside") },
          { consequence: `CPU ${c} is never inside again` },
        );
    if (variant !== "unfair") m.deadlock(false, { consequence: "each CPU waits for the other" });
    m.goal(
      "entered",
      exists(cpu, (c) => pc.at(c).is("inside")),
    );
  },
);
