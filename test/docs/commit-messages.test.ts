/** `docs/commit-messages.md` against the tool: the headline violation of each race. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tracedOutcome } from "../../src/session/outcome-of.ts";
import { planTasks } from "../../src/session/plan.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { expectedVerdict, type Family } from "../../src/model/family.ts";
import { commitText } from "../../src/report/commit.ts";
import { brokenRules, headColumns } from "../report/commit-rules.ts";
import { root } from "./snippets.ts";

const page = readFileSync(join(root, "docs/commit-messages.md"), "utf8");
const files = readdirSync(join(root, "models")).filter((name) => name.endsWith(".ts"));
const families = await Promise.all(
  files.map(async (name) => {
    const path = join(root, "models", name);
    return ((await import(/* @vite-ignore */ path)) as { default: Family }).default;
  }),
);
/** Models of hardware: the races. */
const races = families.filter(({ spec }) => spec.arch !== undefined && spec.headline !== undefined);

/** The text that `--format commit` writes of the headline. */
async function headlineOf(family: Family): Promise<string> {
  const { headline, arch: architectures } = family.spec;
  const { variant, arch = architectures![0] } = headline!;
  const file = `models/${family.name}.ts`;
  const [task] = planTasks(family, { file, arch, variant, parameters: {}, properties: [] });
  const violated = task!.judged.filter(
    ({ name }) => expectedVerdict(family, task!.configuration, name) === "violated",
  );
  const property = headline!.property ?? violated[0]!.name;
  const [alone] = planTasks(family, { file, arch, variant, parameters: {}, properties: [property] });
  const options = { properties: alone!.searched };
  const result = await compiledEngine.search(alone!.model, options);
  const outcome = await tracedOutcome({ ...alone!, family, engine: "wasm" }, compiledEngine, result, options);
  return commitText(outcome, outcome.properties[0]!, false).join("\n");
}

describe("docs/commit-messages.md", () => {
  const blocks = [...page.matchAll(/^```text\n(.*?)\n```$/gms)].map(([, block]) => block!);

  test("has a diagram for each race and no other", () => {
    const told = [...page.matchAll(/^### ([\w-]+): /gm)].map(([, name]) => name!);
    expect(told.sort()).toEqual(races.map(({ name }) => name).sort());
    expect(blocks).toHaveLength(races.length);
  });

  test.each(races.map((family) => [family.name, family] as const))(
    "%s: as the tool prints it (npm run readme)",
    async (_, family) => {
      expect(blocks).toContain(await headlineOf(family));
    },
  );

  test.each(blocks)("is what a commit message may be, %#", (block) => {
    expect(brokenRules(block)).toEqual([]);
    const columns = headColumns(block);
    if (columns.length > 0) expect([[4], [4, 36], [4, 28, 52]]).toContainEqual(columns);
    else expect(block).toMatch(/^ {4}\[Time 1\] /m);
    // What is repeated for ever has no step that violates.
    if (block.includes("(from here on, again and again)"))
      expect(block).toMatch(/[^^]\n\n[^ ].* for ever\b.*\.\n\nstate:\n( {4}.*\n)+\ntlbcheck: /s);
    else
      expect(block).toMatch(/^ +\^+\n\n[^ ].*\.\n\nstate before the last step:\n( {4}.*\n)+\ntlbcheck: /ms);
  });
});
