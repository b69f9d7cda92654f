/**
 * The visited set of tlbcheck's own search (`src/compile/runtime.wat`): threads insert the states that they find
 * into one open-addressing table without a lock. Two lanes insert the same two states in different orders, and
 * all states have the same home, so that every exchange may be lost to the other lane.
 *
 * Expected: no state is ever in the table twice, none is lost, and whoever finds a state's slot can read the
 * state's words. A check followed by a plain store loses or doubles states; words that are stored after the
 * exchange are read too early.
 */
import {
  assert,
  count,
  enumeration,
  exists,
  forAll,
  model,
  number,
  range,
  type Term,
  when,
} from "tlbcheck/rules";

const STATES = 2;
const EMPTY = 0;

export default model(
  "visited-set",
  {
    about: "lock-free insertion into the visited set that tlbcheck itself uses",
    variants: {
      exchange: {
        about: "words first, then compare-and-exchange",
        expect: { "in-the-table-once": "holds", "none-lost": "holds", "words-published": "holds" },
        reason: "a slot changes once, and everybody walks the slots of a state in the same order",
      },
      "plain-store": {
        about: "an empty slot is taken by a store",
        expect: { "in-the-table-once": "violated", "none-lost": "violated", "words-published": "holds" },
        reason: "both lanes see the same slot empty, and the later store overwrites the earlier one",
      },
      "words-last": {
        about: "the words are stored after the exchange",
        expect: { "in-the-table-once": "holds", "none-lost": "holds", "words-published": "violated" },
        reason: "the slot names a state whose words are not there yet",
      },
    },
  },
  (m, choice) => {
    const lane = range(0, 1);
    const position = range(0, STATES);
    const content = range(EMPTY, STATES);
    const place = enumeration("place", ["looking", "taking", "storing", "done"]);

    /** The state in each slot, and whether its words are in the arena. */
    const slots = m.array("slots", [position], content, EMPTY);
    const written = m.array("written", [position], range(0, 1), 0);
    const at = m.array("at", [lane], position, 0);
    const pc = m.array("pc", [lane], place, "looking");
    /** Lane 0 inserts state 1 first, lane 1 state 2. */
    const wanted = m.arrayOf("wanted", [lane], range(1, STATES), [1, 2]);
    const second = m.array("second", [lane], range(0, 1), 0);

    const actor = ({ l }: { l: Term }) => ({ name: "lane", index: l });
    const slotOf = (l: Term) => slots.at(at.at(l));
    const wordsOf = (l: Term) => written.at(at.at(l));
    const next = (l: Term) =>
      when(
        second.at(l).is(1),
        [at.at(l).set(0), pc.at(l).set("done")],
        [
          second.at(l).set(1),
          wanted.at(l).set(number(1 + STATES).minus(wanted.at(l))),
          at.at(l).set(0),
          pc.at(l).set("looking"),
        ],
      );

    m.assertion("words-published", {
      consequence: "a lane compared a state with words that were not stored yet",
    });
    m.rule("look", {
      actor,
      parameters: { l: lane },
      guard: ({ l }) => [pc.at(l).is("looking")],
      text: ({ l }) => ["reads slot ", at.at(l)],
      body: ({ l }) =>
        when(slotOf(l).is(EMPTY), pc.at(l).set("taking"), [
          assert("words-published", wordsOf(l).is(1)),
          when(slotOf(l).is(wanted.at(l)), next(l), at.at(l).increase()),
        ]),
    });
    m.rule("take", {
      actor,
      parameters: { l: lane },
      guard: ({ l }) => [pc.at(l).is("taking")],
      text: ({ l }) => ["puts state ", wanted.at(l), " into slot ", at.at(l)],
      body: ({ l }) => {
        const wordsLast = [slotOf(l).set(wanted.at(l)), pc.at(l).set("storing")];
        const wordsFirst = [slotOf(l).set(wanted.at(l)), wordsOf(l).set(1), next(l)];
        const taken = choice.variant === "words-last" ? wordsLast : wordsFirst;
        return choice.variant === "plain-store"
          ? taken
          : when(slotOf(l).is(EMPTY), taken, pc.at(l).set("looking"));
      },
    });
    if (choice.variant === "words-last")
      m.rule("store", {
        actor,
        parameters: { l: lane },
        guard: ({ l }) => [pc.at(l).is("storing")],
        text: ({ l }) => ["stores the words of state ", wanted.at(l)],
        body: ({ l }) => [wordsOf(l).set(1), next(l)],
      });

    const bothDone = forAll(lane, (l) => pc.at(l).is("done"));
    const state = range(1, STATES);
    m.invariant(
      "in-the-table-once",
      forAll(state, (s) => count(position, (p) => slots.at(p).is(s)).atMost(1)),
      { consequence: "a state is in the table twice, and is counted and expanded twice" },
    );
    m.invariant(
      "none-lost",
      bothDone.implies(forAll(state, (s) => exists(position, (p) => slots.at(p).is(s)))),
      {
        consequence: "a state that was inserted is not in the table",
      },
    );
    m.deadlock(bothDone, { consequence: "a lane never inserts its states" });
    m.goal("both-done", bothDone);
  },
);
