import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { shellQuote } from "../../src/report/shell.ts";

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom("'", '"', "\\", "$", "`", "!", " ", "\n", "\u001b", "\u007f", "é", "中", "9"),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
});

test("bash reads every word back as it was", () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 20 }), (words) => {
      const { stdout } = spawnSync(
        "bash",
        ["-c", String.raw`printf '%s\0' ${words.map(shellQuote).join(" ")}`],
        {
          encoding: "utf8",
        },
      );
      expect(stdout.split("\0").slice(0, -1)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});

test("and nothing of a word reaches the terminal as a control character", () => {
  expect(shellQuote("i\u001b[7m")).toBe(String.raw`$'i\033[7m'`);
});
