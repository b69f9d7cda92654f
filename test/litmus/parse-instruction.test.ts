import { describe, expect, test } from "vitest";
import type { Instruction } from "../../src/litmus/instruction.ts";
import { program } from "./files.ts";

/** What an instruction was read as, without place and text. */
function parts(text: string): Record<string, unknown>[] {
  return program(["L1:", text]).threads[0]!.instructions.map((each: Instruction) => {
    const { at: _at, text: _text, ...form } = each;
    return form;
  });
}

function parsed(text: string): Record<string, unknown> {
  return parts(text)[0]!;
}

const x = (number: number): object => ({ number, width: 64 });
const w = (number: number): object => ({ number, width: 32 });
const imm = (value: number): object => ({ kind: "immediate", value });
const reg = (register: object): object => ({ kind: "register", register });
const at = (base: object, offset: object = imm(0)): object => ({ base, offset });

describe("memory", () => {
  test.each<[string, object]>([
    ["LDR X0,[X1]", { kind: "load", order: "plain", target: x(0), address: at(x(1)) }],
    ["ldr w0, [x1, #8]", { kind: "load", order: "plain", target: w(0), address: at(x(1), imm(8)) }],
    ["LDR W0,[X1,X2]", { kind: "load", order: "plain", target: w(0), address: at(x(1), reg(x(2))) }],
    ["LDR W0,[X1,W2,SXTW]", { kind: "load", order: "plain", target: w(0), address: at(x(1), reg(w(2))) }],
    ["LDAR W0,[X1]", { kind: "load", order: "acquire", target: w(0), address: at(x(1)) }],
    ["LDAPR X0,[X1]", { kind: "load", order: "acquire-pc", target: x(0), address: at(x(1)) }],
    ["STR XZR,[X30]", { kind: "store", order: "plain", source: x(31), address: at(x(30)) }],
    ["STLR W0,[X1]", { kind: "store", order: "release", source: w(0), address: at(x(1)) }],
    ["LDXR W0,[X1]", { kind: "load-exclusive", order: "plain", target: w(0), address: at(x(1)) }],
    ["LDAXR W0,[X1]", { kind: "load-exclusive", order: "acquire", target: w(0), address: at(x(1)) }],
    [
      "STXR W5,X0,[X1]",
      { kind: "store-exclusive", order: "plain", status: w(5), source: x(0), address: at(x(1)) },
    ],
    [
      "STLXR W5,W0,[X1]",
      { kind: "store-exclusive", order: "release", status: w(5), source: w(0), address: at(x(1)) },
    ],
  ])("%s", (text, expected) => {
    expect(parsed(text)).toMatchObject(expected);
  });

  test.each([
    ["LDR X0,[X1]", 8],
    ["LDR W0,[X1]", 4],
    ["LDRH W0,[X1]", 2],
    ["STLRB W0,[X1]", 1],
    ["LDRSW X0,[X1]", 4],
    ["SWPALH W0,W2,[X1]", 2],
    ["STXRB W5,W0,[X1]", 1],
  ])("%s: so many bytes", (text, bytes) => {
    expect(parsed(text)).toMatchObject({ bytes });
  });

  test.each<[string, object[]]>([
    [
      "LDR X0,[X1],#8",
      [
        { kind: "load", address: at(x(1)) },
        { operation: "ADD", target: x(1), right: imm(8) },
      ],
    ],
    [
      "STR W0,[X1,#-4]!",
      [
        { kind: "store", address: at(x(1), imm(-4)) },
        { operation: "ADD", target: x(1), right: imm(-4) },
      ],
    ],
    [
      "LDP X0,X3,[X2,#16]",
      [
        { kind: "load", target: x(0), address: at(x(2), imm(16)) },
        { kind: "load", target: x(3), address: at(x(2), imm(24)) },
      ],
    ],
    [
      "STP W0,W3,[X2]",
      [
        { kind: "store", source: w(0) },
        { kind: "store", source: w(3), address: at(x(2), imm(4)) },
      ],
    ],
  ])("%s is two parts", (text, expected) => {
    expect(parts(text)).toMatchObject(expected);
  });

  test("a fault of any part is at the label", () => {
    const [thread] = program(["L1: LDP X0,X3,[X2]", "NOP"]).threads;
    expect(thread!.labels.map(({ name, instruction }) => [name, instruction])).toEqual([
      ["L1", 0],
      ["L1", 1],
    ]);
  });

  test.each([
    ["STADD W1,[X3]", "add", false],
    ["STSETL X1,[X3]", "set", true],
    ["STCLR X1,[X3]", "clear", false],
  ])("%s gives the old value to nobody", (text, operation, release) => {
    expect(parsed(text)).toMatchObject({ kind: "atomic", operation, release, target: { number: 31 } });
  });

  test.each([
    ["SWP", "swap", false, false],
    ["SWPA", "swap", true, false],
    ["SWPAL", "swap", true, true],
    ["LDADDL", "add", false, true],
    ["LDSET", "set", false, false],
    ["LDCLRA", "clear", true, false],
  ])("%s names what is stored first", (mnemonic, operation, acquire, release) => {
    const expected = {
      kind: "atomic",
      operation,
      acquire,
      release,
      source: w(1),
      target: w(2),
      bytes: 4,
      address: at(x(3)),
    };
    expect(parsed(`${mnemonic} W1,W2,[X3]`)).toEqual(expected);
  });

  test("CAS names what is compared first", () => {
    expect(parsed("CASAL X1,X2,[X3]")).toMatchObject({
      operation: "compare-and-swap",
      acquire: true,
      release: true,
      source: x(2),
      target: x(1),
    });
  });
});

describe("registers and branches", () => {
  test.each<[string, object]>([
    ["MOV W0,#1", { kind: "move", target: w(0), source: imm(1) }],
    ["MOV X0,X1", { kind: "move", target: x(0), source: reg(x(1)) }],
    ["LSR X9,X1,#12", { kind: "arithmetic", operation: "LSR", target: x(9), left: x(1), right: imm(12) }],
    ["ADD X0,X1,X2", { kind: "arithmetic", operation: "ADD", target: x(0), left: x(1), right: reg(x(2)) }],
    ["SUB W0,W1,#0x10", { kind: "arithmetic", operation: "SUB", target: w(0), left: w(1), right: imm(16) }],
    ["EOR W0,W1,W1", { kind: "arithmetic", operation: "EOR", target: w(0), left: w(1), right: reg(w(1)) }],
    ["AND W0,W1,#1", { kind: "arithmetic", operation: "AND", target: w(0), left: w(1), right: imm(1) }],
    ["ORR W0,W1,WZR", { kind: "arithmetic", operation: "ORR", target: w(0), left: w(1), right: reg(w(31)) }],
    ["CMP W0,#1", { kind: "compare", by: "SUB", left: w(0), right: imm(1) }],
    ["CSEL X0,X1,X2,EQ", { kind: "select", target: x(0), then: x(1), otherwise: x(2), plus: 0, code: "EQ" }],
    ["CSINC W0,W1,W2,NE", { kind: "select", target: w(0), then: w(1), otherwise: w(2), plus: 1, code: "NE" }],
    ["CSET W0,EQ", { kind: "select", target: w(0), then: w(31), otherwise: w(31), plus: 1, code: "NE" }],
    ["CINC X0,X1,LT", { kind: "select", target: x(0), then: x(1), otherwise: x(1), plus: 1, code: "GE" }],
    ["SXTW X0,W1", { kind: "move", target: x(0), source: reg(w(1)) }],
    ["MOV X0,#1,LSL #16", { kind: "move", target: x(0), source: imm(65536) }],
    ["MRS X0,ELR_EL1", { kind: "move", target: x(0), source: reg(x(33)) }],
    ["MSR ELR_EL1,X0", { kind: "move", target: x(33), source: reg(x(0)) }],
    ["TST X0,#2", { kind: "compare", by: "AND", left: x(0), right: imm(2) }],
    [
      "TBNZ X0,#3,L1",
      { kind: "branch", test: { kind: "bit", register: x(0), bit: 3, set: true }, label: "L1" },
    ],
    [
      "ADR X0,L1",
      {
        kind: "address-of-code",
        target: x(0),
        code: { kind: "code", thread: 0, label: "L1", instruction: 0 },
      },
    ],
    [
      "ADD X0,X1,W2,SXTW #3",
      {
        kind: "arithmetic",
        operation: "ADD",
        target: x(0),
        left: x(1),
        right: { kind: "register", register: w(2), shift: { right: false, by: 3 } },
      },
    ],
    ["B L1", { kind: "branch", test: { kind: "always" }, label: "L1" }],
    ["B.NE L1", { kind: "branch", test: { kind: "flags", code: "NE" }, label: "L1" }],
    ["CBZ W0,L1", { kind: "branch", test: { kind: "zero", register: w(0) }, label: "L1" }],
    ["CBNZ X0,L1", { kind: "branch", test: { kind: "nonzero", register: x(0) }, label: "L1" }],
    ["NOP", { kind: "nop" }],
  ])("%s", (text, expected) => {
    expect(parsed(text)).toEqual(expected);
  });
});

describe("barriers and invalidation", () => {
  const options = [
    "SY",
    "LD",
    "ST",
    "ISH",
    "ISHLD",
    "ISHST",
    "OSH",
    "OSHLD",
    "OSHST",
    "NSH",
    "NSHLD",
    "NSHST",
  ];
  test.each(options)("DSB and DMB %s", (option) => {
    expect(parsed(`DSB ${option}`)).toEqual({ kind: "dsb", option: option.toLowerCase() });
    expect(parsed(`dmb ${option.toLowerCase()}`)).toEqual({ kind: "dmb", option: option.toLowerCase() });
  });

  test("ISB", () => {
    expect(parsed("ISB")).toEqual({ kind: "isb" });
    expect(parsed("ISB SY")).toEqual({ kind: "isb" });
  });

  test.each(["VAAE1IS", "VAAE1", "VAE1IS", "VALE1IS", "VAALE1IS", "ASIDE1IS"])("TLBI %s", (operation) => {
    expect(parsed(`TLBI ${operation},X9`)).toEqual({ kind: "tlbi", operation, operand: x(9) });
  });

  test.each(["VMALLE1IS", "vmalle1"])("TLBI %s", (operation) => {
    expect(parsed(`TLBI ${operation}`)).toEqual({
      kind: "tlbi",
      operation: operation.toUpperCase(),
      operand: null,
    });
  });
});

describe("what is not known is kept as it is written", () => {
  test.each([
    "MRS X0,TTBR0_EL1",
    "LDR X0,=x",
    "LDR S0,[X1]",
    "STR X0,[SP]",
    "DSB #11",
    "SVC #0",
    "LDP X2,X1,[X2]",
    "LDP X0,X1,[X2,X3]",
    "CASP X0,X1,X2,X3,[X4]",
    "ADR X0,elsewhere",
    "CSEL X0,X1,X2,VS",
    "DSB ISHNXS",
    "MOV X0,`y`",
    "LDR X%a,[X%b]",
    "ADDVL X0,X1,#1",
  ])("%s", (text) => {
    const [instruction] = program([text]).threads[0]!.instructions;
    expect([instruction!.kind, instruction!.text]).toEqual(["unknown", text]);
  });
});
