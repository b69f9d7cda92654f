/** What the code of a model file does to the process that runs it. */
import { describe, expect, test } from "vitest";
import { Workspace } from "./command.ts";

const workspace = new Workspace();
let written = 0;

/** A model file with code of its own at its top, and in its builder. */
function file(top: string, builder = ""): string {
  const text = `import { model, range } from "tlbcheck/rules";
${top}
export default model("counter", { about: "counts to three" }, (m) => {
  const n = m.variable("n", range(0, 3), 0);
  m.rule("up", { guard: () => [n.lessThan(3)], body: () => n.increase() });
  m.invariant("small", n.atMost(3));
  ${builder}
});
`;
  return workspace.write(`m${++written}.ts`, text);
}

describe("code that does not come to an end, with --timeout", () => {
  test.each([
    ["a loop at the top", "for (;;);", ""],
    ["a loop in the builder", "", "for (;;);"],
    ["a regular expression that backtracks", `/^(a+)+$/.test("a".repeat(50) + "b");`, ""],
    ["microtasks", "const f = () => Promise.resolve().then(f); await f();", ""],
    ["an await that a timer keeps alive", "setInterval(() => {}, 1000); await new Promise(() => {});", ""],
    ["a getter of the declaration", "", "Object.defineProperty({}, 'x', { get() { for (;;); } }).x;"],
  ])("%s", async (_, top, builder) => {
    const { status, out, err } = await workspace.run(file(top, builder), "--timeout", "1");
    expect({ status, out }).toEqual({ status: 20, out: "" });
    expect(err).toMatch(/^error TLB314: .* after 1 s \(--timeout\)\n {2}look for a loop.*\n$/);
  });

  test.each([[[]], [["suite"]]])("in JSON, of tlbcheck %j", async (command) => {
    const { status, out } = await workspace.run(
      ...command,
      file("", "while (true);"),
      "--timeout",
      "1",
      "--json",
    );
    expect(status).toBe(20);
    expect(JSON.parse(out)).toMatchObject({ status: 20, errors: [{ code: "TLB314" }] });
  });
});

describe("code that would end the process, or leave it waiting", () => {
  test.each([
    ["process.exit(0);", "", "process.exit(0) is called by a model file"],
    ["", "process.exit(3);", "process.exit(3) is called by a model file"],
    ["setTimeout(() => process.exit(0), 1);", "", "process.exit(0) is called by a model file"],
    ["await new Promise(() => {});", "", "waits for a promise that nothing settles"],
    [
      "await (async () => { await new Promise(() => {}); })();",
      "",
      "waits for a promise that nothing settles",
    ],
    ["Promise.reject(new Error('lost'));", "", "Error: lost"],
    ["Promise.reject('only text');", "", "threw only text"],
    ["", "Promise.reject(new RangeError('in the builder'));", "RangeError: in the builder"],
    ["setTimeout(() => { throw new Error('later'); }, 1);", "", "Error: later"],
  ])("%s%s is an error of the file", async (top, builder, message) => {
    const name = file(top, builder);
    const { status, out, err } = await workspace.run(name);
    expect({ status, out }).toEqual({ status: 65, out: "" });
    expect(err).toContain("error TLB305");
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
  });

  test("the place of a rejection is that of the file", async () => {
    const name = file("const wait = async () => { throw new Error('lost'); };\nwait();");
    expect((await workspace.run(name)).err).toMatch(new RegExp(`^error TLB305 ${name}:2:34: Error: lost`));
  });
});

test.each([
  ["console.log('noise'); console.info('noise'); console.table([1]);", ""],
  ["", "console.debug('noise'); console.dir({ noise: 1 });"],
])("%s%s goes to standard error, and the report is whole", async (top, builder) => {
  const name = file(top, builder);
  const { status, out, err } = await workspace.run(name, "--json");
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ results: [{ verdict: "holds" }] });
  expect(err).toContain("noise");
});

test("a timer that is left behind does not keep a finished run alive", async () => {
  expect(await workspace.run(file("setInterval(() => {}, 1000);"))).toMatchObject({ status: 0, err: "" });
});
