import { expect, test } from "vitest";
import { choiceOf, TlbcheckError } from "../src/rules.ts";

const parameters = { pages: 2, strict: true, order: "tso" };
const choice = choiceOf({ variant: "fixed", parameters } as unknown as Parameters<typeof choiceOf>[0]);

test.each([
  ["number", "page", 'did you mean "pages"?'],
  ["flag", "strikt", 'did you mean "strict"?'],
  ["word", "pages", "known: order"],
  ["number", "constructor", "known: pages"],
] as const)("%s(%j) of a model that declares none is an error with a line", (word, name, hint) => {
  const attempt = (): unknown => choice[word](name);
  expect(attempt).toThrow(TlbcheckError);
  try {
    attempt();
  } catch (error) {
    const { diagnostic } = error as TlbcheckError;
    expect(diagnostic.code).toBe("TLB205");
    expect(diagnostic.source?.file).toContain("rules.test");
    expect(diagnostic.hint).toContain(hint);
  }
});
