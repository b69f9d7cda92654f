// Counts what this machine leaves out of Arm's litmus outcomes: the tests of folders with a `verdicts.tsv` that come out
// Never here and Sometimes with Arm, by the kinds of accesses in them that Arm may perform the other way round.
// Prints the table of docs/litmus-stronger.md.
//
//   node scripts/litmus-stronger.mjs FOLDER ...     needs `npm run build`
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error("usage: node scripts/litmus-stronger.mjs FOLDER ...");
  process.exit(64);
}

/** The tests of a folder that are stronger, on one part. */
function stronger(folder, part) {
  const table = [join(folder, "verdicts.tsv"), join(folder, "..", "verdicts.tsv")].find(existsSync);
  const program = join(root, "dist", "cli", "main.js");
  const args = [program, "litmus", folder, part, "--json", "--expect", table];
  const run = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 30 });
  return JSON.parse(run.stdout).tests.filter(({ comparison }) => comparison?.kind === "stronger");
}

function count(tests) {
  const kinds = new Map([["tests", tests.length]]);
  for (const { unordered } of tests)
    for (const kind of unordered.length > 0 ? unordered : ["none that follow each other"])
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return kinds;
}

const columns = folders.flatMap((folder) =>
  ["--ets2", "--no-ets2"].map((part) => ({
    title: `${basename(folder)}, ${part === "--ets2" ? "ETS2" : "no ETS2"}`,
    kinds: count(stronger(folder, part)),
  })),
);
const total = (kind) => columns.reduce((sum, { kinds }) => sum + (kinds.get(kind) ?? 0), 0);
const kinds = [...new Set(columns.flatMap(({ kinds }) => [...kinds.keys()]))];
kinds.sort((a, b) => (a === "tests" ? -1 : b === "tests" ? 1 : total(b) - total(a) || a.localeCompare(b)));
console.log(`| | ${columns.map(({ title }) => title).join(" | ")} |`);
console.log(`| --- | ${columns.map(() => "---:").join(" | ")} |`);
for (const kind of kinds)
  console.log(`| ${kind} | ${columns.map((each) => each.kinds.get(kind) ?? 0).join(" | ")} |`);
