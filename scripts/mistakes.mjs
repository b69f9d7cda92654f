// Makes mistakes in the models that come with tlbcheck, and shows what becomes of each: none may be silent.
//
//   node scripts/mistakes.mjs [COUNT] [--seed N] [--all] [--model NAME] [--only NUMBER]
//
// COUNT is 200 unless given. --all lists every mistake, not only those that a reader must look at; --model takes those of
// one model file; --only makes one of the mistakes of a seed and prints the mistaken file.
//
// What can become of a mistake:
//   error              tlbcheck refuses the file, at the line of the mistake, of a call around it, or by naming it
//   error elsewhere    it refuses the file at the line where the mistaken value is used
//   verdict, vacuous   the verdict of some configuration, or what is expected of it, is another; also under --set of a
//                      flag of the model, where nothing is seen without
//   warning            a line of the file is reported as never reached, which was reached before
//   visible            the table has other rows: other configurations, or another property
//   same model         equivalent, and proved: every configuration compiles to the same rules, variables and properties,
//                      but for the names of these
//   other variant      equivalent, and proved: what differs compiles to the model of another variant of the file, of which
//                      the same is expected
//   same counts        equivalent as far as can be seen: all configurations that differ have, explored to the end, the
//                      same states, transitions, depth, firings of rules, goals, verdicts and lengths of traces
//   reviewed           something else happens and every verdict is right all the same, for the reason in reviewed.mjs
//   silent, internal, error without a line, stale record: what must not be, and status 1
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SourceMap } from "node:module";
import { transform } from "esbuild";
import { chosen } from "./mistakes/choose.mjs";
import { Judge } from "./mistakes/judge.mjs";
import { tlbcheckParts } from "./mistakes/parts.mjs";
import { reviewOf, stale } from "./mistakes/reviewed.mjs";
import { applied, linesOf, mistakesIn } from "./mistakes/sites.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    all: { type: "boolean", default: false },
    model: { type: "string" },
    only: { type: "string" },
  },
});
const wanted = Number(positionals[0] ?? 200);
const folder = mkdtempSync(join(tmpdir(), "tlbcheck mistakes "));

/** The model files without their types, and the lines that they had with them. */
async function modelFiles() {
  const names = readdirSync(join(root, "models")).filter((name) => name.endsWith(".ts"));
  const paths = [...names.map((name) => join("models", name)), join("templates", "my-race.ts")];
  const wanted = paths.filter((path) => [undefined, basename(path, ".ts")].includes(values.model));
  return Promise.all(wanted.map(withoutTypes));
}

async function withoutTypes(path) {
  const text = readFileSync(join(root, path), "utf8");
  const { code, map } = await transform(text, { loader: "ts", target: "es2022", sourcemap: true });
  return { name: basename(path, ".ts"), path, code, map: new SourceMap(JSON.parse(map)) };
}

/** All mistakes of a file, each with what a record is found by. */
function withKeys(file) {
  const lines = file.code.split("\n");
  return mistakesIn(file.code).map((mistake) => ({
    ...mistake,
    model: file.name,
    line: lines[linesOf(file.code, mistake).from - 1],
  }));
}

/** Makes a mistake and shows what becomes of it. */
async function made(tlbcheck, judges, { file, mistake }, i) {
  const { name, code } = file;
  if (!judges.has(name)) {
    const original = join(folder, `${name}.ts`);
    writeFileSync(original, code);
    judges.set(name, await Judge.of(tlbcheck, original));
  }
  const path = join(folder, `${name}-${i}.ts`);
  writeFileSync(path, applied(code, mistake));
  if (values.only !== undefined) console.log(applied(code, mistake));
  const began = Date.now();
  const place = { ...linesOf(code, mistake), text: bare(mistake.text) };
  const { as, why } = reviewed(mistake, await judges.get(name).judge(path, place));
  show(i, file, mistake, { as, why }, Date.now() - began);
  return { mistake, as };
}

/** A text without its quotation marks, as a message has it. */
function bare(text) {
  return text.replaceAll(/^"|"$/g, "");
}

function reviewed(mistake, { as, why }) {
  const reason = reviewOf(mistake);
  if (reason === undefined) return { as, why };
  if (as === "silent") return { as: "reviewed", why: reason };
  return { as: "stale record", why: `it is recorded as one that nobody sees: ${reason}` };
}

/** What a run must not find. */
const FAILURES = ["silent", "internal", "error without a line", "stale record"];
/** What a reader may want to look at. */
const SHOWN = [...FAILURES, "error elsewhere"];

function show(i, { path, code, map }, mistake, { as, why }, ms) {
  if (!values.all && !SHOWN.includes(as)) return;
  const short = (words) => words.replaceAll(/\s+/g, " ").trim().slice(0, 150);
  const { originalLine } = map.findEntry(linesOf(code, mistake).from - 1, 0);
  const { kind, was, text } = mistake;
  console.log(`${i} ${as.toUpperCase()} ${path}:${originalLine + 1}: ${kind} (${ms} ms)`);
  console.log(`    ${short(was)} -> ${short(text)}`);
  console.log(`    ${why.slice(0, 700)}`);
}

async function main() {
  const [tlbcheck, files] = await Promise.all([tlbcheckParts(root, folder), modelFiles()]);
  const given = files.map((file) => ({ file, mistakes: withKeys(file) }));
  const old = stale(
    files.map(({ name }) => name),
    given.flatMap(({ mistakes }) => mistakes),
  );
  for (const { model, line } of old) console.log(`STALE RECORD of ${model}: ${line}`);
  const judges = new Map();
  const results = [];
  for (const [i, each] of chosen(given, wanted, Number(values.seed)).entries())
    if (values.only === undefined || i === Number(values.only))
      results.push(await made(tlbcheck, judges, each, i));
  const bad = results.filter(({ as }) => FAILURES.includes(as)).length + old.length;
  table(results);
  console.log(`${results.length} mistakes, of which ${bad} must not be as they are`);
  process.exitCode = bad > 0 ? 1 : 0;
}

function table(results) {
  const counts = {};
  for (const { mistake, as } of results) {
    counts[mistake.kind] ??= {};
    counts[mistake.kind][as] = (counts[mistake.kind][as] ?? 0) + 1;
  }
  console.table(counts);
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
