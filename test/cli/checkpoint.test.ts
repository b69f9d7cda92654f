/** `--checkpoint` and `--resume`: searches that are killed, and files that do not fit. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { checkpointIn, resumptionFrom, type SearchIdentity } from "../../src/cli/checkpoint-file.ts";
import { exitStatus } from "../../src/cli/exit-status.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import type { TlbcheckError } from "../../src/model/diagnostic.ts";
import { benchmarkModel } from "../explorer/conformance.ts";
import { finished, start, Workspace } from "./command.ts";

const workspace = new Workspace();
const at = (name: string): string => join(workspace.folder, name);

/** About two seconds of search. */
const SEARCH = ["asid-allocator.ts", "--variant", "fixed", "--set", "generations=3", "--threads", "1"];
workspace.write("asid-allocator.ts", readFileSync("models/asid-allocator.ts", "utf8"));

/** The answer of a JSON document, without what depends on the machine. */
function answerOf(out: string): unknown {
  const { results } = JSON.parse(out) as { results: Record<string, unknown>[] };
  return results.map(({ verdict, states, transitions, depth, stopped, rules, steps, trace }) => ({
    ...{ verdict, states, transitions, depth, stopped, rules, steps, trace },
  }));
}

function written(name: string): number | undefined {
  return statSync(at(name), { throwIfNoEntry: false })?.mtimeMs;
}

/** Kills the search some time after it was kept; null, or its output if it was faster. */
async function killed(words: readonly string[]): Promise<string | null> {
  const before = written("kept");
  const child = start([...words, "--json"], { cwd: workspace.folder });
  const end = finished(child);
  while (child.exitCode === null && written("kept") === before) await sleep(5);
  await sleep(Math.random() * 400);
  child.kill("SIGKILL");
  const { status, out } = await end;
  return status === null ? null : out;
}

test("a search that is killed again and again ends with the answer of one that was not", async () => {
  const whole = await workspace.run(...SEARCH, "--json");
  const kept = ["--checkpoint", "kept", "--checkpoint-every", "0.1"];
  const kills = Number(process.env["TLBCHECK_KILLS"] ?? 3);
  for (let kill = 0; kill < kills; kill++) {
    const resume = kill === 0 ? [] : ["--resume", "kept"];
    const out = await killed([...SEARCH, ...kept, ...resume]);
    if (out !== null) expect(answerOf(out)).toEqual(answerOf(whole.out));
  }
  const last = await workspace.run(...SEARCH, "--resume", "kept", "--json");
  expect(answerOf(last.out)).toEqual(answerOf(whole.out));
}, 240_000);

describe("a file", () => {
  const model = benchmarkModel({ cpus: "3", pages: "1", accesses: "2" }, "fixed");
  const identity: SearchIdentity = { version: "1.2.3", model, properties: ["no-stale-access"], first: false };
  const made = compiledEngine.search(model, {
    maxStates: 1000,
    checkpoint: checkpointIn(at("made"), identity, 60),
  });

  async function refusal(change: (bytes: Buffer) => Buffer, of = identity): Promise<string> {
    await made;
    writeFileSync(at("changed"), change(readFileSync(at("made"))));
    return resumptionFrom(at("changed"), of).then(
      () => "nothing is refused",
      ({ diagnostic }: TlbcheckError) => `${diagnostic.code} ${diagnostic.message}`,
    );
  }

  test("that is whole is taken, also where the model file has other lines", async () => {
    const moved = { ...model, rules: model.rules.map((rule) => ({ ...rule, source: null })) };
    expect(await refusal((bytes) => bytes, { ...identity, model: moved })).toBe("nothing is refused");
  });

  test.each<[string, (bytes: Buffer) => Buffer, string]>([
    ["is cut off", (bytes) => bytes.subarray(0, bytes.length - 5), "it is cut off"],
    ["is cut off in its first line", (bytes) => bytes.subarray(0, 30), "it has no first line"],
    ["goes on", (bytes) => Buffer.concat([bytes, bytes.subarray(0, 9)]), "something follows its end"],
    ["is no checkpoint", () => Buffer.from("{}\n"), "not that of a checkpoint"],
    ["is empty", () => Buffer.alloc(0), "it has no first line"],
    [
      "has another byte",
      (bytes) => {
        const other = Buffer.from(bytes);
        other[bytes.length - 100]! ^= 1;
        return other;
      },
      "it was altered",
    ],
  ])("that %s is refused", async (_, change, message) => {
    const said = await refusal(change);
    expect(said).toMatch(/^TLB316 /);
    expect(said).toContain(message);
  });

  test.each<[string, Partial<SearchIdentity>, string]>([
    ["another version", { version: "1.2.4" }, "tlbcheck 1.2.3 wrote it, and this is 1.2.4"],
    ["other properties", { properties: [] }, "it is of another search"],
    [
      "another model",
      { model: benchmarkModel({ cpus: "3", pages: "1", accesses: "2" }, "buggy") },
      "another search",
    ],
  ])("of %s is refused", async (_, other, message) => {
    expect(await refusal((bytes) => bytes, { ...identity, ...other })).toContain(message);
  });

  test("that cannot be written is told, and leaves what was there", async () => {
    const { save } = checkpointIn(at("nowhere/kept"), identity, 60);
    const empty = {
      states: 0,
      words: 1,
      starts: [0, 0],
      transitions: 0,
      firings: [],
      found: [],
      reached: [],
    };
    await expect(save(empty, [])).rejects.toMatchObject({ diagnostic: { code: "TLB307" } });
  });
});

test("neither a kept search nor a model file is overwritten by what it is read for", async () => {
  workspace.write("precious.kept", "a search");
  const report = await workspace.run(...SEARCH, "--resume", "precious.kept", "-o", "precious.kept");
  expect(report.err).toContain("TLB306: -o precious.kept would overwrite");
  const kept = await workspace.run(...SEARCH, "--checkpoint", "asid-allocator.ts");
  expect(kept.err).toContain("TLB306: --checkpoint asid-allocator.ts would overwrite");
  expect([report.status, kept.status]).toEqual([exitStatus.usage, exitStatus.usage]);
  expect(readFileSync(at("precious.kept"), "utf8")).toBe("a search");
});

test("one configuration, breadth first, on the compiled engine", async () => {
  const several = await workspace.run("asid-allocator.ts", "--checkpoint", "several");
  expect(several.err).toContain("2 are selected");
  const deep = await workspace.run(...SEARCH, "--resume", "kept", "--search", "dfs");
  expect(deep.err).toContain("--resume is for --search bfs");
  expect([several.status, deep.status]).toEqual([exitStatus.usage, exitStatus.usage]);
});
