// Makes mistakes in the models that come with tlbcheck, and shows what becomes of each: no mistake may be silent.
//
//   node scripts/mistakes.mjs [COUNT] [--seed N] [--all]     200 unless given; --all lists every mistake, not only silent ones
//
// A mistake is an error, a verdict that the file does not expect, a warning, or visible otherwise (other variants); or it
// is equivalent, which is shown by the same model or the same graph. Status 1 if one is silent, or ends in an internal error.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  copyFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build, transform } from "esbuild";
import { Judge } from "./mistakes/judge.mjs";
import { mistakesIn } from "./mistakes/sites.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string", default: "1" }, all: { type: "boolean", default: false } },
});
const wanted = Number(positionals[0] ?? 200);
const folder = mkdtempSync(join(tmpdir(), "tlbcheck mistakes "));

/** The parts of tlbcheck that a command is made of, built beside dist/ as dist/ is. */
async function tlbcheckParts() {
  const target = join(root, "dist", "mistakes");
  const parts = [
    ["cli/load-model", ["loadModel"]],
    ["cli/plan", ["planTasks"]],
    ["cli/outcome-of", ["outcomeOf", "defaultProperties"]],
    ["explorer/wasm-engine", ["compiledEngine"]],
    ["report/outcome", ["asExpected"]],
    ["report/warnings", ["goalWarnings", "ruleWarnings"]],
  ];
  const entry = join(folder, "parts.ts");
  const source = (name) => join(root, "src", `${name}.ts`);
  writeFileSync(
    entry,
    parts
      .map(([name, exports]) => `export { ${exports.join(", ")} } from ${JSON.stringify(source(name))};`)
      .join("\n"),
  );
  await build({
    absWorkingDir: root,
    entryPoints: { index: source("index"), rules: source("rules"), "cli/parts": entry },
    outdir: target,
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node20.19",
    mainFields: ["module", "main"],
    external: ["esbuild", "piscina", "wabt"],
    logLevel: "warning",
  });
  mkdirSync(join(target, "compile"), { recursive: true });
  copyFileSync(join(root, "src", "compile", "runtime.wat"), join(target, "compile", "runtime.wat"));
  return import(pathToFileURL(join(target, "cli", "parts.js")).href);
}

/** The model files without their types. */
async function modelFiles() {
  const paths = readdirSync(join(root, "models"))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(root, "models", name));
  return Promise.all(
    [...paths, join(root, "templates", "my-race.ts")].map(async (path) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "ts", target: "es2022" });
      return { name: basename(path, ".ts"), code };
    }),
  );
}

/** Numbers below 1, the same for the same seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many mistakes, each kind in turn, whatever file they are in. */
function chosen(files, count) {
  const random = randomNumbers(Number(values.seed));
  const all = files.flatMap(({ name, code }) =>
    mistakesIn(code).map((mistake) => ({ ...mistake, name, code })),
  );
  const kinds = [...grouped(all).values()].map((list) =>
    list
      .map((mistake) => [random(), mistake])
      .toSorted(([a], [b]) => a - b)
      .map(([, mistake]) => mistake),
  );
  const picked = [];
  for (let round = 0; picked.length < Math.min(count, all.length); round++)
    picked.push(...kinds.flatMap((list) => (list[round] ? [list[round]] : [])));
  return picked.slice(0, count);
}

function grouped(all) {
  const groups = new Map();
  for (const each of all) groups.set(each.kind, [...(groups.get(each.kind) ?? []), each]);
  return groups;
}

function lineOf(code, start) {
  return code.slice(0, start).split("\n").length;
}

async function main() {
  const [tlbcheck, files] = await Promise.all([tlbcheckParts(), modelFiles()]);
  const judges = new Map();
  const counts = {};
  for (const [i, mistake] of chosen(files, wanted).entries()) {
    const { name, code, kind, start, end, text, was } = mistake;
    if (!judges.has(name)) {
      const original = join(folder, `${name}.ts`);
      writeFileSync(original, code);
      judges.set(name, await Judge.of(tlbcheck, original));
    }
    const path = join(folder, `${name}-${i}.ts`);
    writeFileSync(path, code.slice(0, start) + text + code.slice(end));
    const { as, why } = await judges.get(name).judge(path);
    (counts[kind] ??= {})[as] = (counts[kind][as] ?? 0) + 1;
    const short = (words) => words.replaceAll(/\s+/g, " ").slice(0, 90);
    if (values.all || as === "silent" || as === "internal")
      console.log(
        `${as.toUpperCase()} ${name}: ${kind}: ${short(was)} -> ${short(text)}\n    ${short(why)} (line ${lineOf(code, start)} without types)`,
      );
  }
  console.table(counts);
  const bad = Object.values(counts).reduce((sum, { silent = 0, internal = 0 }) => sum + silent + internal, 0);
  console.log(`${bad} of ${wanted} mistakes are silent or end in an internal error`);
  process.exitCode = bad > 0 ? 1 : 0;
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
