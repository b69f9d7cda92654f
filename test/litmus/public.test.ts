/**
 * Herd's own tests about virtual memory, which nobody here wrote: the folders named by TLBCHECK_LITMUS, with the
 * verdicts that herd7 reaches with Arm's model. The tests are data from elsewhere and no part of this project. Rules are
 * weakened on the tests of the first folder.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { arm64 } from "../../src/arch/rules/arm64.ts";
import { type Architecture, rule, withRules } from "../../src/arch/architecture.ts";
import type { Engine } from "../../src/explorer/engine.ts";
import { and, FALSE, TRUE } from "../../src/model/term.ts";
import { compare } from "../../src/litmus/comparison.ts";
import { judged } from "../../src/litmus/herd-report.ts";
import { runLitmus } from "../../src/litmus/run.ts";
import { filesIn, publicFolders, readTable, readTest } from "./files.ts";

/** The tests of a folder that its table knows. */
function knownIn(folder: string) {
  const table = readTable(folder);
  const tests = filesIn(folder).map((name) => readTest(folder, name));
  return { table, known: tests.filter(({ name }) => table.has(name)) };
}

type Known = ReturnType<typeof knownIn>;

/** Of the tests with a verdict this share may be beyond what is modelled. */
const UNSUPPORTED = 0.02;

/** The numbers of docs/litmus.md: by weakened rule, how many tests notice. */
const page = readFileSync(new URL("../../docs/litmus.md", import.meta.url), "utf8");
const rows = /^\| weakened rule .*\n.*\n((?:\|.*\n)+)/m
  .exec(page)![1]!
  .matchAll(/^\| (.+?) +\| +(\d+) \|$/gm);
const documented = new Map([...rows].map(([, name, count]) => [name!, Number(count)]));

let engine: Engine;
beforeAll(async () => {
  engine = (await import("../../src/explorer/wasm-engine.ts")).compiledEngine;
});

/** How the tests of the table come out, by name. */
async function outcomes({ known, table }: Known, ets2: boolean, architecture: Architecture = arm64) {
  const options = { ets2, order: "tso", witness: false, threads: 1 } as const;
  const kinds = new Map<string, string>();
  for (const each of known) {
    const result = await runLitmus(each, { ...options, engine, architecture });
    const { kind, differences } = compare(judged(each, result), table, options);
    kinds.set(each.name, differences.length > 0 && kind === "agree" ? "disagree" : kind);
  }
  return kinds;
}

function namesOf(kinds: ReadonlyMap<string, string>, kind: string): string[] {
  return [...kinds].filter(([, each]) => each === kind).map(([name]) => name);
}

describe.skipIf(publicFolders.length === 0)(
  `herd's tests (${publicFolders.length} folders; skipped unless TLBCHECK_LITMUS names them)`,
  () => {
    const parts = [
      ["with", true],
      ["without", false],
    ] as const;
    const asked = publicFolders.flatMap((folder) =>
      parts.map(([word, ets2]) => [folder, word, ets2] as const),
    );

    test.each(asked)("%s: %s FEAT_ETS2 every verdict and every flag is herd's", async (folder, _, ets2) => {
      const known = knownIn(folder);
      const kinds = await outcomes(known, ets2);
      expect(namesOf(kinds, "disagree")).toEqual([]);
      expect(namesOf(kinds, "unsupported").length).toBeLessThanOrEqual(UNSUPPORTED * known.table.size);
      expect(namesOf(kinds, "inconclusive")).toEqual([]);
      // What needs accesses out of order is beyond a machine that executes in order.
      const relaxed = [...known.table].flatMap(([name, row]) =>
        (ets2 ? row.ets2 : row.noEts).level === "relaxed" ? [name] : [],
      );
      expect(namesOf(kinds, "stronger").sort()).toEqual(relaxed.sort());
      expect(kinds.size).toBe(known.table.size);
    });

    /** One rule weakened at a time: the tests must notice. */
    const weakened: readonly (readonly [string, Architecture])[] = [
      ["a TLBI without effect (ARM-4)", withRules(arm64, { targets: rule("ARM-4", "nowhere", () => []) })],
      [
        "a DSB that waits for nothing (ARM-6)",
        withRules(arm64, { barrierAwaits: rule("ARM-6", "awaits nothing", () => TRUE) }),
      ],
      [
        "a broadcast that acts on its own CPU only (ARM-4)",
        withRules(arm64, { targets: rule("ARM-4", "local", (_machine, _invalidation, issuer) => [issuer]) }),
      ],
      [
        "an ISB without effect (ARM-17)",
        withRules(arm64, { onContextSynchronization: rule("ARM-17", "drops nothing", () => []) }),
      ],
      [
        "no walk ahead of the access that needs it (HW-1)",
        withRules(arm64, { mayWalk: rule("HW-1", "on demand only", () => FALSE) }),
      ],
      [
        "no caching: every access walks afresh (HW-4)",
        withRules(arm64, {
          mayUse: rule("HW-4", "an entry is used while memory says the same", (machine, cpu, entry) => {
            const now = machine.memory.descriptor(machine.context.at(cpu), entry.page);
            return and(now.valid, now.frame.is(entry.frame), now.writable.is(entry.writable));
          }),
        }),
      ],
    ];

    test.each(weakened)("%s is noticed, by as many as docs/litmus.md says", async (name, architecture) => {
      const noticed = namesOf(await outcomes(knownIn(publicFolders[0]!), false, architecture), "disagree");
      expect(noticed.length).toBeGreaterThan(0);
      expect(noticed.length).toBe(documented.get(name));
    });

    test("docs/litmus.md has these weakened rules and no other", () => {
      expect([...documented.keys()].sort()).toEqual(weakened.map(([name]) => name).sort());
    });
  },
);
