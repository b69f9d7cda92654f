/** The README against the tool: its diagram, its verdicts and its model. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import reclaim from "../../models/reclaim-mprotect.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { diagram } from "../../src/report/diagram.ts";
import { plural } from "../../src/report/text.ts";
import { plainStyle } from "../../src/report/style.ts";
import { familyOf, snippetsOf } from "./snippets.ts";
import { toldTrace } from "../support/forms.ts";
import { modelOf, verdictsOf, violated } from "../support/verdicts.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

test("the diagram and the counts of the race are what the tool prints", async () => {
  const model = modelOf(reclaim, "barrier-only");
  const { counts } = await compiledEngine.search(model, { properties: ["revoked-access"] });
  const trace = await toldTrace(reclaim, {
    variant: "barrier-only",
    arch: "arm64",
    property: "revoked-access",
  });
  const drawn = diagram(trace, { width: 100, full: false, style: plainStyle });
  expect(readme).toContain(drawn.join("\n"));
  expect(readme).toContain(
    `${trace.steps.length} steps, along the shortest run of closed hardware · ${plural(counts.states, "state")} ·`,
  );
});

test("so are the counts of the fix", async () => {
  const { counts } = await compiledEngine.search(modelOf(reclaim, "flush-mm"), {
    properties: ["revoked-access"],
  });
  expect(readme).toContain(`${plural(counts.states, "state")} · depth ${counts.depth}`);
});

test("the model of the README does what its variants expect", async () => {
  const [snippet, ...more] = snippetsOf("README.md");
  expect(more).toEqual([]);
  const family = await familyOf(snippet!);
  expect(await violated(family, "flushed")).toEqual([]);
  expect(await violated(family, "early")).toEqual(["use-after-free-page"]);
  expect((await verdictsOf(modelOf(family, "early"))).unreached).toEqual([]);
});
