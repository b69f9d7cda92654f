import { describe, expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import peterson from "../../models/peterson.ts";
import { formatNames, formats } from "../../src/export/formats.ts";
import type { ExportOptions } from "../../src/export/options.ts";
import { ModelBuilder } from "../../src/model/builder.ts";
import { range } from "../../src/rules.ts";
import type { Model } from "../../src/model/model.ts";
import { comparePeers } from "../../src/cli/compare-peers.ts";
import { modelOf } from "../support/verdicts.ts";
import { comparison, installed } from "./peers.ts";

const options: ExportOptions = { properties: true, origin: "a test", counts: null };

function textOf(format: keyof typeof formats, given: Partial<ExportOptions> = {}): string {
  return formats[format](modelOf(peterson, "fixed"), { ...options, ...given }).text;
}

/** A model whose texts have in them what means something in a comment, or to a preprocessor. */
function awkwardTexts(): Model {
  const m = new ModelBuilder("comments");
  const n = m.variable("n", range(0, 1), 0);
  const text = "a /*/ b *) c (* d // e \\\n #define f ' \" % -- \\* end \\";
  m.rule("step", { guard: () => [n.is(0)], text: () => text, body: () => n.set(1) });
  m.invariant("small", n.lessThan(2), { consequence: text });
  return m.build();
}

test.skipIf(installed.length === 0)("the checkers take such texts without a warning", async () => {
  expect(await comparePeers("comments", awkwardTexts(), installed, comparison())).toMatchObject({
    agree: true,
    skipped: null,
  });
});

test.skipIf(installed.length === 0)("an array within its own index, which SPIN does not take", async () => {
  const m = new ModelBuilder("own-index");
  const next = m.array("next", [range(0, 2)], range(0, 2), 1);
  const at = m.variable("at", range(0, 2), 0);
  m.rule("go", { body: () => at.set(next.at(next.at(at))) });
  m.rule("turn", { body: () => next.at(next.at(at)).set(next.at(at).plus(1).mod(3)) });
  m.invariant("not far", at.isNot(2));
  expect(await comparePeers("own-index", m.build(), installed, comparison())).toMatchObject({
    agree: true,
    skipped: null,
  });
});

describe.each(formatNames)("%s", (format) => {
  test("has the model's rules and variables under their names, and the words of the model as comments", () => {
    const text = textOf(format);
    for (const word of ["raise", "yield", "enter", "leave", "flag", "turn", "both CPUs are inside"])
      expect(text).toContain(word);
  });

  test("tells of each rule what a trace prints, and of rules and properties where they were written", () => {
    const text = textOf(format);
    const place = String.raw`\(\S*models/peterson\.ts:\d+\)`;
    const comment = { promela: String.raw`/\* `, murphi: "-- ", tla: String.raw`\\\* ` }[format];
    expect(text).toMatch(new RegExp(`${comment}flag = true ${place}`));
    expect(text).toMatch(new RegExp(`${comment}invariant exclusion: both CPUs are inside ${place}`));
    expect(text).toMatch(new RegExp(`${comment}goal entered.* ${place}`));
  });

  test("tells of each step the event that it is a part of, and of each assertion what its violation means", () => {
    const { text } = formats[format](modelOf(reclaim, "barrier-only"), options);
    expect(text).toMatch(/in: page_vma_mapped_walk\(page0\): .*models\/reclaim-mprotect\.ts:\d+\)/);
    expect(text).toMatch(/is \{.* \? written : read\} by CPU1 after a call that revoked this access/);
  });

  test("no text of the model can end a comment, or begin one", () => {
    expect(formats[format](awkwardTexts(), options).text).toContain("a / * / b * ) c ( * d");
  });

  test("tells what numbers to expect where they are known", () => {
    const counts = { states: 20, transitions: 34 };
    expect(textOf(format, { properties: false, counts })).toMatch(/To expect: .*20/);
  });

  test("without properties has none", () => {
    expect(textOf(format, { properties: false })).not.toMatch(/assert\(|invariant|Assert|exclusion ==/);
  });

  test("a name that the language reserves becomes another one", () => {
    const m = new ModelBuilder("reserved");
    const words = ["end", "rule", "then", "init", "Next", "byte", "linux"];
    const variables = words.map((word) => m.variable(word, range(0, 1), 0));
    m.rule("do", { guard: () => variables.map((each) => each.is(0)), body: () => variables[0]!.set(1) });
    const { text } = formats[format](m.build(), options);
    expect(text).toMatch(/\b(end|rule|then|init|Next|byte|linux)_2\b/);
  });

  test("more initial states than can be written are refused", () => {
    const m = new ModelBuilder("large");
    const several = { oneOf: [0, 1, 2] };
    const cells = m.array("cells", [range(0, 8)], range(0, 2), several);
    m.rule("step", { body: () => cells.at(0).set(0) });
    const attempt = (): unknown => formats[format](m.build(), options);
    if (format === "tla") expect(attempt).not.toThrow();
    else expect(attempt).toThrow(/19683 initial states/);
  });
});

test.each(formatNames)("%s: a liveness property is refused, and not lost without a word", (format) => {
  const fair = modelOf(peterson, "fair");
  expect(() => formats[format](fair, options)).toThrow(
    /the liveness property "starvation-0" cannot be written in (Promela|Murphi|TLA\+)/,
  );
  expect(formats[format](fair, { ...options, properties: false }).text).toContain("raise");
});

test("TLA+ says that it is untested", () => {
  expect(textOf("tla")).toContain("Untested");
});
