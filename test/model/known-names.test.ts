import { expect, test } from "vitest";
import { knownKeys, knownName, withNames } from "../../src/model/known-names.ts";
import { model } from "../../src/rules.ts";
import { diagnosticOf } from "../diagnostics.ts";

const names = {
  variant: { name: "fixed", known: ["buggy", "fixed", "constructor"] },
  arch: { name: "arm64", known: ["arm64", "intel"] },
};

const within = <T>(ask: () => T): T => withNames(names, ask);

test("a name that exists is compared, and one that does not is refused with the nearest", () => {
  expect(within(() => knownName("variant", "fixed", "is", "buggy"))).toBe("buggy");
  expect(diagnosticOf(() => within(() => knownName("variant", "fixed", "is", "fxied")))).toMatchObject({
    code: "TLB203",
    message: 'there is no variant "fxied"',
    hint: expect.stringContaining('did you mean "fixed"?') as string,
  });
  expect(diagnosticOf(() => within(() => knownName("arch", "arm64", "is", "aarch64")))).toMatchObject({
    code: "TLB202",
    message: 'there is no architecture "aarch64"',
  });
});

test("a name of a member of every object exists only where it is declared", () => {
  expect(within(() => knownName("variant", "fixed", "is", "constructor"))).toBe("constructor");
  expect(diagnosticOf(() => within(() => knownName("variant", "fixed", "is", "toString")))).toMatchObject({
    code: "TLB203",
  });
});

test("parts of names have to be parts of some name", () => {
  expect(within(() => knownName("variant", "fixed", "startsWith", "bug"))).toBe("bug");
  expect(within(() => knownName("variant", "fixed", "includes", "ix"))).toBe("ix");
  expect(diagnosticOf(() => within(() => knownName("variant", "fixed", "endsWith", "gyy")))).toMatchObject({
    message: 'there is no variant that ends with "gyy"',
  });
});

test("a table that is indexed by a name has no keys but names, and default", () => {
  const table = { buggy: 1, default: 2 };
  expect(within(() => knownKeys("variant", "fixed", table))).toBe(table);
  expect(diagnosticOf(() => within(() => knownKeys("variant", "fixed", { bugy: 1 })))).toMatchObject({
    code: "TLB203",
  });
});

test("what is not the name of the configuration, and code that builds none, is let alone", () => {
  expect(within(() => knownName("variant", "another", "is", "anything"))).toBe("anything");
  expect(within(() => knownName("variant", "fixed", "is", 7))).toBe(7);
  expect(knownName("variant", "fixed", "is", "anything")).toBe("anything");
});

test("variantIs asks for variants that the family has", () => {
  const asked: boolean[] = [];
  const variants = { a: { about: "a", expect: {} }, b: { about: "b", expect: {} } };
  const build = (...given: string[]) =>
    model("asks", { about: "which", variants }, (m, { variantIs }) => {
      asked.push(variantIs(...given));
      m.rule("nothing", { body: () => [] });
    }).build({ arch: null, variant: "a", parameters: {} });
  build("b", "a");
  build("b");
  expect(asked).toEqual([true, false]);
  expect(diagnosticOf(() => build("a", "c"))).toMatchObject({
    code: "TLB203",
    message: 'there is no variant "c"',
    source: { file: expect.stringContaining("known-names.test.ts") as string },
  });
});
