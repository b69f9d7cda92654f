import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable, printableJson, printableLine } from "../../src/model/printable.ts";

/** Unicode general categories: controls, formats, surrogates, and separators of lines and paragraphs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Format characters that scripts need for numbers, and that move nothing. */
const OF_NUMBERS =
  /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}]/u;

const hostile = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom("\u001b", "\u009b", "\u202e", "\n", "\t", "\u{e0041}"),
  ),
});

describe("text that is made printable", () => {
  test("has nothing that a terminal acts on", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const character of printableLine(text))
          expect(UNSEEN.test(character) && !OF_NUMBERS.test(character)).toBe(false);
        expect(printable(text).replaceAll(/[\n\t]/g, "")).toBe(printableLine(text.replaceAll(/[\n\t]/g, "")));
      }),
    );
  });

  test("is the same where nothing was wrong with it", () => {
    const text = "flush_tlb_page(Δ, 中): „ok“ → £ 🙂 é";
    expect(printableLine(text)).toBe(text);
  });

  test.each([
    ["\u001b[2J", String.raw`\x1b[2J`],
    ["\u009b31m", String.raw`\x9b31m`],
    ["a\r\nb\tc", String.raw`a\r\nb\tc`],
    ["\u007f\u0000", String.raw`\x7f\x00`],
    ["user\u202ets.exe", String.raw`user\u202ets.exe`],
    ["zero\u200bwidth", String.raw`zero\u200bwidth`],
    ["\u{e0041}", String.raw`\u{e0041}`],
    ["\ud800", String.raw`\ud800`],
  ])("%j is shown as %s", (text, shown) => expect(printableLine(text)).toBe(shown));

  test("a JSON document reads back the same", () => {
    fc.assert(
      fc.property(fc.record({ a: hostile, b: fc.array(hostile) }), (value) => {
        const document = printableJson(JSON.stringify(value, null, 2));
        expect(JSON.parse(document)).toEqual(value);
        expect(printable(document)).toBe(document);
      }),
    );
  });
});
