import { describe, expect, test } from "vitest";
import { parseLitmus } from "../../src/litmus/parse.ts";
import { unsupported } from "../../src/litmus/unsupported.ts";
import { program, testOf } from "./files.ts";

const INIT = "x=1; 0:X1=x; 0:X3=PTE(x); 0:X2=(oa:PA(x), valid:0);";

describe("settings", () => {
  test.each([
    ["Variant=vmsa,fatal", null],
    ["Variant=ets2", null],
    ["Variant=vmsa,handled", null],
    ["Variant=precise", null],
    ["Variant=faultToNext", null],
    ["Variant=mixed", null],
    ["Variant=memtag", "unsupported: Variant=memtag: memory tags"],
    ["Variant=ets3", "unsupported: Variant=ets3: FEAT_ETS3"],
    ["Variant=anything", "unsupported: Variant=anything"],
    ["TTHM=P0:HA HD", null],
    ["TTHM=XY", "unsupported: TTHM=XY"],
    ["EL0=P1", null],
    ["Nobody=knows", null],
    ["Cycle=Fre PodWW\nHash=1\nOrig=x", null],
  ])("%s", (head, reason) => {
    expect(unsupported(testOf({ head }))).toBe(reason);
  });
});

describe("instructions", () => {
  test.each([
    ["LDR X0,[X1]", null],
    ["MRS X0,TTBR0_EL1", "the instruction MRS X0,TTBR0_EL1"],
    ["LDR X0,[X1],#8", null],
    ["LDR X0,[SP]", "the instruction LDR X0,[SP]"],
    ["TLBI VMALLE1IS", null],
    ["TLBI VALE1,X9", null],
    ["TLBI VAAE1OS,X9", null],
    ["TLBI ASIDE1IS,X9", "the instruction TLBI ASIDE1IS,X9"],
    ["TLBI IPAS2E1IS,X9", "the instruction TLBI IPAS2E1IS,X9"],
    ["TLBI VAAE1ISNXS,X9", "the instruction TLBI VAAE1ISNXS,X9"],
    ["TLBI VAAE1IS", "the instruction TLBI VAAE1IS"],
    ["LDR X0,[X5]", "an access to the address 0 (P0: LDR X0,[X5])"],
    ["LDR W0,[X3]", "half of a descriptor (P0: LDR W0,[X3])"],
    ["AND X0,X2,#1", null],
    ["AND X0,X2,#2", "AND on the bits of an address or a descriptor (P0: AND X0,X2,#2)"],
    ["LDRB W0,[X3]", "a load of 1 bytes where there is descriptor (P0: LDRB W0,[X3])"],
    ["STR X5,[X3]", "0 as the descriptor of x"],
    ["LDR W0,[X1,#2]", "an access to x+2 that is not aligned"],
  ])("%s", (text, reason) => {
    expect(unsupported(program([text], INIT))).toBe(reason === null ? null : `unsupported: ${reason}`);
  });

  test.each([
    ["", "ERET", null],
    ["Variant=fatal", "ERET", null],
    ["", "STR X0,[X3]", null],
    ["", "LDR X0,[X1]", null],
    ["", "MRS X0,ELR_EL1", null],
    ["", "MRS X0,ESR_EL1", "the instruction MRS X0,ESR_EL1"],
  ])("a fault handler, %s %s", (head, instruction, reason) => {
    const code = ` P0          | P0.F ;\n LDR X0,[X1] | ${instruction} ;`;
    const test = testOf({ head, init: "0:X1=x; 0:X3=PTE(x); 0:X0=(oa:PA(x));", code });
    expect(unsupported(test)).toBe(reason === null ? null : `unsupported: ${reason}`);
  });

  test("ERET outside of a fault handler", () => {
    expect(unsupported(program(["ERET"]))).toBe("unsupported: the instruction ERET");
  });
});

describe("values", () => {
  test.each([
    ["pte_x=(oa:PA(x), attrs:(Device-GRE))", null],
    ["pte_x=(oa:PA(x), nonsense:3)", "the attribute nonsense:3 of a descriptor"],
    ["0:SP=x", "the register SP"],
    ["x:red=1", "the tag or capability x:red"],
    ["PTE(PTE(x))=(valid:0)", "the descriptor PTE(PTE(x)) of a page of descriptors"],
    ["pte_x=(oa:PA(x), dbm:1, el0:0)", null],
    ["pte_x=(oa:PA(PTE(y)))", "the attribute oa:PA(PTE(y)) of a descriptor"],
    ["x=-1", "the integer -1"],
    ["0:X1=x; 0:W1=y", "two initial values of 0:X1"],
    ["x=1; [x]=2", "two initial values of [x]"],
    ["x=0xffffffff", "the integer 4294967295"],
    ['0:X9=label:"P0:L0"', null],
    ['0:X9=instr:"NOP"', 'the value instr:"NOP"'],
    ["3:X1=x", "P3, which the test does not have"],
    ["x=1; int y[2]={0,0}; 0:X8=y", null],
  ])("%s", (init, reason) => {
    expect(unsupported(program(["NOP"], init))).toBe(reason === null ? null : `unsupported: ${reason}`);
  });

  test("a valid descriptor that leads nowhere, once it is where a walk can read it", () => {
    const init = "0:X2=(valid:1); 0:X3=PTE(x);";
    expect(unsupported(program(["NOP"], init))).toBeNull();
    expect(unsupported(program(["STR X2,[X3]"], init))).toBe(
      "unsupported: a valid descriptor of x without an output address",
    );
  });

  test("accesses of mixed sizes", () => {
    const init = "int x[2]={0,0}; 0:X1=x;";
    expect(unsupported(program(["LDR W0,[X1]"], init))).toBeNull();
    expect(unsupported(program(["LDR X0,[X1]"], init))).toBe(
      "unsupported: accesses of mixed sizes: 64 bits at [x] and [x+4]",
    );
  });

  test("more values than can be told apart", () => {
    const loop = ["L: LDR W0,[X1]", "ADD W0,W0,#1", "STR W0,[X1]", "B L"];
    expect(unsupported(program(loop, "0:X1=x;"))).toMatch(/^unsupported: more than 64 values/);
  });
});

test("what EL0 may not access, where a CPU runs there", () => {
  const init = "0:X1=x; pte_x=(el0:0);";
  expect(unsupported(testOf({ init }))).toBeNull();
  expect(unsupported(testOf({ head: "EL0=P0", init }))).toBeNull();
  expect(unsupported(testOf({ head: "EL0=P0", init: "0:X1=PTE(x);" }))).toBe(
    "unsupported: EL0=P0 with the address of a descriptor, which EL0 may not access",
  );
});

describe("conditions", () => {
  test.each([
    ["exists (fault(P0,x))", null],
    ["exists (fault(P0:L9,x))", "fault(P0:L9,x), a label that is not there"],
    ["exists (fault(P2,x))", "P2, which the test does not have"],
    ["exists (fault(P2:L0,x))", "P2, which the test does not have"],
    ["exists (fault(P0,x,TagCheck))", "a fault of the type TagCheck"],
    ["exists (fault(P0,pte_x))", null],
    ["exists (0:X1=(valid:0))", null],
    ["exists (P0:X1=0 => x!=1);", null],
    ["exists (0:X1=[x] /\\ 0:X1<>0:X2)", null],
    ["observed x=1; and x=2;", "a list of observed states in place of a condition"],
    ["filter (x=1) exists (x=1)", "a filter on executions"],
  ])("%s", (final, reason) => {
    expect(unsupported(program(["NOP"], "", final))).toBe(reason === null ? null : `unsupported: ${reason}`);
  });
});

describe("other formats", () => {
  test.each([
    ["X86_64 MP\n{ x=0; }\n P0 ;\n MOV $1,(x) ;\n", "MP", "a test in x86-64 assembly"],
    ["RISCV SB+fences\n{ }\n", "SB+fences", "a test in RISC-V assembly"],
    [
      "C MP+polocks\n{}\nP0(int *x)\n{ f(*x); (*y); }\n",
      "MP+polocks",
      "a test in C, as of the kernel's memory model",
    ],
    ['arch = "AArch64"\nname = "a test"\n', "a test", "a test in the TOML format of isla-axiomatic"],
  ])("%j", (text, name, reason) => {
    const test = parseLitmus("file.litmus", text);
    expect([test.name, unsupported(test)]).toEqual([name, `unsupported: ${reason}`]);
  });
});
