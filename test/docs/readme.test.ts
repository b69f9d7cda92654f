/** The README against the tool: its diagram, its verdicts and its model. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { diagram } from "../../src/report/diagram.ts";
import { plainStyle } from "../../src/report/style.ts";
import { replayViolation } from "../../src/trace/replay.ts";
import { familyOf, snippetsOf } from "./snippets.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

test("the diagram and the counts of the race are what the tool prints", async () => {
  const model = modelOf(reclaim, "barrier-only");
  const { violations, counts } = await compiledEngine.search(model, { properties: ["revoked-access"] });
  const { path } = violations.find(({ property }) => property === "revoked-access")!;
  const drawn = diagram(replayViolation(model, "revoked-access", path!), {
    width: 100,
    full: false,
    style: plainStyle,
  });
  expect(readme).toContain(drawn.join("\n"));
  const states = `${Math.floor(counts.states / 1000)} ${String(counts.states % 1000).padStart(3, "0")}`;
  expect(readme).toContain(`${path?.actions.length} steps, the shortest · ${states} states`);
});

test("so are the counts of the fix", async () => {
  const { counts } = await compiledEngine.search(modelOf(reclaim, "flush-mm"), {
    properties: ["revoked-access"],
  });
  const states = `${Math.floor(counts.states / 1000)} ${String(counts.states % 1000).padStart(3, "0")}`;
  expect(readme).toContain(`${states} states · depth ${counts.depth}`);
});

test("the model of the README does what its variants expect", async () => {
  const [snippet, ...more] = snippetsOf("README.md");
  expect(more).toEqual([]);
  const family = await familyOf(snippet!);
  expect(await violated(family, "flushed")).toEqual([]);
  expect(await violated(family, "early")).toEqual(["use-after-free-page"]);
  expect((await verdictsOf(modelOf(family, "early"))).unreached).toEqual([]);
});
