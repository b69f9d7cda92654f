import { describe, expect, test } from "vitest";
import { parseLitmus } from "../../src/litmus/parse.ts";
import { variantsOf } from "../../src/litmus/settings.ts";
import { formatPlace, formatValue, valueOfText } from "../../src/litmus/values.ts";
import { strangeVariant } from "../../src/litmus/settings.ts";
import { filesIn, publicFolders, readTest, testOf } from "./files.ts";

/** The initial state as pairs of what is written for places and values. */
const initOf = (init: string): string[][] =>
  testOf({ init }).init.map(({ place, value }) => {
    const known = valueOfText(value, place);
    return [formatPlace(place), known ? formatValue(known) : `other:${value.kind}`];
  });

describe("what stands before the initial state", () => {
  test("name, text in quotes, settings, comments", () => {
    const { name, about, settings } = testOf({
      head: '(* a comment *)\n"Some words\n on two lines"\nVariant=vmsa, Fatal\nTTHM=P0:HA\nCycle=Fre PodWW\n',
    });
    expect(name).toBe("T");
    expect(about).toBe("Some words on two lines");
    expect(settings.map(({ key, value, at }) => [key, value, at.line])).toEqual([
      ["Variant", "vmsa, Fatal", 5],
      ["TTHM", "P0:HA", 6],
      ["Cycle", "Fre PodWW", 7],
    ]);
  });

  test("variants in lower case", () => {
    expect(variantsOf(testOf({ head: "Variant=vmsa,fatal ETS2" }))).toEqual(["vmsa", "fatal", "ets2"]);
    expect(variantsOf(testOf({ head: "variant=vmsa" }))).toEqual(["vmsa"]);
  });

  test("names with signs in them", () => {
    expect(parseLitmus("f", "AArch64 A+B-[c].d\n{}\n P0 ;\n NOP ;\nexists (true)").name).toBe("A+B-[c].d");
  });
});

describe("initial states", () => {
  test.each<[string, string[][]]>([
    ["x=1;", [["[x]", "1"]]],
    ["[x]=1", [["[x]", "1"]]],
    ["int x=0x10;", [["[x]", "16"]]],
    ["x=y;", [["[x]", "y"]]],
    ["int *x=y;", [["[x]", "y"]]],
    ["x[2]=1;", [["[x+8]", "1"]]],
    ["[x+8]=1;", [["[x+8]", "1"]]],
    [
      "int x[3]={1,2,3};",
      [
        ["[x]", "1"],
        ["[x+4]", "2"],
        ["[x+8]", "3"],
      ],
    ],
    [
      "uint64_t x[2]={1,2}; x[1]=5;",
      [
        ["[x]", "1"],
        ["[x+8]", "2"],
        ["[x+8]", "5"],
      ],
    ],
    ["int x; uint64_t 0:X3;", []],
    ["x; *y; [PTE(x)]", []],
    ["P1:X4=x", [["1:X4", "x"]]],
    [
      "0:X1=TTD(x); TTD(x)=(valid:0)",
      [
        ["0:X1", "PTE(x)"],
        ["[PTE(x)]", "(oa:PA(x), valid:0)"],
      ],
    ],
    ["_Atomic int x=ATOMIC_INIT(3)", [["[x]", "3"]]],
    ["0:ELR_EL1=P0:L1", [["0:ELR_EL1", 'label:"P0:L1"']]],
    [
      "0:X1=x; 2:x3=y",
      [
        ["0:X1", "x"],
        ["2:X3", "y"],
      ],
    ],
    ["0:X1=x+8;", [["0:X1", "x+8"]]],
    ["0:W1=5", [["0:X1", "5"]]],
    [
      "0:X0=PTE(x); 0:X1=pte_y",
      [
        ["0:X0", "PTE(x)"],
        ["0:X1", "PTE(y)"],
      ],
    ],
    ["0:X2=(oa:PA(y), valid:0)", [["0:X2", "(oa:PA(y), valid:0)"]]],
    ["0:X2=(oa:phy_y,valid:0,db:1)", [["0:X2", "(oa:PA(y), valid:0)"]]],
    ["pteval_t 0:X0=(, valid:0);", [["0:X0", "(oa:none, valid:0)"]]],
    ["[PTE(x)]=(valid:0)", [["[PTE(x)]", "(oa:PA(x), valid:0)"]]],
    ["pteval_t [PTE(x)]=(oa:PA(y));", [["[PTE(x)]", "(oa:PA(y))"]]],
    [
      "pte_x=(oa:PA(z),af:0,db:0,dbm:1,valid:0,el0:0)",
      [["[PTE(x)]", "(oa:PA(z), af:0, db:0, dbm:1, valid:0, el0:0)"]],
    ],
    ["pte_x=(oa:PA(x), attrs:(Device, nGnRE))", [["[PTE(x)]", "(oa:PA(x), attrs:(Device, nGnRE))"]]],
    ["pte_x=(oa:PA(x), Device-GRE)", [["[PTE(x)]", "(oa:PA(x), attrs:(Device-GRE))"]]],
    ["pte_x=(oa:PA(PTE(y)))", [["[PTE(x)]", "other:descriptor"]]],
    ["0:X1=PA(x)", [["0:X1", "other:other"]]],
    [
      '0:X1=label:"P1:L0"; x=1',
      [
        ["0:X1", 'label:"P1:L0"'],
        ["[x]", "1"],
      ],
    ],
    ["", []],
    [";;", []],
  ])("{ %s }", (init, expected) => {
    expect(initOf(init)).toEqual(expected);
  });
});

describe("programs", () => {
  test("columns, empty cells, labels alone and before an instruction, several at one place", () => {
    const { threads } = testOf({
      code: " P0 | P1 ;\n L0: | ;\n L1: NOP | ISB ;\n | L2: ;\n NOP | L3:L4: DMB SY ;\n END: | ;",
    });
    const told = threads.map(({ number, instructions, labels }) => ({
      number,
      texts: instructions.map(({ text }) => text),
      labels: labels.map(({ name, instruction }) => `${name}@${instruction}`),
    }));
    expect(told).toEqual([
      { number: 0, texts: ["NOP", "NOP"], labels: ["L0@0", "L1@0", "END@2"] },
      { number: 1, texts: ["ISB", "DMB SY"], labels: ["L2@1", "L3@1", "L4@1"] },
    ]);
  });

  test("every instruction has its place", () => {
    const { threads } = testOf({ code: " P0      | P1  ;\n L0: NOP | ISB ;" });
    expect(threads.map(({ instructions }) => instructions[0]!.at)).toEqual([
      { line: 5, column: 6 },
      { line: 5, column: 12 },
    ]);
  });

  test("a fault handler is behind the program, and may branch to its labels", () => {
    const code = " P0 | P1 | P0.F ;\n LDR X0,[X1] | NOP | L: CBZ X0,L ;\n M: NOP | | CBZ X0,M ;\n | | ERET ;";
    const [first, second, ...more] = testOf({ code }).threads;
    expect(more).toEqual([]);
    const kinds = first!.instructions.map(({ kind }) => kind);
    expect(kinds).toEqual(["load", "nop", "end", "branch", "branch", "exception-return", "end"]);
    expect(first!.labels.map(({ name, instruction }) => [name, instruction])).toEqual([
      ["M", 1],
      ["L", 3],
    ]);
    expect([first!.handler, second!.handler]).toEqual([3, null]);
  });
});

test("a test is frozen", () => {
  const parsed = testOf({
    init: "x=1; pte_x=(valid:0)",
    final: "locations [x;] exists (x=1 /\\ ~fault(P0:L0,x))",
  });
  const isFrozen = (value: unknown): boolean =>
    typeof value !== "object" ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isFrozen));
  expect(isFrozen(parsed)).toBe(true);
});

describe("the files of TLBCHECK_LITMUS", () => {
  test.skipIf(publicFolders.length === 0)("parse, and nothing in them is unknown", () => {
    for (const folder of publicFolders) {
      const tests = filesIn(folder).map((name) => readTest(folder, name));
      expect(tests.length, folder).toBeGreaterThan(0);
      const unknown = tests
        .filter((each) => strangeVariant(each) === null)
        .flatMap(({ threads }) =>
          threads.flatMap(({ instructions }) => instructions.filter(({ kind }) => kind === "unknown")),
        );
      expect(unknown, folder).toEqual([]);
    }
  });
});
