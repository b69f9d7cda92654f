// Saves what the models and litmus tests of this tree answer, and compares it with what was saved before: verdicts,
// state counts, lengths of traces, final states. For changes that must change nothing, and for those whose every
// difference is to be explained.
//
//   node scripts/verdicts.mjs save FILE [LITMUS FOLDER ...]     needs `npm run build`
//   node scripts/verdicts.mjs compare OLD NEW                   status 1 if anything differs
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [command, ...words] = process.argv.slice(2);

/** The JSON document that a command of the built program prints. */
function tlbcheck(...args) {
  const program = join(root, "dist", "cli", "main.js");
  const run = spawnSync(process.execPath, [program, ...args, "--json"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  try {
    return JSON.parse(run.stdout);
  } catch {
    throw new Error(`tlbcheck ${args.join(" ")} printed no JSON (status ${run.status}): ${run.stderr}`);
  }
}

/** One line for each verdict of the suite, by what was asked. */
function suite() {
  const lines = tlbcheck("suite").results.map((result) => {
    const { model, arch, variant, parameters, property, verdict, states, transitions, steps } = result;
    const key = [model, arch ?? "-", variant, JSON.stringify(parameters), property].join(" ");
    return [key, `${verdict} states=${states} transitions=${transitions} trace=${steps ?? "-"}`];
  });
  return Object.fromEntries(lines);
}

/** One line for each litmus test, part and memory order. */
function litmus(folder) {
  const lines = ["--ets2", "--no-ets2"].flatMap((part) =>
    tlbcheck("litmus", folder, part).tests.map((test) => {
      const { name, file, unsupported, observation, stopped, positive, negative, bbm } = test;
      const said = observation ?? (unsupported ? "unsupported" : `stopped: ${stopped}`);
      return [`litmus ${part} ${name ?? file}`, `${said} ${positive ?? "-"}/${negative ?? "-"} bbm=${bbm}`];
    }),
  );
  return Object.fromEntries(lines);
}

function save(file, folders) {
  const found = Object.assign(suite(), ...["litmus", ...folders].map(litmus));
  writeFileSync(file, `${JSON.stringify(found, null, 1)}\n`);
  console.log(`${Object.keys(found).length} answers saved in ${file}`);
}

function compare(before, after) {
  const [old, now] = [before, after].map((file) => JSON.parse(readFileSync(file, "utf8")));
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const different = keys.filter((key) => old[key] !== now[key]);
  for (const key of different)
    console.log(`${key}\n  - ${old[key] ?? "no such"}\n  + ${now[key] ?? "no such"}`);
  console.log(`${keys.length} answers compared, ${different.length} differ`);
  process.exitCode = different.length > 0 ? 1 : 0;
}

if (command === "save" && words.length > 0) save(words[0], words.slice(1));
else if (command === "compare" && words.length === 2) compare(words[0], words[1]);
else {
  console.error("usage: node scripts/verdicts.mjs save FILE [LITMUS FOLDER ...] | compare OLD NEW");
  process.exitCode = 64;
}
