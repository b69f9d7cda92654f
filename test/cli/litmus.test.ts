import { describe, expect, test } from "vitest";
import { Workspace } from "./command.ts";

const workspace = new Workspace();

const SB = `AArch64 SB
{ 0:X1=1; 0:X3=x; 0:X4=y; 1:X1=1; 1:X3=y; 1:X4=x; }
 P0          | P1          ;
 STR W1,[X3] | STR W1,[X3] ;
 LDR W2,[X4] | LDR W2,[X4] ;
exists (0:X2=0 /\\ 1:X2=0)
`;
const UNSUPPORTED = "AArch64 U\nMTE=sync\n{}\n P0 ;\n NOP ;\nexists (true)\n";
const TITLES = "name\tno_ets\tets2\tlevel_no_ets\tlevel_ets2\tbbm_flag\tcpus\n";

describe("what is printed", () => {
  test("a test in herd's words", async () => {
    const { status, out, err } = await workspace.run("litmus", workspace.write("sb.litmus", SB));
    expect(err).toBe("");
    expect(out.replace(/^Time SB .*$/m, "Time")).toBe(
      [
        ...["Test SB Allowed", "States 4"],
        ...["0:X2=0; 1:X2=0;", "0:X2=0; 1:X2=1;", "0:X2=1; 1:X2=0;", "0:X2=1; 1:X2=1;"],
        ...["Ok", "Witnesses", "Positive: 1 Negative: 3"],
        ...["Condition exists (0:X2=0 /\\ 1:X2=0)", "Observation SB Sometimes 1 3", "Time", ""],
      ].join("\n"),
    );
    expect(status).toBe(0);
  });

  test("without store buffers, and with the interleavings", async () => {
    const { status, out } = await workspace.run(
      "litmus",
      workspace.write("sb.litmus", SB),
      "--order",
      "sc",
      "--witness",
    );
    expect(out).toContain("Observation SB Never 0 3");
    expect(out).toMatch(/0:X2=1; 1:X2=1;\n\n.*P0.*P1/s);
    expect(status).toBe(0);
  });

  test("JSON", async () => {
    const { out } = await workspace.run("litmus", workspace.write("sb.litmus", SB), "--no-ets2", "--json");
    expect(JSON.parse(out)).toMatchObject({
      status: 0,
      options: { ets2: false, order: "tso", engine: "wasm" },
      tests: [{ name: "SB", file: "sb.litmus", observation: "Sometimes", positive: 1, negative: 3 }],
      summary: null,
      errors: [],
    });
  });
});

describe("a folder beside a table", () => {
  const write = (verdict: string): string[] => {
    workspace.write("folder/deep/sb.litmus", SB);
    workspace.write("folder/u.litmus", UNSUPPORTED);
    const table = workspace.write("v.tsv", `${TITLES}SB\t${verdict}\t${verdict}\ttso\ttso\tno\t2\n`);
    return ["litmus", "folder", "--expect", table];
  };

  test("that agrees", async () => {
    const { status, out } = await workspace.run(...write("Sometimes"));
    expect(out).toContain("agree         SB  Sometimes 1 3\n");
    expect(out).toContain("unsupported   U  unsupported: MTE=sync\n");
    expect(out).toMatch(/^2 tests · with FEAT_ETS2 · tso · /m);
    expect(out).toContain("agree 1 · disagree 0 · stronger than the architecture 0 · unsupported 1\n");
    expect(status).toBe(0);
  });

  test("that disagrees: the test is told in full", async () => {
    const { status, out } = await workspace.run(...write("Never"));
    expect(out).toContain("disagree      SB  Sometimes 1 3  Sometimes, and the table says Never\n");
    expect(out).toContain("Test SB Allowed\n");
    expect(status).toBe(1);
  });

  test("a verdict that needs what is not explored", async () => {
    const { status, out } = await workspace.run(...write("Sometimes"), "--order", "sc");
    expect(out).toContain("stronger      SB  Never 0 3  needs a store buffer, which sc does not have\n");
    expect(status).toBe(0);
  });
});

describe("what is wrong", () => {
  test("a malformed test: the others are judged, and the status tells", async () => {
    workspace.write("mixed/bad.litmus", "AArch64 BAD\n{}\n P0 ;\n DSB XX ;\nexists (true)\n");
    workspace.write("mixed/sb.litmus", SB);
    const { status, out, err } = await workspace.run("litmus", "mixed");
    expect(err).toMatch(/^error TLB501 mixed\/bad\.litmus:4:6: expected one of SY, LD, .*, not "XX"\n$/);
    expect(out).toContain("Observation SB Sometimes 1 3");
    expect(status).toBe(65);
  });

  test.each([
    [["litmus", "gone.litmus"], "error TLB301: there is no file or folder gone.litmus", 65],
    [["litmus", "empty"], "error TLB502: there are no files *.litmus in empty", 65],
    [["litmus", "sb.litmus", "--expect", "gone.tsv"], "error TLB301: there is no file gone.tsv", 65],
    [["litmus", "sb.litmus", "--expect", "bad.tsv"], "error TLB503 bad.tsv:2:1: expected one of Never", 65],
    [["litmus"], "error TLB306: no litmus test is named", 64],
    [["litmus", "sb.litmus", "--order", "arm"], 'error TLB306: there is no order "arm"', 64],
    [["litmus", "sb.litmus", "--ets"], "did you mean --ets2?", 64],
  ])("%j", async (words, message, expected) => {
    workspace.write("sb.litmus", SB);
    workspace.write("empty/readme.txt", "");
    workspace.write("bad.tsv", `${TITLES}A\tNo\tNo\tsc\tsc\tno\t1\n`);
    const { status, out, err } = await workspace.run(...words);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
    expect(out).toBe("");
    expect(status).toBe(expected);
  });

  test("a limit that ends the search", async () => {
    const { status, out } = await workspace.run(
      "litmus",
      workspace.write("sb.litmus", SB),
      "--max-states",
      "3",
    );
    expect(out).toContain("Inconclusive: max-states");
    expect(status).toBe(20);
  });
});
