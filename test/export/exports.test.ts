import { describe, expect, test } from "vitest";
import peterson from "../../models/peterson.ts";
import { formatNames, formats } from "../../src/export/formats.ts";
import type { ExportOptions } from "../../src/export/options.ts";
import { ModelBuilder } from "../../src/model/builder.ts";
import { range } from "../../src/rules.ts";
import { modelOf } from "../support/verdicts.ts";

const options: ExportOptions = { properties: true, origin: "a test", counts: null };

function textOf(format: keyof typeof formats, given: Partial<ExportOptions> = {}): string {
  return formats[format](modelOf(peterson, "fixed"), { ...options, ...given }).text;
}

describe.each(formatNames)("%s", (format) => {
  test("has the model's rules and variables under their names, and the words of the model as comments", () => {
    const text = textOf(format);
    for (const word of ["raise", "yield", "enter", "leave", "flag", "turn", "both CPUs are inside"])
      expect(text).toContain(word);
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
