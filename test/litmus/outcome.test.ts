import { describe, expect, test } from "vitest";
import type { LitmusTest } from "../../src/litmus/ast.ts";
import {
  type FinalState,
  faultOf,
  formatFinal,
  formatState,
  fulfils,
  observedBy,
  valueAt,
  verdictOf,
} from "../../src/litmus/outcome.ts";
import { formatFaultPattern } from "../../src/litmus/mentions.ts";
import { formatPlace, integer, plainDescriptor } from "../../src/litmus/values.ts";
import { testOf } from "./files.ts";

const CODE = " P0 | P1 ;\n L0: LDR X1,[X2] | NOP ;\n | L1: STR X1,[X2] ;";

const asking = (final: string): LitmusTest => testOf({ code: CODE, final });

const state: FinalState = {
  registers: { "0:X1": integer(1), "1:X2": { kind: "address", page: "x", offset: 0 } },
  memory: { "[x]": integer(2), "[PTE(x)]": { ...plainDescriptor("y"), valid: 0 } },
  faults: [faultOf(asking("exists (true)"), 1, 1, "x", "Permission")],
};

describe("conditions", () => {
  test.each([
    ["0:X1=1", true],
    ["0:X1=2", false],
    ["1:X2=x", true],
    ["1:X2=pte_x", false],
    ["x=2", true],
    ["[x]=2", true],
    ["pte_x=(oa:phy_y,valid:0)", true],
    ["[PTE(x)]=(oa:PA(y), valid:0, db:1)", true],
    ["pte_x=(oa:PA(y))", false],
    ["fault(P1:L1,x)", true],
    ["fault(P1,x)", true],
    ["fault(P1:L1)", true],
    ["fault(P1)", true],
    ["fault(P0:L0,x)", false],
    ["fault(P1:L1,y)", false],
    ["fault(P1:L1,x,MMU:Permission)", true],
    ["fault(P1:L1,x,D-MMU:Permission)", true],
    ["fault(P1:L1,x,Permission)", true],
    ["fault(P1:L1,x,MMU:Translation)", false],
    ["~0:X1=2", true],
    ["not (0:X1=2)", true],
    ["not 0:X1=1", false],
    ["0:X1=1 /\\ x=1", false],
    ["0:X1=1 \\/ x=1", true],
    ["0:X1=1 \\/ x=1 /\\ x=3", true],
    ["(0:X1=1 \\/ x=1) /\\ x=3", false],
    ["~(0:X1=1 /\\ x=3)", true],
    ["~0:X1=1 \\/ x=2", true],
    ["true", true],
    ["false", false],
  ])("%s is %s", (condition, expected) => {
    expect(fulfils(asking(`exists (${condition})`).final.condition, state)).toBe(expected);
  });

  test("a place that the state does not tell of is misuse", () => {
    expect(() => valueAt({ kind: "memory", page: "z", offset: 0 }, state)).toThrow("does not tell of [z]");
  });
});

describe("what is observed", () => {
  test("places of the condition and of the list, registers first, each once; faults without their types", () => {
    const asked =
      "locations [y; 1:X2; x; fault(P0:L0,x);] exists (x=2 /\\ 0:X1=1 /\\ ~fault(P1:L1,x,MMU:Permission))";
    const { places, faults } = observedBy(asking(asked));
    expect(places.map(formatPlace)).toEqual(["0:X1", "1:X2", "[x]", "[y]"]);
    expect(faults.map(formatFaultPattern)).toEqual(["fault(P0:L0,x)", "fault(P1:L1,x)"]);
  });

  test("a final state as herd prints it", () => {
    const asked = "locations [x; pte_x;] exists (0:X1=1 /\\ 1:X2=x /\\ ~fault(P1:L1,x) /\\ fault(P0:L0,x))";
    expect(formatState(observedBy(asking(asked)), state)).toBe(
      "0:X1=1; 1:X2=x; [PTE(x)]=(oa:PA(y), valid:0); [x]=2; fault(P1:L1,x,MMU:Permission); ~fault(P0:L0,x);",
    );
  });
});

describe("verdicts", () => {
  const [one, two] = [1, 2].map((value): FinalState => ({
    registers: { "0:X1": integer(value) },
    memory: {},
    faults: [],
  }));
  test.each<[string, FinalState[], object]>([
    ["exists (0:X1=1)", [one!, two!], { positive: 1, negative: 1, observation: "Sometimes", ok: true }],
    ["exists (0:X1=3)", [one!, two!], { positive: 0, negative: 2, observation: "Never", ok: false }],
    ["exists (0:X1=1)", [one!], { positive: 1, negative: 0, observation: "Always", ok: true }],
    ["~exists (0:X1=1)", [one!, two!], { positive: 1, negative: 1, observation: "Sometimes", ok: false }],
    ["~exists (0:X1=3)", [one!], { positive: 0, negative: 1, observation: "Never", ok: true }],
    ["forall (0:X1=1)", [one!, two!], { positive: 1, negative: 1, observation: "Sometimes", ok: false }],
    [
      "forall (0:X1=1 \\/ 0:X1=2)",
      [one!, two!],
      { positive: 2, negative: 0, observation: "Always", ok: true },
    ],
    ["", [one!], { positive: 1, negative: 0, observation: "Always", ok: true }],
  ])("%s", (final, states, expected) => {
    expect(verdictOf(asking(final).final, states)).toEqual(expected);
  });
});

test.each([
  ["exists(x=1)", "exists ([x]=1)"],
  ["~exists (0:x1=1/\\fault(P0:L0,x))", "~exists (0:X1=1 /\\ fault(P0:L0,x))"],
  ["forall pte_x=(oa:phy_y,valid:0)", "forall ([PTE(x)]=(oa:PA(y), valid:0))"],
  ["exists (x=1 /\\ (y=1 \\/ z=1))", "exists ([x]=1 /\\ ([y]=1 \\/ [z]=1))"],
  ["exists x=1 /\\ y=1 \\/ z=1", "exists ([x]=1 /\\ [y]=1 \\/ [z]=1)"],
  ["exists not (x=1 /\\ ~y=1)", "exists (~([x]=1 /\\ ~[y]=1))"],
  ["exists fault(P1,x,D-MMU:AccessFlag)", "exists (fault(P1,x,MMU:AccessFlag))"],
  ["exists true", "exists (true)"],
])("%s is told as %s", (written, told) => {
  expect(formatFinal(asking(written).final)).toBe(told);
});
