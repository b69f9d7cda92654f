import { describe, expect, test } from "vitest";
import { guardConditions, importsFrom } from "../../src/cli/refuse-conditions.ts";

/** The code after the import that is put in front, with short names for the guards, without that of what stands alone. */
function guarded(code: string): string {
  return whole(code).replace(/^[LC]\((.*)\)$/, "$1");
}

function whole(code: string): string {
  return guardConditions(code, "tlbcheck/rules")
    .code.replace(/^import .*?; /, "")
    .replaceAll("refuseTermAsCondition", "G")
    .replaceAll("refuseTermAsResult", "R")
    .replaceAll("requireKnownName", "N")
    .replaceAll("requireKnownKeys", "K")
    .replaceAll("refuseLost", "L")
    .replaceAll("refuseUncalled", "C");
}

describe("what decides is guarded", () => {
  test.each([
    ["if (a) b;", "if (G(a)) C(b);"],
    ["while (a) b;", "while (G(a)) C(b);"],
    ["do b; while (a);", "do C(b); while (G(a));"],
    ["for (;a;) b;", "for (;G(a);) C(b);"],
    ["for (;;) b;", "for (;;) C(b);"],
    ["a ? b : c", "G(a) ? b : c"],
    ["a && b", "G(a) && b"],
    ["if (a || b) c;", "if (G(G(a) || b)) C(c);"],
    ["!a", "!G(a)"],
    ["!!a", "!G(!G(a))"],
    ["a === b", "G(a) === G(b)"],
    ["a != 1", "G(a) != G(1)"],
    ["switch (a) { case 1: }", "switch (G(a)) { case 1: }"],
    ["Boolean(a)", "Boolean(G(a))"],
    ["a &&= b", "(G(a), a &&= b)"],
    ["a.b ||= c && d", "(G(a.b), a.b ||= G(c) && d)"],
    ["a.every((b) => b)", "a.every(R((b) => b))"],
    ["a.b.find((c) => !c, d)", "a.b.find(R((c) => !G(c)), d)"],
    ["a?.filter(Boolean)", "a?.filter(R(Boolean))"],
    ["f(() => a ? b && c : d)", "f(() => G(a) ? G(b) && c : d)"],
  ])("%s", (code, expected) => expect(guarded(code)).toBe(expected));
});

describe("a variant or an architecture is compared with names that exist", () => {
  test.each([
    ['variant === "x"', 'G(variant) === N("variant", variant, "is", G("x"))'],
    ['"x" != m.arch', 'N("arch", m.arch, "is", G("x")) != G(m.arch)'],
    [
      'switch (c.variant) { case "x": }',
      'switch (G(c.variant)) { case N("variant", c.variant, "is", "x"): }',
    ],
    ['variant.startsWith("x")', 'variant.startsWith(N("variant", variant, "startsWith", "x"))'],
    ['["x"].includes(arch)', '[N("arch", arch, "is", "x")].includes(arch)'],
    ["table[variant]", 'K("variant", variant, table)[variant]'],
    ["variant === other", "G(variant) === G(other)"],
    ['other === "x"', 'G(other) === G("x")'],
    ['f().variant === "x"', 'G(f().variant) === G("x")'],
    ["variant[table]", "variant[table]"],
  ])("%s", (code, expected) => expect(guarded(code)).toBe(expected));
});

describe("what stands alone is guarded", () => {
  test.each([
    ["a.set(1);", "L(a.set(1));"],
    ["a?.b();", "L(a?.b());"],
    ["f(() => { a(); })", "L(f(() => { L(a()); }))"],
    ["if (a) b();", "if (G(a)) L(b());"],
    ["(a ? b : c)();", "L((G(a) ? b : c)());"],
    ["k.lock;", "C(k.lock);"],
    ["() => a;", "C(() => a);"],
    ['"use strict"; a = b();', '"use strict"; a = b();'],
    ["await a();", "await a();"],
  ])("%s", (code, expected) => expect(whole(code)).toBe(expected));
});

describe("what asks no truth is left alone", () => {
  test.each([
    "a ?? b",
    "a === undefined",
    "null != a",
    "a == void 0",
    "a < b",
    "a + b",
    "-a",
    "typeof a",
    "a?.b",
    "a ??= b",
    "a[b()] ||= c",
    "a.map((b) => b)",
    "a.filter(...b)",
    "every((b) => b)",
  ])("%s", (code) => expect(guarded(code)).toBe(code));
});

test("lines stay where they are", () => {
  expect(guardConditions("if (\n  a\n) {\n}\n", "x").code.split("\n")).toHaveLength(5);
});

test("imports of given modules are listed with their places", () => {
  const code =
    'import { a, b as c } from "x";\nimport d from "y";\nexport { e } from "x";\nimport * as all from "x";\n';
  expect(importsFrom(code, ["x"])).toEqual([
    { module: "x", name: "a", line: 1, column: 9 },
    { module: "x", name: "b", line: 1, column: 12 },
    { module: "x", name: "e", line: 3, column: 9 },
  ]);
});
