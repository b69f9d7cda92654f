/** Names and texts of a file are shown as they are: nothing in them reaches the terminal as a control character. */
import { describe, expect, test } from "vitest";
import { Workspace } from "./command.ts";

/** What a terminal acts on besides line breaks: C0 and C1 controls, DEL, and marks of direction. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const workspace = new Workspace();
workspace.write(
  "hostile.ts",
  `import { model, range } from "tlbcheck/rules";
export default model("hostile", { about: "blue \\u001b[34m title \\u001b]0;t\\u0007" }, (m) => {
  const n = m.variable("n\\u009b1A", range(0, 3), 0);
  m.rule("cursor\\u001b[H", {
    guard: () => [n.lessThan(3)],
    body: () => n.increase(),
    text: () => ["up \\u001b[1A\\r back \\u0008 \\u009d"],
  });
  m.rule("idle\\u001b[5m", { guard: () => [n.lessThan(0)], body: () => n.increase() });
  m.goal("never\\u007f", n.is(3).and(n.is(2)));
  m.invariant("bell\\u0007", n.lessThan(3), { consequence: "backwards \\u202e \\u2067" });
});
`,
);

describe("a model with control characters in all its texts", () => {
  test.each([
    [["hostile.ts"]],
    [["hostile.ts", "--full"]],
    [["hostile.ts", "--format", "commit"]],
    [["hostile.ts", "--json"]],
    [["hostile.ts", "--property", "nothing"]],
    [["suite", "hostile.ts", "--format", "markdown"]],
    [["list", "hostile.ts"]],
    [["list", "hostile.ts", "--json"]],
    [["export", "hostile.ts", "--to", "promela"]],
    [["hostile.ts", "--emit", "wat"]],
  ])("%j", async (words) => {
    const { out, err } = await workspace.run(...words);
    expect((out + err).replaceAll("\t", "")).not.toMatch(CONTROL);
    expect(out + err).not.toBe("");
  });

  test("colours are those of tlbcheck alone", async () => {
    const { out } = await workspace.run("hostile.ts", "--color");
    // eslint-disable-next-line no-control-regex -- these are what it is about
    expect(out.replace(/\u001b\[(?:1|2|31|32|33|22|39)m/g, "")).not.toMatch(CONTROL);
    expect(out).toContain("\u001b[31m");
    expect(out).toContain(String.raw`up \x1b[1A\r back \x08 \x9d`);
  });
});

test("a litmus test with control characters", async () => {
  workspace.write(
    "x.litmus",
    "AArch64 clear\u001b[2J\n{ 0:X1=x; }\n P0 ;\n MOV W0,#1 ;\n STR W0,[X1] ;\nexists (x=1)\n",
  );
  workspace.write("bad.litmus", "AArch64 bad\n{ 0:X1=x; }\n P0 ;\n \u001b[31mFOO ;\nexists (x=1)\n");
  for (const name of ["x.litmus", "bad.litmus"]) {
    const { out, err } = await workspace.run("litmus", name);
    expect(out + err).not.toMatch(CONTROL);
  }
});
