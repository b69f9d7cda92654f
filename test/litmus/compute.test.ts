import { describe, expect, test } from "vitest";
import { addressOf, isTaken, loadedBy, type Result, resultOf, storedBy } from "../../src/litmus/compute.ts";
import type { Instruction } from "../../src/litmus/instruction.ts";
import {
  FLAGS,
  isComputation,
  isMemoryInstruction,
  registersRead,
  registerWritten,
} from "../../src/litmus/registers.ts";
import { formatValue, integer, plainDescriptor, type Value, ZERO } from "../../src/litmus/values.ts";
import { program } from "./files.ts";

const page: Value = { kind: "address", page: "x", offset: 0 };
const pte: Value = { kind: "descriptor-address", page: "x" };
const pageNumber: Value = { kind: "page-number", of: "page", page: "x" };
const descriptor = plainDescriptor("x");
const flags = (result: "less" | "equal" | "greater" | "different"): Value => ({ kind: "flags", result });

function instruction(text: string): Instruction {
  return program(["L1:", text]).threads[0]!.instructions[0]!;
}

/** What X1, X2, X3 … hold, in this order; the flags are the last where there are more than three. */
const holding =
  (values: readonly Value[]) =>
  (register: number): Value =>
    (register === FLAGS ? values.at(-1) : values[register - 1])!;

function told(result: Result | null): string | null {
  if (result === null) return null;
  return result.kind === "inexpressible" ? `? ${result.reason}` : formatValue(result);
}

describe("computations", () => {
  const int = (n: number): Value => integer(n);
  test.each<[string, Value[], string]>([
    ["MOV W0,#5", [], "5"],
    ["MOV X0,X1", [page], "x"],
    ["MOV X0,XZR", [], "0"],
    ["MOV W0,W1", [page], "? half of an address"],
    ["MOV X0,#-1", [], "? the integer -1, which is not in 0..2147483647"],
    ["ADD W0,W1,W2", [int(2), int(3)], "5"],
    ["ADD X0,X1,#1", [int(2 ** 31 - 1)], "? the integer 2147483648, which is not in 0..2147483647"],
    ["SUB X0,X1,X2", [int(3), int(2)], "1"],
    ["SUB X0,X1,#1", [int(0)], "? the integer -1, which is not in 0..2147483647"],
    ["EOR W0,W1,W2", [int(6), int(3)], "5"],
    ["AND W0,W1,#2", [int(6)], "2"],
    ["ORR W0,W1,#1", [int(6)], "7"],
    ["LSR W0,W1,#1", [int(6)], "3"],
    ["LSR X0,X1,#40", [int(6)], "0"],
    ["ADD X0,X1,#8", [page], "x+8"],
    ["ADD X0,X1,X2", [int(8), page], "x+8"],
    ["SUB X0,X1,#8", [{ ...page, offset: 24 }], "x+16"],
    ["ADD X0,X1,#4096", [page], "? an address outside of the page x"],
    ["ADD W0,W1,#8", [page], "? half of address"],
    ["ADD X0,X1,#0", [descriptor], "(oa:PA(x))"],
    ["ADD X0,X1,#1", [descriptor], "? ADD on the bits of an address or a descriptor"],
    ["EOR W0,W1,W1", [descriptor], "0"],
    ["EOR X0,X1,X2", [page, descriptor], "? EOR on the bits of an address or a descriptor"],
    ["AND X0,X1,XZR", [page], "0"],
    ["AND X0,X1,#1", [descriptor], "1"],
    ["AND X0,X1,#1024", [descriptor], "1024"],
    ["AND X0,X1,#128", [descriptor], "0"],
    ["AND X0,X1,#2", [descriptor], "? AND on the bits of an address or a descriptor"],
    ["ORR X0,X1,#128", [descriptor], "(oa:PA(x), db:0)"],
    ["BIC X0,X1,#1024", [descriptor], "(oa:PA(x), af:0)"],
    ["EOR X0,X1,#65", [descriptor], "(oa:PA(x), valid:0, el0:0)"],
    ["LSL W0,W1,#3", [int(5)], "40"],
    ["ADD X0,X1,X2,LSL #3", [page, int(2)], "x+16"],
    ["ORR X0,XZR,X1", [page], "x"],
    ["LSR X0,X1,#12", [page], "x>>12"],
    ["LSR X0,X1,#12", [{ ...page, offset: 8 }], "x>>12"],
    ["LSR X0,X1,#12", [pte], "PTE(x)>>12"],
    ["LSR X0,X1,#3", [page], "? LSR on the bits of an address or a descriptor"],
    ["LSR X0,X1,#12", [pageNumber], "? LSR on the bits of an address or a descriptor"],
    ["CMP W1,#1", [int(0)], "flags:less"],
    ["CMP W1,#1", [int(1)], "flags:equal"],
    ["CMP W1,W2", [int(2), int(1)], "flags:greater"],
    ["CMP X1,X2", [page, pte], "flags:different"],
    ["CMP X1,X2", [page, page], "flags:equal"],
    ["CMP W1,W2", [page, pte], "? CMP on the bits of an address or a descriptor"],
    ["CSEL X0,X1,X2,EQ", [page, pte, flags("equal")], "x"],
    ["CSEL X0,X1,X2,EQ", [page, pte, flags("different")], "PTE(x)"],
    ["CSEL X0,X1,X2,LT", [page, pte, flags("less")], "x"],
    ["CSEL X0,X1,X2,HI", [page, pte, flags("equal")], "PTE(x)"],
    [
      "CSEL X0,X1,X2,GE",
      [page, pte, flags("different")],
      "? the condition GE without an order of what was compared",
    ],
  ])("%s of %j", (text, values, expected) => {
    const parsed = instruction(text);
    if (!isComputation(parsed)) throw new Error(`${text} is no computation`);
    expect(told(resultOf(parsed, holding(values)))).toBe(expected);
  });
});

describe("addresses", () => {
  test.each<[string, Value[], string]>([
    ["LDR X0,[X1]", [page], "x"],
    ["LDR X0,[X1]", [pte], "PTE(x)"],
    ["LDR X0,[X1,#8]", [page], "x+8"],
    ["LDR X0,[X1,#-8]", [{ ...page, offset: 8 }], "x"],
    ["LDR X0,[X1,X2]", [page, integer(16)], "x+16"],
    ["LDR X0,[X1,W2,SXTW]", [page, ZERO], "x"],
    ["LDR X0,[X1]", [ZERO], "? an access to the address 0"],
    ["LDR X0,[X1]", [descriptor], "? an access to the address descriptor"],
    ["LDR X0,[X1,#8]", [pte], "? ADD on the bits of an address or a descriptor"],
    ["LDR X0,[W1]", [page], "? half a register as an address"],
  ])("%s of %j", (text, values, expected) => {
    const parsed = instruction(text);
    if (!isMemoryInstruction(parsed)) throw new Error(`${text} accesses no memory`);
    expect(told(addressOf(parsed.address, holding(values)))).toBe(expected);
  });
});

describe("memory", () => {
  test.each<[string, Value[], Value, string | null, string]>([
    ["LDR X0,[X3]", [], descriptor, null, "(oa:PA(x))"],
    ["LDR W0,[X3]", [], descriptor, null, "? half of a descriptor"],
    ["STR X1,[X3]", [descriptor], ZERO, "(oa:PA(x))", "0"],
    ["STR W1,[X3]", [descriptor], ZERO, "? half of a descriptor", "0"],
    ["STR WZR,[X3]", [], integer(1), "0", "1"],
    ["SWP X1,X0,[X3]", [descriptor], ZERO, "(oa:PA(x))", "0"],
    ["CAS W1,W2,[X3]", [ZERO, integer(7)], ZERO, "7", "0"],
    ["CAS W1,W2,[X3]", [ZERO, integer(7)], integer(1), "1", "1"],
    ["LDADD W1,W0,[X3]", [integer(2)], integer(1), "3", "1"],
    ["LDSET W1,W0,[X3]", [integer(2)], integer(1), "3", "1"],
    ["LDCLR W1,W0,[X3]", [integer(2)], integer(3), "1", "3"],
    ["LDCLR X1,X0,[X3]", [integer(1)], descriptor, "(oa:PA(x), valid:0)", "(oa:PA(x))"],
    ["LDEOR W1,W0,[X3]", [integer(2)], integer(3), "1", "3"],
    ["LDUMAX W1,W0,[X3]", [integer(2)], integer(3), "3", "3"],
    ["LDSMIN W1,W0,[X3]", [integer(2)], integer(3), "2", "3"],
    ["STRB W1,[X3]", [integer(258)], integer(3), "2", "3"],
    ["STRB W1,[X3]", [integer(2)], integer(300), "? a store of 1 bytes where there is 300", "300"],
    [
      "LDCLR X1,X0,[X3]",
      [integer(2)],
      descriptor,
      "? BIC on the bits of an address or a descriptor",
      "(oa:PA(x))",
    ],
    ["STXR W0,W1,[X3]", [integer(2)], ZERO, "2", "0"],
  ])("%s with %j where %j was", (text, values, old, stored, loaded) => {
    const parsed = instruction(text);
    if (!isMemoryInstruction(parsed)) throw new Error(`${text} accesses no memory`);
    expect(told(storedBy(parsed, holding(values), old))).toBe(stored);
    expect(told(loadedBy(parsed, old))).toBe(loaded);
  });
});

describe("branches", () => {
  test.each<[string, Value, boolean]>([
    ["B L1", ZERO, true],
    ["CBZ W1,L1", ZERO, true],
    ["CBZ X1,L1", page, false],
    ["CBNZ X1,L1", descriptor, true],
    ["CBNZ XZR,L1", page, false],
    ["B.EQ L1", flags("equal"), true],
    ["B.NE L1", flags("different"), true],
    ["B.LS L1", flags("greater"), false],
  ])("%s of %j", (text, value, expected) => {
    const parsed = instruction(text);
    if (parsed.kind !== "branch") throw new Error(`${text} is no branch`);
    expect(isTaken(parsed.test, () => value)).toBe(expected);
  });
});

describe("registers", () => {
  test.each<[string, number[], number | null]>([
    ["LDR X0,[X2,X1]", [1, 2], 0],
    ["STR X0,[X1]", [0, 1], null],
    ["STR XZR,[X1]", [1], null],
    ["LDR XZR,[X1]", [1], null],
    ["STXR W5,W0,[X1]", [0, 1], 5],
    ["CAS W1,W2,[X3]", [1, 2, 3], 1],
    ["LDADD W1,W2,[X3]", [1, 3], 2],
    ["EOR X0,X1,X1", [1], 0],
    ["CMP X1,X0", [0, 1], FLAGS],
    ["CSEL X0,X1,XZR,EQ", [1, FLAGS], 0],
    ["B.EQ L1", [FLAGS], null],
    ["CBZ X7,L1", [7], null],
    ["TLBI VAAE1IS,X9", [9], null],
    ["TLBI VMALLE1IS", [], null],
    ["DSB ISH", [], null],
    ["ISB", [], null],
  ])("%s reads %j and writes %j", (text, read, written) => {
    const parsed = instruction(text);
    expect([registersRead(parsed), registerWritten(parsed)]).toEqual([read, written]);
  });
});
