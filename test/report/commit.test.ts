import { describe, expect, test } from "vitest";
import { commitText } from "../../src/report/commit.ts";
import type { Outcome, PropertyOutcome } from "../../src/report/outcome.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { brokenRules, headColumns } from "./commit-rules.ts";
import { outcome, verdictOf } from "./outcomes.ts";
import { PLACES, step, trace } from "./traces.ts";

const searched: Partial<Outcome> = {
  model: "reclaim",
  configuration: { arch: "arm64", variant: "broken", parameters: {} },
  assumptions: ["walks of one level", "2 CPUs, 1 page"],
  states: 12_345,
};

function written(told: Trace, full = false, rest: Partial<PropertyOutcome> = {}): string {
  const violated = verdictOf("violated", { trace: told, steps: told.steps.length, ...rest });
  const text = commitText(outcome(searched), violated, full).join("\n");
  expect(brokenRules(text)).toEqual([]);
  return text;
}

/** The diagram alone. */
const drawn = (told: Trace, full = false): string => written(told, full).split("\n\n")[0]!;

/** A step of an event; its identity is its text. */
const part = (place: number, text: string, event: string) => step(place, text, event);

describe("columns", () => {
  test("two begin at 4 and 36; heads have names in parentheses and a line of four dashes", () => {
    expect(drawn(trace([step(1, "[walk: page0 RW]"), step(0, "spin_lock(ptl)"), step(1, "store page0")])))
      .toBe(`\
    CPU0 (kswapd)                   CPU1 (task)
    ----                            ----
                                    [walk: page0 RW]
    spin_lock(ptl)
                                    store page0
                                    ^^^^^^^^^^^`);
  });

  test("three begin at 4, 28 and 52", () => {
    const text = drawn(trace([step(0, "lock()"), step(1, "load()"), step(2, "store()")]));
    expect(headColumns(text)).toEqual([4, 28, 52]);
    expect(text).toContain(`\n${" ".repeat(28)}load()\n${" ".repeat(52)}store()\n${" ".repeat(52)}^^^^^^^`);
  });

  test("one begins at 4", () => {
    expect(drawn(trace([step(1, "store()")]))).toBe("    CPU1 (task)\n    ----\n    store()\n    ^^^^^^^");
  });

  test("four become a block for each turn", () => {
    const places = [...PLACES, { number: 3, name: "CPU3 other" }];
    const fourth = { ...step(null, "free()"), place: places[3]! };
    const told = trace([step(0, "a()"), step(0, "b()"), step(1, "c()"), fourth, step(2, "d()")], { places });
    expect(drawn(told)).toBe(`\
    [Time 1] CPU0 (kswapd)
      a()
      b()
    [Time 2] CPU1 (task)
      c()
    [Time 3] CPU3 (other)
      free()
    [Time 4] CPU2 (writer)
      d()
      ^^^`);
  });

  test("what is too wide for a column becomes blocks, too, and only what is wider than a line is broken", () => {
    const long = `f(${"x".repeat(50)})`;
    expect(drawn(trace([step(0, long), step(1, "g()")]))).toContain(
      `[Time 1] CPU0 (kswapd)\n      ${long}\n`,
    );
    expect(headColumns(drawn(trace([step(0, "f()"), step(1, `g(${"y".repeat(40)})`)])))).toEqual([]);
    expect(drawn(trace([step(0, "z".repeat(200)), step(1, "g()")]))).toContain("z".repeat(69));
  });

  test("a long name runs on into the next column, as rows share no lines; words are wrapped", () => {
    const name = "set_tlb_ubc_flush_pending(page0,page1)";
    const text = drawn(
      trace([step(0, name), step(0, "vmalloc() gives the area away again and again"), step(1, "g()")]),
    );
    expect(headColumns(text)).toEqual([4, 36]);
    expect(text).toContain(`    ${name}\n    vmalloc() gives the area away\n        again and again\n`);
  });

  test("in a column of several actors each is named, except what stands in brackets", () => {
    const told = trace([
      step(0, "free()"),
      step(null, "dma()", undefined, "device"),
      step(null, "[RCU: over]", undefined, "rcu"),
    ]);
    expect(drawn(told)).toContain(`\
                                    device
                                      dma()
                                    [RCU: over]
`);
  });

  test("a head that is too wide for its column", () => {
    const places = [{ number: 0, name: `CPU0 ${"reclaim, ".repeat(4)}` }, ...PLACES.slice(1)];
    const first = { ...step(0, "f()"), place: places[0]! };
    expect(drawn(trace([first, step(1, "g()")], { places }))).toContain("[Time 1] CPU0 (reclaim,");
  });
});

describe("calls", () => {
  test("what a call does is nested by two spaces, and shares lines as far as there is room", () => {
    const told = trace([
      step(0, "x", "madvise(PAGEOUT): walk(page0): spin_lock(ptl)"),
      step(0, "y", "flush(page0): dsb(ishst), TLBI VALE1IS page0, dsb(ish)"),
      step(1, "g()"),
    ]);
    expect(drawn(told)).toContain(`\
    madvise(PAGEOUT)
      walk(page0)
        spin_lock(ptl)
    flush(page0)
      dsb(ishst), TLBI VALE1IS page0
      dsb(ish)
`);
  });

  test("what lies between a call and its return is nested in it", () => {
    const told = trace([
      step(1, "a", "mprotect(page0): spin_lock(ptl)"),
      step(1, "b", "change(page0): not present, no flush"),
      step(0, "c", "mprotect(page0)"),
      step(1, "d", "mprotect(page0) returns"),
      step(1, "store()"),
    ]);
    const right = " ".repeat(36);
    expect(drawn(told)).toContain(`\
${right}mprotect(page0)
${right}  spin_lock(ptl)
${right}  change(page0)
${right}    not present, no flush
    mprotect(page0)
${right}mprotect(page0) returns
${right}store()
`);
  });

  test("what hardware does with an access stands in brackets, and the whole step is underlined", () => {
    expect(drawn(trace([step(0, "store page0: through a cached RW entry")]))).toBe(`\
    CPU0 (kswapd)
    ----
    store page0
      [through a cached RW entry]
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^`);
  });

  test("no bracket or comma inside of parentheses parts anything", () => {
    expect(drawn(trace([step(0, "f(a: b, c): g(d, e)")]))).toContain("    f(a: b, c)\n      g(d, e)\n");
  });
});

describe("an event that others interrupt", () => {
  const events = (count: number) =>
    Array.from({ length: count }, (_, i) => part(0, `step${i + 1}()`, "f(page0): done"));

  test("goes on at its depth, without its name", () => {
    const [first, second] = events(2);
    expect(drawn(trace([first!, step(1, "g()"), second!]))).toContain(`\
    f(page0)
      step1()
                                    g()
      step2()
      ^^^^^^^`);
  });

  test("has its name again if something else came in between at its place", () => {
    const [first, second] = events(2);
    expect(drawn(trace([first!, step(0, "[irq]"), second!]))).toContain(`\
    f(page0)
      step1()
    [irq]
    f(page0)
      step2()
`);
  });

  test("... stands for steps that are left out, and for nothing else", () => {
    const many = [...events(5), step(1, "g()"), part(0, "last()", "f(page0): done")];
    expect(drawn(trace(many))).toContain("    f(page0)\n      ...\n      step5()\n");
    expect(drawn(trace(many)).match(/\.\.\./g)).toHaveLength(1);
    expect(drawn(trace(many), true)).not.toContain("...");
    expect(drawn(trace(many), true)).toContain(
      "      step1()\n      step2()\n      step3()\n      step4()\n",
    );
    const few = [...events(3), step(1, "g()"), part(0, "last()", "f(page0): done")];
    expect(drawn(trace(few))).not.toContain("...");
    // An event by itself is told by its own words, which leave nothing out.
    expect(drawn(trace(events(9)))).not.toContain("...");
  });
});

describe("the end", () => {
  test("a sentence, and a line of what it was found with", () => {
    const paragraphs = written(trace([step(0, "f()")], { consequence: "page0 is written" })).split("\n\n");
    expect(paragraphs.slice(1)).toEqual([
      "page0 is written.",
      "tlbcheck: reclaim broken, arm64, 2 CPUs, 1 page, 1 step, 12345 states",
    ]);
  });

  test("long ones are wrapped, the latter between its facts", () => {
    const text = commitText(
      outcome({ ...searched, model: "m".repeat(40), assumptions: ["2 CPUs, 1 page, 1 frame"] }),
      verdictOf("violated", {
        trace: trace([step(0, "f()")], { consequence: "word ".repeat(40) }),
        steps: 1,
      }),
      false,
    ).join("\n");
    expect(brokenRules(text)).toEqual([]);
    expect(text.split("\n\n").at(-1)!.split("\n")).toEqual([
      `tlbcheck: ${"m".repeat(40)} broken, arm64,`,
      "2 CPUs, 1 page, 1 frame, 1 step, 12345 states",
    ]);
  });

  test("other characters are spelled in ASCII", () => {
    const text = written(trace([step(0, "läuft → 5 µs · “x”…")], { consequence: "größer ≥ 1" }));
    expect(text).toContain('lauft -> 5 us - "x"...');
    expect(text).toContain("\n\ngrosser >= 1.\n");
  });

  test("what has no spelling stays, and control characters are shown", () => {
    const told = trace([step(0, "ε → 解放 \u001b[2J")], { consequence: "Δ < 한" });
    const text = commitText(outcome({}), verdictOf("violated", { trace: told, steps: 1 }), false).join("\n");
    expect(text).toContain(String.raw`ε -> 解放 \x1b[2J`);
    expect(text).toContain("\n\nΔ < 한.\n");
  });

  test.each(["--- a/file", "diff -r a b", "Index: x", "# comment", "From here"])(
    "a sentence that begins with %j does not end the message",
    (consequence) => {
      expect(written(trace([step(0, "f()")], { consequence })).split("\n\n")[1]).toBe(` ${consequence}.`);
    },
  );

  test("initial values come first; a violation before any step has no columns", () => {
    const told = trace([], { initial: [{ cell: "n", value: "3" }] });
    expect(drawn(told)).toBe("    initially n = 3");
    expect(written(told)).toContain("\n\n    (in the initial state, before any step)\n\n");
  });

  test("a deadlock underlines nothing", () => {
    const end = { kind: "violation", property: "deadlock", of: "deadlock" } as const;
    expect(written(trace([step(0, "lock()")], { end }))).not.toContain("^");
  });

  test.each([
    [verdictOf("holds"), "no interleaving violates p."],
    [verdictOf("vacuous"), "no interleaving violates p, but this proves nothing: a goal of the model"],
    [verdictOf("inconclusive"), "whether p holds is not decided: the time of --timeout is over."],
    [verdictOf("violated", { steps: 3 }), "p is violated; the trace was not computed."],
  ])("another verdict has its sentence, %#", (told, sentence) => {
    const lines = commitText(outcome({ ...searched, depth: 7, stopped: "timeout" }), told, false);
    expect(lines[0]).toBe(sentence);
    expect(lines.at(-1)).toMatch(
      /^tlbcheck: reclaim broken, arm64, 2 CPUs, 1 page, (depth 7|3 steps), 12345/,
    );
  });
});

describe("a lasso", () => {
  const end = { kind: "violation", property: "p", of: "liveness" } as const;

  test("says where the cycle begins, underlines nothing, and tells why it is fair", () => {
    const cycle = {
      steps: [step(1, "fault()"), step(1, "retry()")],
      fairness: "this is fair: task is taken",
    };
    const told = trace([step(0, "lock()")], { end, cycle, consequence: "nobody gets on" });
    expect(written(told)).toBe(`\
    CPU0 (kswapd)                   CPU1 (task)
    ----                            ----
    lock()
    (from here on, again and again)
                                    fault()
                                    retry()

nobody gets on; this is fair: task is taken.

tlbcheck: reclaim broken, arm64, 2 CPUs, 1 page, 1 step, 12345 states`);
  });

  test("without a cycle stays where it is", () => {
    const cycle = { steps: [], fairness: "this is fair" };
    expect(
      drawn(trace([step(0, "lock()")], { end, cycle }))
        .split("\n")
        .at(-1),
    ).toBe("    (it stays like this for ever)");
    expect(drawn(trace([], { end, cycle }))).toBe(
      "    (in the initial state, before any step)\n    (it stays like this for ever)",
    );
  });

  test("in blocks begins a block", () => {
    const places = [{ number: 0, name: "a".repeat(40) }, PLACES[1]!];
    const first = (text: string) => ({ ...step(0, text), place: places[0]! });
    const told = trace([first("f()")], {
      end,
      places,
      cycle: { steps: [first("g()"), step(1, "h()")], fairness: "fair" },
    });
    expect(drawn(told)).toContain("      f()\n    (from here on, again and again)\n    [Time 2] aaaa");
  });
});
