import { describe, expect, test } from "vitest";
import { counterModel, Workspace } from "./command.ts";

const workspace = new Workspace();

/** Runs a model file with this text; every failure must come without a stack and without output. */
async function rejected(
  name: string,
  text: string,
  ...words: string[]
): Promise<{ status: number | null; err: string }> {
  const { status, out, err } = await workspace.run(workspace.write(name, text), ...words);
  expect(err).not.toMatch(/^\s+at /m);
  expect(out).toBe("");
  return { status, err };
}

describe("a file that is no model", () => {
  test("no such file, with the nearest that is there", async () => {
    workspace.write("reclaim.ts", counterModel(""));
    const { status, err } = await workspace.run("reclam.ts");
    expect(status).toBe(65);
    expect(err).toBe('error TLB301: there is no file reclam.ts\n  did you mean "reclaim.ts"?\n');
  });

  test("a directory", async () => {
    workspace.write("folder/x.ts", "");
    const { status, err } = await workspace.run("folder");
    expect(status).toBe(65);
    expect(err).toContain("TLB302: folder is a directory");
    expect(err).toContain("tlbcheck list folder");
  });

  test("a syntax error, with its place", async () => {
    const { status, err } = await rejected("syntax.ts", "const a = 1;\nconst b: number = ;\n");
    expect(status).toBe(65);
    expect(err).toBe('error TLB303 syntax.ts:2:19: Unexpected ";"\n  const b: number = ;\n');
  });

  test("an import of a file that is not there", async () => {
    const { status, err } = await rejected(
      "import.ts",
      'import { x } from "./gone.ts";\nexport default x;\n',
    );
    expect(status).toBe(65);
    expect(err).toContain('error TLB303 import.ts:1:19: Could not resolve "./gone.ts"');
  });

  test("an import of a package that is not there, without advice on a bundler that nobody asked for", async () => {
    const { status, err } = await rejected("package.ts", 'import { x } from "gone";\nexport default x;\n');
    expect(status).toBe(65);
    expect(err).toBe('error TLB303 package.ts:1:19: Could not resolve "gone"\n  import { x } from "gone";\n');
  });

  test("a name that tlbcheck does not export", async () => {
    const text =
      'import * as path from "node:path";\nimport { modle } from "tlbcheck/rules";\nexport default modle(path);\n';
    const { status, err } = await rejected("export.ts", text);
    expect(status).toBe(65);
    expect(err).toContain('error TLB303 export.ts:2:10: "tlbcheck/rules" does not export "modle"');
    expect(err).toContain('did you mean "model"?');
  });

  test("a file without a model", async () => {
    const { status, err } = await rejected("nothing.ts", "export const a = 1;\n");
    expect(status).toBe(65);
    expect(err).toContain("error TLB304: nothing.ts exports no model");
  });

  test("an error while it is loaded, in a file that it imports", async () => {
    workspace.write(
      "lib/broken.ts",
      "type T = { a: 1 };\nexport function broken(t?: T): number {\n  return t!.a;\n}\n",
    );
    const { status, err } = await rejected(
      "throws.ts",
      'import { broken } from "./lib/broken.ts";\nexport default broken();\n',
    );
    expect(status).toBe(65);
    expect(err).toMatch(/^error TLB305 lib\/broken\.ts:3:13: TypeError: Cannot read properties of undefined/);
  });

  test("a word that k does not have, with the nearest and where all are", async () => {
    const scenario = (word: string): string =>
      'import { scenario } from "tlbcheck";\n' +
      'export default scenario("s", { about: "s", arch: ["arm64"] }, (m) => {\n' +
      '  const page = m.mm().page("p");\n' +
      `  m.thread("t", { cpu: 0 }, (k) => k.${word}(page));\n` +
      "});\n";
    const near = await rejected("near.ts", scenario("ptepGetAndClaer"));
    expect(near.status).toBe(65);
    expect(near.err).toBe(
      "error TLB305 near.ts:4:38: TypeError: k.ptepGetAndClaer is not a function\n" +
        '  did you mean "ptepGetAndClear"? docs/words.md lists the words of k and m\n',
    );
    const far = await rejected("far.ts", scenario("frobnicate"));
    expect(far.err).toContain("\n  docs/words.md lists the words of k and m\n");
  });

  test("an error while a model is built", async () => {
    const { status, err } = await rejected("build.ts", counterModel("\n  choice.number('pages');"));
    expect(status).toBe(65);
    expect(err).toMatch(/^error TLB205 build\.ts:6:10: .*pages/);
  });

  test("something thrown that is no error", async () => {
    const { status, err } = await rejected("string.ts", 'throw "a string";\n');
    expect(status).toBe(65);
    expect(err).toBe("error TLB305: string.ts threw a string\n");
  });
});

describe("a faulty model", () => {
  test("the builder's complaint has the place in the file", async () => {
    const { status, err } = await rejected("begin.ts", counterModel('  m.variable("k", range(0, 3), 7);'));
    expect(status).toBe(65);
    expect(err).toContain("error TLB102 begin.ts:5:5: k cannot begin as 7");
  });

  test("the validator's complaints are all told", async () => {
    const rules = '  m.rule("a", { body: () => n.set(9) });\n  m.rule("b", { body: () => n.set(8) });';
    const { status, err } = await rejected("ranges.ts", counterModel(rules));
    expect(status).toBe(65);
    expect(err).toContain("error TLB108 ranges.ts:5:31: a assigns to n");
    expect(err).toContain("error TLB108 ranges.ts:6:31: b assigns to n");
  });

  test.each([
    ["===", "if (choice.variant === 'fxied') m.assume('');", 'no variant "fxied"; did you mean "fixed"?'],
    ["a table", "const t = { buggy: 'a', fixxed: 'b' }; m.assume(t[choice.variant]);", 'no variant "fixxed"'],
    ["variantIs", "if (choice.variantIs('fixed', 'bugy')) m.assume('');", 'no variant "bugy"'],
    [
      "startsWith",
      "if (choice.variant.startsWith('gub')) m.assume('');",
      'no variant that starts with "gub"',
    ],
  ])("a variant that does not exist, in %s", async (_, code, what) => {
    const spec = 'variants: { buggy: { about: "a", expect: {} }, fixed: { about: "b", expect: {} } }';
    const body = `${code}\n  m.rule("a", { guard: () => [n.is(0)], body: () => n.set(1) });`;
    const { status, err } = await workspace.run(workspace.write("variant.ts", counterModel(body, spec)));
    expect(status).toBe(65);
    expect(err.replaceAll("\n  ", "; ")).toMatch(/^error TLB203 variant\.ts:5:\d+: there is /);
    expect(err.replaceAll("\n  ", "; ")).toContain(what);
  });

  test.each([
    ["if", "if (n.is(1)) m.rule('a', { body: () => n.set(1) });"],
    ["?:", "m.rule('a', { body: () => n.set(n.is(1) ? 0 : 1) });"],
    ["&&", "m.invariant('i', n.is(1) && n.is(2));"],
    ["||", "m.invariant('i', n.is(1) || n.is(2));"],
    ["!", "m.invariant('i', !n.is(1));"],
    ["===", "m.invariant('i', n === 1);"],
    ["while", "while (n.lessThan(3)) n.increase();"],
    ["for", "for (; n.lessThan(3); ) n.increase();"],
    ["do", "do m.assume('x'); while (n.lessThan(3));"],
    ["switch", "switch (n) { case 1: break; }"],
    ["<", "m.invariant('i', n < 3);"],
    ["+", "m.invariant('i', n.is(n + 1));"],
    ["template", "m.invariant(`small ${n}`, n.is(1));"],
  ])("a JavaScript %s on an expression of the model", async (name, statement) => {
    const { status, err } = await rejected(
      `stage-${name.replace(/\W/g, "_")}.ts`,
      counterModel(`\n  ${statement}`),
    );
    expect(status).toBe(65);
    expect(err).toMatch(
      /^error TLB101 stage-\w+\.ts:6:\d+: an expression of the model was used as a JavaScript/,
    );
    expect(err).toContain("k.if(condition, …)");
  });

  test("to ask whether there is an expression at all is no mistake", async () => {
    const body =
      "  const limit = n === undefined ? n : n.atMost(3);\n  m.invariant('i', limit ?? n);\n  m.rule('a', { body: () => n.set(1) });";
    const { status, err } = await workspace.run(workspace.write("absent.ts", counterModel(body)));
    expect(err).toBe("");
    expect(status).toBe(0);
  });
});

test("a verdict that is expected of no property of the model", async () => {
  const spec = 'variants: { a: { about: "", expect: { smal: "violated" } } }';
  const body = '  m.rule("a", { body: () => n.set(1) });\n  m.invariant("small", n.atMost(3));';
  const { status, err } = await rejected("expects.ts", counterModel(body, spec));
  expect(status).toBe(65);
  expect(err).toContain('error TLB206 expects.ts:3:16: variant "a" expects a verdict of "smal"');
  expect(err).toContain('did you mean "small"?');
});

describe("a fault that exploration finds", () => {
  test("an assignment out of range, with the trace that leads there", async () => {
    const rule =
      '  m.rule("count", { text: () => ["n is ", n], body: () => n.increase() });\n  m.invariant("small", n.atMost(3));';
    const { status, err } = await workspace.run(workspace.write("range.ts", counterModel(rule)));
    expect(status).toBe(65);
    expect(err).toContain("error TLB120 range.ts:5:61: count assigns 4 to n");
    expect(err).toMatch(/n is 0\n.*n is 1\n.*n is 2\n/);
    expect(err).toContain("3 steps, then count has no value");
  });

  test("an index out of bounds in a property", async () => {
    const body =
      '  const a = m.array("a", [range(0, 2)], range(0, 1), 0);\n  m.rule("count", { guard: () => [n.lessThan(3)], body: () => n.increase() });\n  m.invariant("zero", a.at(n).is(0));';
    const { status, err } = await workspace.run(workspace.write("bounds.ts", counterModel(body)));
    expect(status).toBe(65);
    expect(err).toContain("error TLB121 bounds.ts:7:5: index 1 of a is 3, outside of 0..2");
    expect(err).toContain("then a property's condition has no value");
  });
});

describe("a choice that the model does not have", () => {
  const spec =
    'variants: { plain: { id: "C-1", about: "", expect: {} }, other: { about: "", expect: {} } }, arch: ["arm64", "x86"], parameters: { pages: { about: "", default: 1, min: 1, max: 4 } }';
  const file = workspace.write(
    "choices.ts",
    counterModel(
      '  m.rule("a", { body: () => n.set(1) });\n  m.invariant("small", n.atMost(3), { aliases: ["P-SMALL"] });',
      spec,
    ),
  );

  test.each([
    ["TLB202", ["--arch", "amr64"], 'did you mean "arm64"? known: arm64, x86'],
    ["TLB203", ["--variant", "plane"], 'did you mean "plain"? known: plain, C-1, other'],
    ["TLB204", ["--property", "smal"], 'did you mean "small"? known: small, P-SMALL'],
    ["TLB205", ["--set", "page=2"], 'did you mean "pages"? known: pages'],
    ["TLB205", ["--set", "pages=9"], "a whole number from 1 to 4"],
  ])("%s for %j", async (code, words, hint) => {
    const { status, err } = await workspace.run(file, ...words);
    expect(status).toBe(64);
    expect(err).toContain(`error ${code}: `);
    expect(err).toContain(hint);
  });

  test.each([[["--variant", "C-1", "--arch", "x86"]], [["--property", "p-small", "--set", "pages=2"]]])(
    "what it has is taken: %j",
    async (words) => {
      expect(await workspace.run(file, ...words)).toMatchObject({ status: 0, err: "" });
    },
  );
});

describe("wrong use of the command line", () => {
  test.each([
    [["x.ts", "--varient", "a"], "did you mean --variant?"],
    [["x.ts", "y.ts"], "one model file is checked at a time"],
    [["--arch", "arm64"], "no model file is named"],
    [["x.ts", "--arch", "a", "--arch", "b"], "--arch is given twice"],
    [["x.ts", "--set", "pages"], "--set takes name=value"],
    [["x.ts", "--max-states", "many"], "--max-states takes a number"],
    [["x.ts", "--max-memory", "2X"], "--max-memory takes bytes"],
    [["x.ts", "--timeout", "soon"], "--timeout takes a time"],
    [["x.ts", "--threads", "0"], "--threads takes a whole number from 1"],
    [["x.ts", "--engine", "interpet"], 'did you mean "interpret"?'],
    [["x.ts", "--timeout"], "timeout"],
  ])("%j", async (words, message) => {
    const { status, out, err } = await workspace.run(...words);
    expect(status).toBe(64);
    expect(out).toBe("");
    expect(err).toContain("error TLB306: ");
    expect(err).toContain(message);
  });

  test("nothing at all: the help, as an error", async () => {
    const { status, out, err } = await workspace.run();
    expect(status).toBe(64);
    expect(out).toBe("");
    expect(err).toContain("--variant");
  });
});

describe("a fault of tlbcheck", () => {
  const text =
    'export default { kind: "tlbcheck.model-family", name: "x", spec: { about: "" }, source: null, variants: { default: { about: "", expect: {} } }, build: () => ({ name: "x" }) };\n';

  test("says whose fault it is and how to report it", async () => {
    const { status, err } = await rejected("internal.ts", text);
    expect(status).toBe(70);
    expect(err).toContain("error TLB901: this is a fault of tlbcheck, not of your model");
    expect(err).toContain("please report it");
  });

  test("shows its stack with --debug", async () => {
    const { status, err } = await workspace.run("internal.ts", "--debug");
    expect(status).toBe(70);
    expect(err).toMatch(/^\s+at mapSources /m);
  });

  test("is in the JSON document too", async () => {
    const { status, out } = await workspace.run("internal.ts", "--json");
    expect(status).toBe(70);
    expect(JSON.parse(out)).toMatchObject({ status: 70, results: [], errors: [{ code: "TLB901" }] });
  });
});
