/**
 * ARM-2 and ARM-17 by litmus tests of a few instructions: what orders a walk, or a fault, behind accesses before it.
 * What the architecture allows follows from Arm's model, aarch64hwreqs.cat; each rule is weakened once.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { type Architecture, rule, withRules } from "../../src/arch/architecture.ts";
import { arm64 } from "../../src/arch/rules/arm64.ts";
import type { Engine } from "../../src/explorer/engine.ts";
import { judged } from "../../src/litmus/herd-report.ts";
import { runLitmus } from "../../src/litmus/run.ts";
import { TRUE } from "../../src/model/term.ts";
import { testOf } from "../litmus/files.ts";

let engine: Engine;
beforeAll(async () => {
  engine = (await import("../../src/explorer/wasm-engine.ts")).compiledEngine;
});

const INIT = `x=0; pte_x=(oa:PA(x), valid:0);
  0:X1=(oa:PA(x)); 0:X2=PTE(x); 0:X3=x; 0:X7=1; 0:X8=f;
  1:X2=PTE(x); 1:X3=x; 1:X7=1; 1:X8=f; 1:X10=y; 1:X12=PTE(y)`;

/** Two columns of instructions, side by side. */
function columns(left: readonly string[], right: readonly string[]): string {
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, i) => i);
  return [" P0 | P1 ;", ...rows.map((i) => ` ${left[i] ?? ""} | ${right[i] ?? ""} ;`)].join("\n");
}

interface Judged {
  readonly ets2: boolean;
  readonly architecture?: Architecture;
  readonly init?: string;
}

/** Whether some execution ends in the condition. */
async function shows(
  left: readonly string[],
  right: readonly string[],
  condition: string,
  { ets2, architecture = arm64, init = INIT }: Judged,
): Promise<boolean> {
  const each = testOf({ init, code: columns(left, right), final: `exists (${condition})` });
  const result = await runLitmus(each, { ets2, order: "tso", witness: false, engine, architecture });
  return judged(each, result).verdict!.observation !== "Never";
}

/** The descriptor becomes valid, then the flag is set. */
const MAP = ["STR X1,[X2]", "DSB ISH", "STR W7,[X8]"];
const SEEN = "1:X5=1 /\\ fault(P1:L0,x)";

describe("with FEAT_ETS2 a fault is walked behind every access before it", () => {
  const storeThenFault = ["STR W7,[X8]", "L0: LDR W4,[X3]"];
  const missed = "0:X6=0 /\\ fault(P1:L0,x)";

  test("ARM-2: a store to another word is in memory before a translation or access-flag fault is taken", async () => {
    for (const barrier of ["DMB SY", "DSB ISH"])
      for (const old of ["valid:0", "af:0"]) {
        const init = INIT.replace("valid:0", old);
        const looks = ["STR X1,[X2]", barrier, "LDR W6,[X8]"];
        expect(await shows(looks, storeThenFault, missed, { ets2: true, init })).toBe(false);
        expect(await shows(looks, storeThenFault, missed, { ets2: false, init })).toBe(true);
      }
  });

  test("ARM-2: a permission fault comes from what may be cached, and waits for no store", async () => {
    const init = INIT.replace("valid:0", "db:0");
    const looks = ["STR X1,[X2]", "DMB SY", "LDR W6,[X8]"];
    const stores = ["STR W7,[X8]", "L0: STR W7,[X3]"];
    expect(await shows(looks, stores, missed, { ets2: true, init })).toBe(true);
  });

  test("ARM-2: were a fault to wait for nothing, the store could be missed", async () => {
    const architecture = withRules(arm64, { faultAwaits: rule("ARM-2", "waits for nothing", () => TRUE) });
    const looks = ["STR X1,[X2]", "DMB SY", "LDR W6,[X8]"];
    expect(await shows(looks, storeThenFault, missed, { ets2: true, architecture })).toBe(true);
  });
});

describe("without FEAT_ETS2 a walk may be done ahead", () => {
  const ahead = (right: readonly string[], init = INIT): Promise<boolean> =>
    shows(MAP, right, SEEN, { ets2: false, init });

  test("ARM-17: of an access whose address depends on the flag it may not", async () => {
    const load = "LDR W5,[X8]";
    const dependent = ["EOR W6,W5,W5", "L0: LDR W4,[X3,W6,SXTW]"];
    expect(await ahead([load, ...dependent])).toBe(false);
    expect(await ahead([load, "EOR W6,W9,W9", dependent[1]!])).toBe(true);
    // A load between them that depends on nothing changes nothing.
    expect(await ahead([load, "LDR W11,[X10]", ...dependent])).toBe(false);
  });

  test("ARM-17: an ISB drops it behind an access whose address depends on the flag, or a branch that does", async () => {
    const other = (address: string): string[] => [
      "LDR W5,[X8]",
      "EOR W6,W5,W5",
      `LDR W11,[${address}]`,
      "ISB",
      "L0: LDR W4,[X3]",
    ];
    expect(await ahead(other("X10,W6,SXTW"))).toBe(false);
    expect(await ahead(other("X10"))).toBe(true);
    const branch = (register: string): string[] => [
      "LDR W5,[X8]",
      `CBZ ${register},L1`,
      "L1: ISB",
      "L0: LDR W4,[X3]",
    ];
    expect(await ahead(branch("W5"))).toBe(false);
    expect(await ahead(branch("W9"))).toBe(true);
  });

  test("ARM-17: an ISB drops it behind an access that a later walk has translated", async () => {
    const init = `${INIT}; y=0; pte_y=(oa:PA(y), valid:0); 0:X9=(oa:PA(y)); 0:X12=PTE(y)`;
    const maps = ["STR X1,[X2]", "DSB ISH", "STR X9,[X12]"];
    const looks = (between: readonly string[]) => ["LDR W5,[X10]", ...between, "L0: LDR W4,[X3]"];
    const faults = "fault(P1:L0,x)";
    expect(await shows(maps, looks(["ISB"]), faults, { ets2: false, init })).toBe(false);
    expect(await shows(maps, looks([]), faults, { ets2: false, init })).toBe(true);
    expect(await shows(maps, ["LDR W5,[X3]", "ISB", "L0: LDR W4,[X3]"], faults, { ets2: false, init })).toBe(
      false,
    );
  });

  test("ARM-17: another CPU's TLBI awaits a fault that is remembered", async () => {
    const shoot = [MAP[0]!, MAP[1]!, "LSR X9,X3,#12", "TLBI VAAE1IS,X9", "DSB ISH", MAP[2]!];
    for (const barrier of ["DMB LD", "DSB ISH", "NOP"]) {
      const looks = ["LDR W5,[X8]", barrier, "L0: LDR W4,[X3]"];
      expect(await shows(shoot, looks, SEEN, { ets2: false })).toBe(false);
      expect(await shows(MAP, looks, SEEN, { ets2: false })).toBe(true);
    }
    const architecture = withRules(arm64, { targets: rule("ARM-17", "nowhere", () => []) });
    const looks = ["LDR W5,[X8]", "DMB LD", "L0: LDR W4,[X3]"];
    expect(await shows(shoot, looks, SEEN, { ets2: false, architecture })).toBe(true);
  });

  test("ARM-17: a remembered access-flag fault is one to the end", async () => {
    const init = INIT.replace("valid:0", "af:0");
    const own = ["STR X1,[X2]", "DSB ISH", "L0: LDR W4,[X3]"];
    const fault = (type: string): Promise<boolean> =>
      shows(own, ["NOP"], `fault(P0:L0,x,MMU:${type})`, { ets2: false, init });
    expect(await fault("AccessFlag")).toBe(true);
    expect(await fault("Translation")).toBe(false);
  });
});

describe("barriers that order accesses", () => {
  const shoot = (barrier: string): string[] => [
    "STR X1,[X2]",
    barrier,
    "LSR X9,X3,#12",
    "TLBI VAAE1IS,X9",
    "DSB ISH",
    "STR W7,[X8]",
  ];
  const UNMAP = INIT.replace("valid:0", "valid:1").replace("0:X1=(oa:PA(x))", "0:X1=(oa:PA(x), valid:0)");
  const looks = ["LDR W5,[X8]", "DSB ISH", "ISB", "L0: LDR W4,[X3]"];
  const stale = "1:X5=1 /\\ ~fault(P1:L0,x)";

  test("ARM-18: a DMB before a TLBI does not have the descriptor in memory, a DSB does", async () => {
    for (const ets2 of [true, false]) {
      expect(await shows(shoot("DMB SY"), looks, stale, { ets2, init: UNMAP })).toBe(true);
      expect(await shows(shoot("DMB ST"), looks, stale, { ets2, init: UNMAP })).toBe(true);
      expect(await shows(shoot("DSB ST"), looks, stale, { ets2, init: UNMAP })).toBe(false);
    }
  });

  test("ARM-18: nor has an atomic, whatever it orders, or a load-acquire behind a store-release", async () => {
    const init = `${UNMAP}; 0:X10=g`;
    const atomics = ["SWP X1,X4,[X2]", "SWPAL X1,X4,[X2]"].map((swap) => [swap, ...shoot("").slice(2)]);
    const release = ["STLR X1,[X2]", "LDAPR W4,[X10]", ...shoot("").slice(2)];
    for (const left of [...atomics, release])
      expect(await shows(left, looks, stale, { ets2: true, init })).toBe(true);
  });

  test("ARM-18: a DMB of stores has an earlier store in memory before a later fault, without FEAT_ETS2 too", async () => {
    const map = ["STR X1,[X2]", "DSB ISH", "LSR X9,X3,#12", "TLBI VAAE1IS,X9", "DSB ISH", "LDR W6,[X8]"];
    const faults = (barrier: string): string[] => ["STR W7,[X8]", barrier, "L0: LDR W4,[X3]"];
    const missed = "0:X6=0 /\\ fault(P1:L0,x)";
    expect(await shows(map, faults("DMB ST"), missed, { ets2: false })).toBe(false);
    expect(await shows(map, faults("DMB SY"), missed, { ets2: false })).toBe(false);
    expect(await shows(map, faults("DMB LD"), missed, { ets2: false })).toBe(true);
  });

  test("ARM-18: loads wait behind a DMB, a fully ordered atomic, and load-acquires behind store-releases", async () => {
    const init = "0:X7=1; 0:X8=f; 0:X10=g; 1:X7=1; 1:X8=g; 1:X10=f";
    const both = (code: readonly string[], architecture?: Architecture): Promise<boolean> =>
      shows(code, code, "0:X4=0 /\\ 1:X4=0", { ets2: true, init, ...(architecture ? { architecture } : {}) });
    expect(await both(["STR W7,[X8]", "DMB SY", "LDR W4,[X10]"])).toBe(false);
    expect(await both(["STR W7,[X8]", "DMB ST", "LDR W4,[X10]"])).toBe(true);
    expect(await both(["SWPAL W7,W5,[X8]", "LDR W4,[X10]"])).toBe(false);
    expect(await both(["SWPA W7,W5,[X8]", "LDR W4,[X10]"])).toBe(true);
    expect(await both(["STLR W7,[X8]", "LDAR W4,[X10]"])).toBe(false);
    expect(await both(["STLR W7,[X8]", "LDAPR W4,[X10]"])).toBe(true);
    expect(await both(["STR W7,[X8]", "LDAR W4,[X10]"])).toBe(true);
    const architecture = withRules(arm64, { separates: rule("ARM-18", "nothing waits", () => []) });
    expect(await both(["STLR W7,[X8]", "LDAR W4,[X10]"], architecture)).toBe(true);
  });

  test("ARM-18: increments stay atomic though their stores wait", async () => {
    const init = "0:X7=1; 0:X8=f; 1:X7=1; 1:X8=f";
    const add = ["LDADD W7,W4,[X8]"];
    expect(await shows(add, add, "0:X4=0 /\\ 1:X4=0", { ets2: true, init })).toBe(false);
    expect(await shows(add, add, "[f]=1", { ets2: true, init })).toBe(false);
    expect(
      await shows(add, ["LDXR W4,[X8]", "STXR W5,W7,[X8]"], "0:X4=0 /\\ 1:X4=0 /\\ 1:X5=0", {
        ets2: true,
        init,
      }),
    ).toBe(false);
  });
});
