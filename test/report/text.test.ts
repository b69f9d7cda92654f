import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  alignColumns,
  formatBytes,
  formatCount,
  formatSeconds,
  plural,
  wrap,
} from "../../src/report/text.ts";

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1 000"],
  [4318, "4 318"],
  [1234567, "1 234 567"],
])("the count %i is %s", (count, text) => expect(formatCount(count)).toBe(text));

test.each([
  [0.094, "0.09 s"],
  [9.99, "9.99 s"],
  [12.34, "12.3 s"],
  [245.2, "4 min 05 s"],
])("%d seconds are %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [4096, "4.0 KiB"],
  [1.5 * 2 ** 30, "1.5 GiB"],
])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test("nouns have a plural", () => {
  expect([plural(0, "step"), plural(1, "step"), plural(2000, "step")]).toEqual([
    "0 steps",
    "1 step",
    "2 000 steps",
  ]);
});

describe("wrapping", () => {
  test("breaks between words and indents what follows", () => {
    expect(wrap("one two three four", 9)).toEqual(["one two", "  three", "  four"]);
  });

  test("loses nothing and is never too wide", () => {
    const texts = fc.array(
      fc.string({ minLength: 1, maxLength: 30 }).map((word) => word.replace(/\s/g, "_")),
    );
    fc.assert(
      fc.property(texts, fc.integer({ min: 8, max: 40 }), (words, width) => {
        const lines = wrap(words.join(" "), width);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
        expect(lines.join("").replace(/ /g, "")).toBe(words.join(""));
      }),
    );
  });
});

test("columns are as wide as they must be", () => {
  expect(
    alignColumns(
      [
        ["a", "1"],
        ["bbb", "22"],
      ],
      [1],
    ),
  ).toEqual(["a     1", "bbb  22"]);
});
