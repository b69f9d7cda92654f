/** What is said of a "Never" of a machine that is stronger than Arm. */
import { describe, expect, test } from "vitest";
import { herdReport, judged } from "../../src/litmus/herd-report.ts";
import { parseLitmus } from "../../src/litmus/parse.ts";
import { runLitmus } from "../../src/litmus/run.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";

const ets2 = { ets2: true, witness: false, engine: compiledEngine } as const;

async function report(text: string, order: "sc" | "tso" = "tso"): Promise<string> {
  const parsed = parseLitmus("test.litmus", text);
  return herdReport(judged(parsed, await runLitmus(parsed, { ...ets2, order }))).join("\n");
}

/** Load buffering: Arm allows it, no machine in program order shows it. */
const LB = `AArch64 LB
{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }
 P0          | P1          ;
 MOV W2,#1   | MOV W2,#1   ;
 LDR W0,[X1] | LDR W0,[X1] ;
 STR W2,[X3] | STR W2,[X3] ;
exists (0:X0=1 /\\ 1:X0=1)
`;

/** Store buffering, which store buffers show. */
const SB = `AArch64 SB
{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }
 P0          | P1          ;
 MOV W2,#1   | MOV W2,#1   ;
 STR W2,[X1] | STR W2,[X1] ;
 LDR W0,[X3] | LDR W0,[X3] ;
exists (0:X0=0 /\\ 1:X0=0)
`;

const ONE_LOAD = `AArch64 ONE
{ 0:X1=x; }
 P0          ;
 LDR W0,[X1] ;
exists (0:X0=1)
`;

const FLAGS = `AArch64 FLAGS
TTHM=HA
{ [PTE(x)]=(oa:PA(x), af:0); 0:X1=x; }
 P0          ;
 LDR W0,[X1] ;
exists (0:X0=1)
`;

describe("a report says in what the machine is stronger than Arm", () => {
  test("where loads and stores in program order may hide an outcome", async () => {
    expect(await report(LB)).toContain(
      "Never 0 3\nStronger than Arm: accesses of a CPU are performed in program order",
    );
  });

  test("where stores reach memory at once", async () => {
    expect(await report(SB, "sc")).toContain("Stronger than Arm: stores reach memory at once; accesses");
  });

  test("not of flags that hardware sets: they are set as late as Arm sets them", async () => {
    expect(await report(FLAGS)).not.toContain("Stronger than Arm");
  });

  test("not where the outcome is shown, and not where nothing could be out of order", async () => {
    expect(await report(SB)).toContain("Sometimes");
    expect(await report(SB)).not.toContain("Stronger than Arm");
    expect(await report(ONE_LOAD)).toContain("Never");
    expect(await report(ONE_LOAD)).not.toContain("Stronger than Arm");
  });
});
