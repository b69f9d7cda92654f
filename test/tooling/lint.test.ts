import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The lint's findings in the fixtures, which the ordinary run leaves out: `rule:line`. */
function findings(): string[] {
  const run = spawnSync(
    process.execPath,
    [
      "node_modules/oxlint/bin/oxlint",
      "-c",
      "test/tooling/fixtures/oxlint.json",
      "-f",
      "unix",
      "test/tooling/fixtures",
    ],
    { cwd: root, encoding: "utf8" },
  );
  return [...run.stdout.matchAll(/\.ts:(\d+):\d+:.*\/\w+\(([\w-]+)\)\]/g)].map(
    ([, line, rule]) => `${rule}:${line}`,
  );
}

test("the lint refuses an expression of the model as a JavaScript condition, and a forgotten promise", () => {
  expect(findings()).toEqual(
    expect.arrayContaining([
      "strict-boolean-expressions:8",
      "strict-boolean-expressions:12",
      "strict-boolean-expressions:14",
      "no-floating-promises:17",
    ]),
  );
});
