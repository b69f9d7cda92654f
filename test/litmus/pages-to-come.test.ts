import { describe, expect, test } from "vitest";
import { analyse } from "../../src/litmus/analysis.ts";
import type { LitmusTest } from "../../src/litmus/ast.ts";
import { pagesToCome } from "../../src/litmus/pages-to-come.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { runLitmus } from "../../src/litmus/run.ts";
import { testOf } from "./files.ts";

/** By instruction of P0, and behind the last: the pages in one word. */
function toCome(test: LitmusTest): string[] {
  const values = analyse(test);
  if (values.kind !== "values") throw new Error(values.reason);
  return pagesToCome(test.threads[0]!, values).map((pages) => [...pages].sort().join(""));
}

const INIT = "0:X1=x; 0:X2=y; 1:X1=x; 1:X4=1;";

/** P0 with these instructions; P1 stores to x, so that both ways of a branch on x are possible. */
function beside(instructions: readonly string[]): LitmusTest {
  const rows = instructions.map((each, i) => ` ${each} | ${i === 0 ? "STR W4,[X1]" : ""} ;`);
  return testOf({ init: INIT, code: [" P0 | P1 ;", ...rows].join("\n") });
}

describe("the pages that a CPU may still access", () => {
  test("are those of the instructions that follow", () => {
    expect(toCome(beside(["LDR W5,[X1]", "LDR W6,[X2]", "NOP"]))).toEqual(["xy", "y", "", ""]);
  });

  test("by either way of a branch", () => {
    const branch = ["LDR W5,[X1]", "CBZ W5,L1", "LDR W6,[X2]", "L1: LDR W7,[X1]"];
    expect(toCome(beside(branch))).toEqual(["xy", "xy", "xy", "x", ""]);
  });

  test("all through a loop", () => {
    const loop = ["L1: LDR W5,[X1]", "LDR W6,[X2]", "CBZ W5,L1", "LDR W7,[X2]"];
    expect(toCome(beside(loop))).toEqual(["xy", "xy", "xy", "y", ""]);
  });

  test("and in a handler, and behind it where it may lead", () => {
    const code = [
      " P0          | P0.F        ;",
      " LDR W5,[X1] | LDR W6,[X2] ;",
      " NOP         | ERET        ;",
    ].join("\n");
    expect(toCome(testOf({ init: INIT, code }))).toEqual(["xy", "", "", "xy", "xy", "", ""]);
  });
});

test("behind the last access to a page it makes no difference what was cached of it", async () => {
  const init = "0:X1=x; 0:X2=y; 1:X3=PTE(x); 1:X4=(oa:PA(z));";
  const code = (last: string) => ` P0          | P1          ;\n LDR W5,[X1] | STR X4,[X3] ;\n${last}`;
  const long = " DSB SY      |             ;\n ISB         |             ;\n DSB SY      |             ;\n";
  const states = async (last: string) => {
    const options = { ets2: false, order: "tso", witness: false, engine: compiledEngine } as const;
    return (await runLitmus(testOf({ init, code: code(last), final: "exists (0:X5=1)" }), options)).states;
  };
  // Three points more, at each of which the store of P1 is to come, on its way, or in memory.
  expect((await states(long + long)) - (await states(long))).toBe(9);
});
