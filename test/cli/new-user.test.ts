/** What somebody types who does not know the tool yet, and what is answered. */
import { describe, expect, test } from "vitest";
import { counterModel, tlbcheck, Workspace } from "./command.ts";

const workspace = new Workspace();
const run = (...words: string[]) => workspace.run(...words);

/** A model file of one scenario whose thread does this. */
const scenarioFile = (thread: string, imports = 'import { scenario } from "tlbcheck";'): string =>
  `${imports}\nexport default scenario("x", { about: "a scenario", arch: ["arm64"] }, (m) => {
  const page = m.mm().page("page0");
  m.thread("t0", { cpu: 0 }, (k) => {
    ${thread}
  });
});\n`;

describe("wrong words on the command line", () => {
  test("a command that is not there", async () => {
    const { status, err } = await run("chek", "x.ts");
    expect(status).toBe(64);
    expect(err).toBe(
      'error TLB306: there is no command "chek"\n  did you mean "check"? known: check, suite, list, init, show, litmus, necessity, export, crosscheck\n',
    );
  });

  test("two model files", async () => {
    workspace.write("one.ts", counterModel(""));
    const { status, err } = await run("one.ts", "other.ts");
    expect(status).toBe(64);
    expect(err).toBe(
      'error TLB306: one model file is checked at a time, and "other.ts" is a second\n  tlbcheck suite FOLDER checks all of a folder\n',
    );
  });

  test("an option without its value", async () => {
    expect((await run("one.ts", "-o")).err).toBe(
      "error TLB306: -o needs a value\n  tlbcheck --help tells what can be written\n",
    );
    expect((await run("one.ts", "--arch", "--json")).err).toContain("error TLB306: --arch needs a value");
  });

  test("an export without a language: the help that is meant is that of the command", async () => {
    const { status, err } = await run("export", "one.ts");
    expect(status).toBe(64);
    expect(err).toBe(
      "error TLB306: --to is missing, the language: promela, murphi, tla\n  tlbcheck export --help tells what can be written\n",
    );
  });

  test("a word that begins an option is taken for a slip", async () => {
    expect((await run("--vers")).err).toContain("did you mean --version?");
  });

  test("init names a file that would be taken", async () => {
    expect((await run("init", "race.js")).err).toContain("for example: tlbcheck init race.ts\n");
    expect((await run("init", "race")).err).toContain("for example: tlbcheck init race.ts\n");
  });
});

describe("a model that comes with tlbcheck", () => {
  const place = /models\/reclaim-mprotect\.ts$/m;

  test.each(["models/reclaim-mprotect.ts", "reclaim-mprotect", "reclaim-mprotect.ts"])(
    "by %s where it is not: where it is, to be pasted",
    async (name) => {
      const { status, err } = await run(name);
      expect(status).toBe(65);
      expect(err).toContain(`error TLB301: there is no file ${name}\n  it comes with tlbcheck: `);
      expect(err).toMatch(place);
    },
  );
});

describe("a model file", () => {
  test("without its import", async () => {
    const { err } = await run(workspace.write("import.ts", scenarioFile("k.access(page);", "")));
    expect(err).toBe(
      'error TLB305 import.ts:2:16: ReferenceError: scenario is not defined\n  write at the top: import { scenario } from "tlbcheck";\n',
    );
  });

  test("with a name that is not defined and that nobody exports", async () => {
    const { err } = await run(workspace.write("undefined.ts", scenarioFile("k.access(pag0);")));
    expect(err).toBe("error TLB305 undefined.ts:5:14: ReferenceError: pag0 is not defined\n");
  });

  test("with the name of the package misspelt", async () => {
    const text = scenarioFile("k.access(page);", 'import { scenario } from "tlbchek";');
    const { err } = await run(workspace.write("package.ts", text));
    expect(err).toContain('Could not resolve "tlbchek"');
    expect(err).toContain('did you mean "tlbcheck"?');
  });

  test("with a word of m where k is, is led to words of k", async () => {
    const { err } = await run(workspace.write("word.ts", scenarioFile("k.spinLock(page.ptl);")));
    expect(err).not.toContain("spinlock");
    expect(err).toContain("docs/words.md lists the words of k");
  });

  test("without an export is shown both kinds of model", async () => {
    const { err } = await run(workspace.write("none.ts", "export const a = 1;\n"));
    expect(err).toContain('export default scenario("name", { … }, (m) => { … })');
  });
});

test("what limits leave open is not called not as expected", async () => {
  const file = workspace.write(
    "limit.ts",
    counterModel(
      '  m.rule("count", { guard: () => [n.lessThan(3)], body: () => n.increase() });\n  m.invariant("small", n.atMost(3));',
      'variants: { a: { about: "", expect: {} }, b: { about: "", expect: {} } }',
    ),
  );
  const { status, out } = await run(file, "--max-states", "1");
  expect(status).toBe(20);
  expect(out).toMatch(/2 of 2 verdicts not decided/);
  expect(out).not.toContain("not as expected");
});

test("what is no report is told in one line", async () => {
  const { err } = await run("show", workspace.write("text.json", "/**\n * no\n */\n"));
  expect(err.split("\n")).toHaveLength(3);
});

const counting = counterModel(
  '  m.rule("count", { guard: () => [n.lessThan(3)], body: () => n.increase() });\n  m.invariant("small", n.atMost(3));',
);

test("two models of one name in a suite are told apart by their files", async () => {
  workspace.write("twins/a.ts", counting);
  workspace.write("twins/b.ts", counting);
  const { out } = await run("suite", "twins");
  expect(out).toContain("twins/a.ts");
  expect(out).toContain("twins/b.ts");
});

test("help of the command is what its mistakes point to", async () => {
  expect((await tlbcheck(["suite", "--formt"])).err).toContain("did you mean --format?");
  expect((await tlbcheck(["litmus"])).err).toContain("tlbcheck litmus --help tells");
});
