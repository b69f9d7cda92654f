import { describe, expect, test } from "vitest";
import { analyse, codeOf, type TestValues, valuesAt } from "../../src/litmus/analysis.ts";
import type { LitmusTest } from "../../src/litmus/ast.ts";
import { FLAGS } from "../../src/litmus/registers.ts";
import { formatPlace, formatValue, pageOfOperand, type Value, ZERO } from "../../src/litmus/values.ts";
import { program, testOf } from "./files.ts";

function valuesOf(test: LitmusTest): TestValues {
  const values = analyse(test);
  if (values.kind === "unsupported") throw new Error(values.reason);
  return values;
}

const texts = (values: readonly Value[] | undefined): string[] => (values ?? []).map(formatValue);

const register = (values: TestValues, thread: number, number: number): string[] =>
  texts(values.threads[thread]!.registers.get(number));

describe("registers", () => {
  test("hold what the program puts there, before each instruction", () => {
    const { threads } = valuesOf(program(["MOV X1,#1", "ADD X1,X1,#1", "LSR X2,X2,#12"], "0:X2=x;"));
    expect(threads[0]!.before.map((state) => texts(state!.get(1)))).toEqual([["0"], ["1"], ["2"], ["2"]]);
    expect(texts(threads[0]!.registers.get(2))).toEqual(["x", "x>>12"]);
  });

  test("hold what both branches give, and nothing where no branch leads", () => {
    const both = valuesOf(program(["STXR W1,W0,[X2]", "CBZ W1,L1", "MOV W3,#5", "L1: NOP"], "0:X2=x;"));
    expect(texts(both.threads[0]!.before[3]!.get(3))).toEqual(["0", "5"]);
    const { threads } = valuesOf(program(["B L1", "MOV W3,#5", "L1: NOP"]));
    expect(threads[0]!.before.map((state) => state === null)).toEqual([false, true, false, false]);
  });

  test("flags are a register of their own", () => {
    const values = valuesOf(program(["CMP W1,#1", "CSEL W2,W3,W1,EQ"]));
    expect(register(values, 0, FLAGS)).toEqual(["flags:different", "flags:less"]);
  });

  test("that only the condition names hold 0", () => {
    expect(register(valuesOf(program(["NOP"], "", "exists (0:X7=1)")), 0, 7)).toEqual(["0"]);
  });
});

describe("memory", () => {
  test("is reached through every descriptor that the page may have", () => {
    const values = valuesOf(
      testOf({
        init: "x=1; y=2; 0:X1=x; 1:X1=PTE(x); 1:X2=(oa:PA(y)); 1:X3=(oa:PA(z), valid:0);",
        code: " P0 | P1 ;\n LDR W0,[X1] | STR X2,[X1] ;\n | STR X3,[X1] ;",
      }),
    );
    expect(register(values, 0, 0)).toEqual(["0", "1", "2"]);
    expect(values.pages).toEqual(["x", "y", "z"]);
    expect(texts(valuesAt(values, { kind: "descriptor", page: "x" })?.values)).toEqual([
      "(oa:PA(x))",
      "(oa:PA(y))",
      "(oa:PA(z), valid:0)",
    ]);
  });

  test("of a page that is never valid is not accessed, and the program goes no further", () => {
    const { threads } = valuesOf(program(["LDR W0,[X1]", "NOP"], "x=1; pte_x=(valid:0); 0:X1=x;"));
    expect(threads[0]!.before.map((state) => state === null)).toEqual([false, true, true]);
  });

  test("grows by other CPUs' stores, in loops too", () => {
    const values = valuesOf(
      testOf({
        init: "0:X1=x; 0:X2=y; 1:X1=x; 1:X2=y;",
        code: " P0 | P1 ;\n MOV W0,#3 | L: LDR W3,[X1] ;\n STR W0,[X1] | STR W3,[X2] ;\n | B L ;",
        final: "exists (y=3)",
      }),
    );
    expect(texts(valuesAt(values, { kind: "memory", page: "y", offset: 0 })?.values)).toEqual(["0", "3"]);
  });

  test("of increments is bounded by how many there are", () => {
    const column = "LDR W2,[X1] ;\n ADD W2,W2,#1 ;\n STR W2,[X1] ;";
    const values = valuesOf(
      program(
        column.split(" ;\n ").map((each) => each.replace(" ;", "")),
        "0:X1=x;",
      ),
    );
    expect(texts(valuesAt(values, { kind: "memory", page: "x", offset: 0 })?.values)).toEqual(["0", "1"]);
  });

  test("initial values, and 0 or the page's own descriptor for what is not said", () => {
    const { places } = valuesOf(program(["NOP"], "x=1;", "exists (y=1)"));
    expect(places.map(({ place, initial }) => [formatPlace(place), formatValue(initial)])).toEqual([
      ["[PTE(x)]", "(oa:PA(x))"],
      ["[PTE(y)]", "(oa:PA(y))"],
      ["[x]", "1"],
      ["[y]", "0"],
    ]);
  });
});

test("values are enumerated, 0 first, and found again by what they are", () => {
  const values = valuesOf(program(["LSR X9,X1,#12"], "x=3; 0:X1=x; 0:X3=PTE(x); 0:X2=(oa:PA(x), valid:0);"));
  expect(texts(values.values)).toEqual([
    "0",
    "3",
    "x",
    "PTE(x)",
    "x>>12",
    "(oa:PA(x))",
    "(oa:PA(x), valid:0)",
  ]);
  expect(codeOf(values, ZERO)).toBe(0);
  expect(codeOf(values, { kind: "page-number", of: "page", page: "x" })).toBe(4);
  expect(() => codeOf(values, { kind: "integer", value: 9 })).toThrow("the test has no value 9");
});

test("what a TLBI by address is about", () => {
  expect(pageOfOperand({ kind: "page-number", of: "page", page: "x" })).toBe("x");
  expect(pageOfOperand({ kind: "page-number", of: "descriptor", page: "x" })).toBeNull();
  expect(pageOfOperand({ kind: "address", page: "x", offset: 0 })).toBeNull();
  expect(pageOfOperand(ZERO)).toBeNull();
});
