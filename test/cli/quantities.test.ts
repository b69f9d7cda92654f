import { expect, test } from "vitest";
import { shellQuote } from "../../src/report/shell.ts";
import { parseAmount, parseDuration } from "../../src/cli/quantities.ts";
import { diagnosticOf } from "../diagnostics.ts";

test.each([
  ["5000", 1000, 5000],
  ["5_000", 1000, 5000],
  ["1e6", 1000, 1_000_000],
  ["5M", 1000, 5_000_000],
  ["1.5k", 1000, 1500],
  ["2G", 1024, 2 * 2 ** 30],
  ["512MiB", 1024, 512 * 2 ** 20],
])("%s with base %i is %i", (text, base, amount) => expect(parseAmount(text, "--x", base)).toBe(amount));

test.each([
  ["90", 90],
  ["90s", 90],
  ["1.5m", 90],
  ["2h", 7200],
])("%s is %i seconds", (text, seconds) => expect(parseDuration(text, "--x")).toBe(seconds));

test.each(["", "-1", "5X", "M", "ten"])("%j is neither", (text) => {
  expect(diagnosticOf(() => parseAmount(text, "--x"))).toMatchObject({ code: "TLB306" });
  expect(diagnosticOf(() => parseDuration(text, "--x"))).toMatchObject({ code: "TLB306" });
});

test.each([
  ["models/a.ts", "models/a.ts"],
  ["my models/a.ts", "'my models/a.ts'"],
  ["it's", String.raw`'it'\''s'`],
  ["", "''"],
])("%j is quoted as %s", (word, quoted) => expect(shellQuote(word)).toBe(quoted));
