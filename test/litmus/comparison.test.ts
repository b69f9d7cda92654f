import { describe, expect, test } from "vitest";
import { type Comparison, compare, countKinds } from "../../src/litmus/comparison.ts";
import { judged } from "../../src/litmus/herd-report.ts";
import type { LitmusResult } from "../../src/litmus/result.ts";
import { integer } from "../../src/litmus/values.ts";
import { parseVerdictTable } from "../../src/litmus/verdict-table.ts";
import { program } from "./files.ts";
import { resultOf } from "./results.ts";

const TITLES = "name\tno_ets\tets2\tlevel_no_ets\tlevel_ets2\tbbm_flag\tcpus";
const tableOf = (...lines: string[]): ReturnType<typeof parseVerdictTable> =>
  parseVerdictTable("v.tsv", [TITLES, ...lines].join("\n"));

/** Values that X1 may end with, of which 1 fulfils the condition. */
function compared(
  values: readonly number[],
  line: string,
  options: { ets2?: boolean; order?: "sc" | "tso" } & Partial<LitmusResult> = {},
): Comparison {
  const { ets2 = true, order = "tso", ...rest } = options;
  const outcomes = values.map((value) => ({ registers: { "0:X1": integer(value) }, memory: {}, faults: [] }));
  const told = judged(program(["NOP"], "", "exists (0:X1=1)"), resultOf(outcomes, rest));
  return compare(told, tableOf(line.replaceAll(" ", "\t")), { ets2, order });
}

describe("a test against its line", () => {
  const BOTH = "T Sometimes Never sc sc no 1";

  test("agrees in the column that was asked about", () => {
    expect(compared([0], BOTH).kind).toBe("agree");
    expect(compared([0, 1], BOTH, { ets2: false }).kind).toBe("agree");
    expect(compared([0], BOTH).expected).toEqual({ observation: "Never", level: "sc", bbm: false });
  });

  test("disagrees", () => {
    expect(compared([0, 1], BOTH)).toMatchObject({
      kind: "disagree",
      differences: ["Sometimes, and the table says Never"],
    });
    expect(compared([0], BOTH, { ets2: false }).kind).toBe("disagree");
  });

  test("is stronger only where the table says Sometimes by an order that was not explored", () => {
    const relaxed = "T Sometimes Sometimes relaxed relaxed no 2";
    expect(compared([0], relaxed)).toMatchObject({
      kind: "stronger",
      differences: ["needs accesses out of order, which tso does not have"],
    });
    expect(compared([0, 1], relaxed).kind).toBe("agree");
    expect(compared([1], relaxed).kind).toBe("disagree");
    expect(compared([0], "T Always Always relaxed relaxed no 2").kind).toBe("disagree");
    expect(compared([0], "T Sometimes Sometimes tso tso no 2").kind).toBe("disagree");
    expect(compared([0], "T Sometimes Sometimes tso tso no 2", { order: "sc" }).kind).toBe("stronger");
    expect(compared([0], "T Sometimes Sometimes sc sc no 2", { order: "sc" }).kind).toBe("disagree");
  });

  test("must have the same flag, whatever it says else", () => {
    const flagged = "T Never Never sc sc yes 1";
    expect(compared([0], flagged, { bbm: true }).kind).toBe("agree");
    expect(compared([0], flagged)).toMatchObject({
      kind: "disagree",
      differences: ["break-before-make is not flagged, and the table says that it is"],
    });
    expect(compared([0], BOTH, { bbm: true }).differences).toEqual([
      "break-before-make is flagged, and the table says that it is not",
    ]);
    expect(compared([0], "T Sometimes Sometimes relaxed relaxed yes 1").kind).toBe("disagree");
  });

  test("is not compared where there is nothing to compare", () => {
    expect(compared([0], BOTH, { unsupported: "unsupported: x" }).kind).toBe("unsupported");
    expect(compared([0], BOTH, { stopped: "timeout" }).kind).toBe("inconclusive");
    expect(compared([0], "OTHER Never Never sc sc no 1").kind).toBe("unlisted");
  });
});

test("counts", () => {
  const kinds = ["agree", "agree", "stronger"] as const;
  const counts = countKinds(kinds.map((kind) => ({ kind, expected: null, differences: [] })));
  expect(counts).toEqual({
    agree: 2,
    disagree: 0,
    stronger: 1,
    unsupported: 0,
    inconclusive: 0,
    unlisted: 0,
  });
});

describe("tables of verdicts", () => {
  test("are read by their titles, comments and empty lines left out", () => {
    const table = tableOf("# words", "", "A\tNever\tAlways\tsc\ttso\tyes\t2");
    expect([...table.values()]).toEqual([
      {
        name: "A",
        noEts: { observation: "Never", level: "sc" },
        ets2: { observation: "Always", level: "tso" },
        bbm: true,
      },
    ]);
  });

  test.each([
    ["name\tets2", [], "v.tsv", 1, "no_ets, level_no_ets, level_ets2, bbm_flag is not there"],
    [
      TITLES,
      ["A\tnever\tNever\tsc\tsc\tno\t1"],
      "v.tsv",
      2,
      'one of Never, Sometimes, Always in the column no_ets, not "never"',
    ],
    [
      TITLES,
      ["A\tNever\tNever\tsc\tarm\tno\t1"],
      "v.tsv",
      2,
      'one of sc, tso, relaxed in the column level_ets2, not "arm"',
    ],
    [TITLES, ["A\tNever\tNever\tsc\tsc"], "v.tsv", 2, 'one of yes, no in the column bbm_flag, not ""'],
    [TITLES, ["\tNever\tNever\tsc\tsc\tno\t1"], "v.tsv", 2, "the name of a test"],
    [
      TITLES,
      Array<string>(2).fill("A\tNever\tNever\tsc\tsc\tno\t1"),
      "v.tsv",
      3,
      "another name than A, which is there already",
    ],
  ])("malformed: %j %j", (titles, lines, file, line, message) => {
    expect(() => parseVerdictTable(file, [titles, ...lines].join("\n"))).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message) as unknown,
        diagnostic: expect.objectContaining({ code: "TLB503", source: { file, line, column: 1 } }) as unknown,
      }),
    );
  });
});
