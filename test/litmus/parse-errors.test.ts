import { expect, test } from "vitest";
import { formatDiagnostic, TlbcheckError } from "../../src/model/diagnostic.ts";
import { parseLitmus } from "../../src/litmus/parse.ts";

function errorOf(text: string): string {
  try {
    parseLitmus("t.litmus", text);
  } catch (error) {
    if (error instanceof TlbcheckError) return formatDiagnostic(error.diagnostic);
    throw error;
  }
  return "no error";
}

const HEAD = "AArch64 T\n{ 0:X1=x; }\n";

test.each<[string, string, string]>([
  ["no test at all", "", '1:1: expected the first line "AArch64 NAME"'],
  [
    "no initial state",
    "AArch64 T\nP0 ;\n",
    '1:1: expected a test with an initial state in "{" and "}" after its first lines',
  ],
  [
    "nothing after the name",
    "AArch64 T",
    '1:1: expected a test with an initial state in "{" and "}" after its first lines',
  ],
  ["a comment without end", "AArch64 T\n(* x", '2:1: expected "*)", the end of the comment that begins here'],
  ["an item without a value", "AArch64 T\n{ x=; }", "2:5: expected a value"],
  ["an item without a sign", "AArch64 T\n{ 0:X1 x; }", '2:8: expected "=" and a value, not "x"'],
  ["no semicolon", "AArch64 T\n{ x=1 y=2 }", '2:7: expected ";" after an item of the initial state, not "y"'],
  [
    "no value",
    "AArch64 T\n{ x=; }",
    '2:5: expected a value: a number, a page, PTE(page) or a descriptor (oa:PA(page), valid:0, …), not ";"',
  ],
  [
    "a register that is none",
    "AArch64 T\n{ 0:X31=1; }",
    '2:5: expected a register, X0 to X30 or W0 to W30, not "X31"',
  ],
  ["a field's value", "AArch64 T\n{ pte_x=(valid:2); }", '2:16: expected 0 or 1 for valid, not "2"'],
  [
    "a descriptor without end",
    "AArch64 T\n{ pte_x=(valid:0; }",
    '2:17: expected ")" or another field of the descriptor, not ";"',
  ],
  [
    "an output address",
    "AArch64 T\n{ pte_x=(oa:x); }",
    '2:13: expected the memory of a page, PA(x) or phy_x, not "x"',
  ],
  [
    "a condition nested too deep",
    `${HEAD} P0 ;\n NOP ;\nexists ${"(".repeat(300)}x=1`,
    "5:209: expected a condition nested no deeper than 200",
  ],
  [
    "a file that is no litmus test",
    `AArch64 T\n{ }\n P0 ;\n${" NOP ;\n".repeat(20_000)}`,
    "1:1: expected a litmus test of 65536 characters at most, not 140020",
  ],
  [
    "no program",
    "AArch64 T\n{}\n",
    "3:1: expected the head of a column, such as P0, not the end of the file",
  ],
  ["columns out of order", "AArch64 T\n{}\n P1 ;\n", '3:2: expected the columns in order, P0, not "P1"'],
  ["a handler of no CPU", "AArch64 T\n{}\n P0 | P1.F ;\n", "3:7: expected a column P1 of that CPU as well"],
  [
    "two handlers",
    "AArch64 T\n{}\n P0 | P0.F | P0.F ;\n",
    '3:14: expected one fault handler of P0, not "P0.F"',
  ],
  ["a cell too many", `${HEAD} P0 ;\n NOP | NOP ;\n`, '4:6: expected ";", not "|"'],
  ["a cell too few", `${HEAD} P0 | P1 ;\n NOP ;\n`, '4:6: expected "|": a row has 2 cells, not ";"'],
  ["an operand", `${HEAD} P0 ;\n LDR X0 [X1] ;\n`, '4:9: expected ",", not "["'],
  ["a bracket", `${HEAD} P0 ;\n LDR X0,[X1 ;\n`, '4:13: expected "]", not ";"'],
  ["a register", `${HEAD} P0 ;\n MOV ,#1 ;\n`, '4:6: expected a register, X0 to X30 or W0 to W30, not ","'],
  [
    "a barrier's option",
    `${HEAD} P0 ;\n DSB XYZ ;\n`,
    '4:6: expected one of SY, LD, ST, ISH, ISHLD, ISHST, OSH, OSHLD, OSHST, NSH, NSHLD, NSHST, not "XYZ"',
  ],
  [
    "a label twice",
    `${HEAD} P0 ;\n L0: NOP ;\n L0: NOP ;\n`,
    '5:2: expected a label that the column does not have yet, not "L0"',
  ],
  [
    "a label that is not there",
    `${HEAD} P0 ;\n CBZ X0,L0 ;\nexists (true)`,
    '4:2: expected a label of P0 to go to, not "L0"',
  ],
  [
    "no condition after exists",
    `${HEAD} P0 ;\n NOP ;\nexists`,
    "5:7: expected a condition such as 1:X2=0, [x]=2, fault(P1:L0,x), ~ or (, not the end of the file",
  ],
  [
    "a condition without end",
    `${HEAD} P0 ;\n NOP ;\nexists (x=1`,
    '5:12: expected ")", /\\ or \\/, not the end of the file',
  ],
  ["an equation", `${HEAD} P0 ;\n NOP ;\nexists (x)`, '5:10: expected "=" and a value, not ")"'],
  [
    "a fault's CPU",
    `${HEAD} P0 ;\n NOP ;\nexists (fault(L0,x))`,
    '5:15: expected a CPU such as P0, not "L0"',
  ],
  [
    "something after the condition",
    `${HEAD} P0 ;\n NOP ;\nexists (x=1) y`,
    '5:14: expected /\\, \\/ or the end of the file, not "y"',
  ],
  ["locations", `${HEAD} P0 ;\n NOP ;\nlocations [x (y)]\n`, '5:14: expected ";" or "]", not "("'],
])("%s", (_, text, expected) => {
  expect(errorOf(text)).toContain(`error TLB501 t.litmus:${expected}`);
});
