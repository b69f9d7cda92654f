/**
 * A ticket lock: a CPU draws the next ticket and waits until the lock serves it, so that CPUs enter in the order in
 * which they came. Both counters wrap around.
 *
 * Expected: one CPU inside at a time, and always one that can go on. With a ticket drawn in two steps two CPUs draw
 * the same, and the counter is taken back; with fewer tickets than CPUs two have the same after a round.
 */
import { and, count, enumeration, exists, forAll, model, range, type Term, when } from "tlbcheck/rules";

export default model(
  "ticket-lock",
  {
    about: "mutual exclusion by tickets",
    parameters: {
      cpus: { about: "CPUs that take the lock", default: 3, min: 2, max: 5 },
      rounds: { about: "how often each takes it", default: 2, min: 1, max: 4 },
    },
    variants: {
      fixed: { about: "one atomic step draws a ticket, and there are as many as CPUs", expect: {} },
      "two-steps": {
        about: "a ticket is read, and then the counter written",
        expect: { exclusion: "violated", deadlock: "violated" },
        reason: "two CPUs read the same ticket, and the later write takes the counter back",
      },
      "few-tickets": {
        about: "one ticket fewer than CPUs",
        expect: { exclusion: "violated", deadlock: "violated" },
        reason: "the last CPU draws the ticket that is being served; two that leave pass a ticket over",
      },
    },
    headline: { variant: "few-tickets" },
  },
  (m, choice) => {
    const cpus = choice.number("cpus");
    const tickets = choice.variant === "few-tickets" ? cpus - 1 : cpus;
    const cpu = range(0, cpus - 1);
    const ticket = range(0, tickets - 1);
    const place = enumeration("place", ["outside", "drawing", "waiting", "inside", "done"]);
    const pc = m.array("pc", [cpu], place, "outside");
    const own = m.array("own", [cpu], ticket, 0);
    const left = m.array("left", [cpu], range(0, choice.number("rounds")), choice.number("rounds"));
    const next = m.variable("next", ticket, 0);
    const serving = m.variable("serving", ticket, 0);

    const on = {
      parameters: { c: cpu },
      actor: ({ c }: { c: Term }) => ({ name: "cpu", index: c }),
      place: ({ c }: { c: Term }) => c,
    };
    if (choice.variant === "two-steps") {
      m.rule("read", {
        ...on,
        guard: ({ c }) => [pc.at(c).is("outside"), left.at(c).greaterThan(0)],
        text: () => ["reads ticket ", next],
        body: ({ c }) => [own.at(c).set(next), pc.at(c).set("drawing")],
      });
      m.rule("write", {
        ...on,
        guard: ({ c }) => [pc.at(c).is("drawing")],
        text: ({ c }) => ["writes the ticket after ", own.at(c)],
        body: ({ c }) => [next.set(own.at(c).plus(1).mod(tickets)), pc.at(c).set("waiting")],
      });
    } else
      m.rule("draw", {
        ...on,
        guard: ({ c }) => [pc.at(c).is("outside"), left.at(c).greaterThan(0)],
        text: () => ["draws ticket ", next],
        body: ({ c }) => [own.at(c).set(next), next.set(next.plus(1).mod(tickets)), pc.at(c).set("waiting")],
      });
    m.rule("enter", {
      ...on,
      guard: ({ c }) => [pc.at(c).is("waiting"), own.at(c).is(serving)],
      text: () => "enters",
      body: ({ c }) => pc.at(c).set("inside"),
    });
    m.rule("leave", {
      ...on,
      guard: ({ c }) => [pc.at(c).is("inside")],
      text: () => ["leaves; served is ", serving.plus(1).mod(tickets)],
      body: ({ c }) => [
        left.at(c).increase(-1),
        when(left.at(c).is(0), pc.at(c).set("done"), pc.at(c).set("outside")),
        own.at(c).set(0),
        serving.set(serving.plus(1).mod(tickets)),
      ],
    });

    const isInside = (c: Term): Term => pc.at(c).is("inside");
    m.invariant("exclusion", count(cpu, isInside).atMost(1), { consequence: "two CPUs hold the lock" });
    m.deadlock(
      forAll(cpu, (c) => pc.at(c).is("done")),
      { consequence: "every CPU waits for a ticket that nobody serves" },
    );
    m.goal("all-wait", and(exists(cpu, isInside), count(cpu, (c) => pc.at(c).is("waiting")).is(cpus - 1)));
  },
);
