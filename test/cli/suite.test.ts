import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { objection, type Schema } from "../../src/report/schema.ts";
import { counterModel, finished, fixture, start, tlbcheck, Workspace } from "./command.ts";

const workspace = new Workspace();
const schema = JSON.parse(
  readFileSync(new URL("../../docs/report.schema.json", import.meta.url), "utf8"),
) as Schema;

interface Result {
  readonly model: string;
  readonly arch: string | null;
  readonly variant: string;
  readonly property: string;
  readonly verdict: string;
  readonly states: number;
  readonly threads: number;
  readonly stopped: string | null;
}
interface Document {
  readonly status: number;
  readonly results: readonly Result[];
  readonly errors: readonly { readonly code: string }[];
}

const COUNT = '  m.rule("count", { guard: () => [n.lessThan(3)], body: () => n.increase() });';
const counter = (bound: number, spec = ""): string =>
  counterModel(`${COUNT}\n  m.invariant("small", n.atMost(${bound}));`, spec);

/** `size` x `size` states; the last is reached by one way only where it matters. */
const grid = (size: number): string => `import { and, model, not, range } from "tlbcheck/rules";
export default model("grid", { about: "a grid", variants: {
  all: { about: "everything", expect: {} },
  corner: { about: "the corner is forbidden", expect: { elsewhere: "violated" } },
} }, (m, { variant }) => {
  const [x, y] = ["x", "y"].map((name) => m.variable(name, range(0, ${size - 1}), 0));
  m.rule("right", { guard: () => [x.lessThan(${size - 1})], body: () => x.increase() });
  m.rule("up", { guard: () => [y.lessThan(${size - 1})], body: () => y.increase() });
  m.invariant("elsewhere", variant === "all" ? x.atMost(${size}) : not(and(x.is(9), y.is(${size - 1}))));
});
`;

describe("every configuration of every model", () => {
  workspace.write("good/a-peterson.ts", readFileSync(fixture("peterson.ts"), "utf8"));
  workspace.write("good/b-counter.ts", counter(3));
  workspace.write("good/helper.ts", 'import type { Term } from "tlbcheck/rules";\nexport type T = Term;\n');

  test("in one table, models and variants in their order, and 0 if all is as expected", async () => {
    const { status, out, err } = await workspace.run("suite", "good");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const rows = out.split("\n").map((line) => line.trimEnd().split(/ {2,}/).slice(0, 3));
    expect(rows.slice(0, 6)).toEqual([
      ["model", "any", "states"],
      ["peterson"],
      ["", "fixed", "holds"],
      ["", "no-flag", "violated"],
      ["", "no-turn", "violated"],
      ["counter"],
    ]);
    expect(out).toMatch(/^7 verdicts on 4 configurations, all as expected · \d+ states · \d+\.\d\d s$/m);
  });

  test("as the document that a check writes, and the same for any number of threads", async () => {
    const [one, two, check] = await Promise.all([
      workspace.run("suite", "good", "--json", "--threads", "1"),
      workspace.run("suite", "good", "--json", "--threads", "2"),
      workspace.run("good/a-peterson.ts", "--json", "--threads", "1"),
    ]);
    const timeless = (text: string): Document =>
      JSON.parse(text, (key, value: unknown) =>
        ["seconds", "bytes", "threads"].includes(key) ? 0 : value,
      ) as Document;
    expect(objection(JSON.parse(one.out), schema)).toBeNull();
    expect(timeless(two.out)).toEqual(timeless(one.out));
    expect(timeless(one.out).results.slice(0, 6)).toEqual(timeless(check.out).results);
  });

  test("of the architecture that is named", async () => {
    const { status, out } = await tlbcheck([
      "suite",
      "models/deferred-kernel-flush.ts",
      "--arch",
      "amd",
      "--json",
    ]);
    expect(status).toBe(0);
    expect(new Set((JSON.parse(out) as Document).results.map(({ arch }) => arch))).toEqual(new Set(["amd"]));
    const mixed = await workspace.run("suite", "good", "--arch", "amd");
    expect(mixed).toMatchObject({
      status: 64,
      err: expect.stringContaining("TLB202: no model knows") as string,
    });
  });

  test("as Markdown, where nothing varies from run to run", async () => {
    const [first, second] = await Promise.all(
      [1, 2].map((threads) =>
        workspace.run("suite", "good", "--format", "markdown", "--threads", String(threads)),
      ),
    );
    expect(first!.out).toBe(second!.out);
    expect(first!.out).toContain("| peterson | two CPUs and a critical section | 3 | 6 | 2 | ");
    expect(first!.out).toContain("\n| peterson | no-flag | exclusion |\n");
    expect(first!.out).toContain("7 verdicts on 4 configurations, all as expected.");
  });

  test("-o writes it into a file, and the table stays", async () => {
    const { out } = await workspace.run("suite", "good", "--format", "markdown", "-o", "table.md");
    expect(out).toContain("all as expected ·");
    expect(readFileSync(join(workspace.folder, "table.md"), "utf8")).toContain("<details>");
  });
});

describe("what is large", () => {
  // 1 440 000 states: more than a small configuration has.
  const file = workspace.write("large/grid.ts", grid(1200));

  test("is searched again, alone, by all threads, to the end", async () => {
    const { status, out } = await workspace.run("suite", file, "--threads", "2", "--json");
    expect(status).toBe(0);
    const { results } = JSON.parse(out) as Document;
    expect(results).toMatchObject([
      { variant: "all", verdict: "holds", states: 1_440_000, stopped: null },
      { variant: "corner", verdict: "violated" },
    ]);
  });

  test("ends at the caller's limit, be it below or above what is small", async () => {
    for (const limit of [10_000, 1_200_000]) {
      const words = ["suite", file, "--threads", "2", "--max-states", String(limit), "--json"];
      const { results, status } = JSON.parse((await workspace.run(...words)).out) as Document;
      expect(results[0]).toMatchObject({ verdict: "inconclusive", stopped: "max-states" });
      expect(results[0]!.states).toBeLessThanOrEqual(limit);
      expect(results[0]!.states).toBeGreaterThan(limit * 0.9);
      expect(status).toBe(1);
    }
  });

  test("memory is divided among those side by side, and one alone has all of it", async () => {
    // 250 000 states fit into this memory, but not into half of it.
    const middle = workspace.write("middle/grid.ts", grid(500));
    const run = async (memory: string): Promise<Result> => {
      const words = ["suite", middle, "--threads", "2", "--json", "--max-memory", memory];
      return (JSON.parse((await workspace.run(...words)).out) as Document).results[0]!;
    };
    expect(await run("8M")).toMatchObject({ verdict: "holds", states: 250_000 });
    const half = await workspace.run(
      middle,
      "--variant",
      "all",
      "--json",
      "--max-memory",
      "4M",
      "--threads",
      "1",
    );
    expect((JSON.parse(half.out) as Document).results[0]).toMatchObject({ stopped: "max-memory" });
    expect(await run("1M")).toMatchObject({ verdict: "inconclusive", stopped: "max-memory" });
  });
});

describe("what is not as expected", () => {
  test("is marked and makes the status 1; what is not decided, too", async () => {
    const file = workspace.write("differs/counter.ts", counter(2));
    const { status, out } = await workspace.run("suite", "differs");
    expect(status).toBe(1);
    expect(out).toContain("    <-- small violated: differs: expected holds\n");
    expect(out).toContain("1 verdict on 1 configuration, 1 not as expected");
    const limited = await workspace.run("suite", file, "--max-states", "2");
    expect(limited.status).toBe(1);
    expect(limited.out).toContain("<-- small inconclusive: not decided");
    expect(limited.out).toContain("1 verdict on 1 configuration, 1 not decided, the others as expected");
  });

  test("a file with a mistake does not keep the others from being checked", async () => {
    workspace.write("mixed/broken.ts", 'import { model } from "tlbcheck/rules";\nconst a = ;\n');
    workspace.write("mixed/counter.ts", counter(3));
    workspace.write("mixed/fault.ts", counterModel('  m.rule("up", { body: () => n.increase() });'));
    workspace.write(
      "mixed/none.ts",
      counter(3, 'variants: { a: { about: "", expect: { smal: "violated" } } }'),
    );
    const { status, out, err } = await workspace.run("suite", "mixed");
    expect(status).toBe(65);
    expect(err).toContain("error TLB303 mixed/broken.ts:2:11");
    expect(err).toContain("error TLB120 mixed/fault.ts:5:");
    expect(err).toContain("error TLB206 mixed/none.ts:");
    expect(out).toMatch(/^ +holds +4 /m);
    const document = JSON.parse((await workspace.run("suite", "mixed", "--json")).out) as Document;
    expect(document.errors.map(({ code }) => code).sort()).toEqual(["TLB120", "TLB206", "TLB303"]);
    expect(objection(document, schema)).toBeNull();
  });

  test("a folder that is not there, or has no models", async () => {
    workspace.write("empty/readme.txt", "");
    expect((await workspace.run("suite", "nowhere")).err).toContain(
      "TLB301: there is no file or folder nowhere",
    );
    expect(await workspace.run("suite", "empty")).toMatchObject({
      status: 65,
      err: expect.stringContaining("TLB304") as string,
    });
  });
});

describe("Ctrl-C", () => {
  const endless = `import { model, range } from "tlbcheck/rules";
export default model("endless", { about: "twelve counters" }, (m) => {
  for (let i = 0; i < 12; i++) {
    const n = m.variable("n" + i, range(0, 9), 0);
    m.rule("up" + i, { guard: () => [n.lessThan(9)], body: () => n.increase() });
    if (i === 0) m.invariant("small", n.atMost(9));
  }
});
`;
  workspace.write("endless/a-counter.ts", counter(3));
  workspace.write("endless/b-endless.ts", endless);
  workspace.write("endless/c-counter.ts", counter(3));

  async function interrupted(...words: string[]): ReturnType<typeof finished> {
    const child = start(["suite", "endless", ...words], { cwd: workspace.folder });
    setTimeout(() => child.kill("SIGINT"), 4000);
    return finished(child);
  }

  test.each([["1"], ["2"]])("tells what was found so far, and 130, on %s threads", async (threads) => {
    const { status, out, err } = await interrupted("--threads", threads);
    expect({ status, err }).toEqual({ status: 130, err: "" });
    expect(out).toMatch(/^counter \(endless\/a-counter\.ts\)\n +holds +4 /m);
    expect(out).toMatch(/^endless\n +inconclusive +[\d ]+ /m);
    expect(out).toMatch(
      /interrupted; so far: 2 verdicts on 3 configurations, 1 without a verdict, 1 not decided, the others/,
    );
  });

  test("gives a whole JSON document", async () => {
    const { status, out } = await interrupted("--json");
    expect(status).toBe(130);
    expect(JSON.parse(out)).toMatchObject({
      interrupted: true,
      status: 130,
      results: [{ verdict: "holds" }, { verdict: "inconclusive", stopped: "interrupted" }],
    });
  });
});
