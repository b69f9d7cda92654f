// Compares the models that come with tlbcheck, and generated ones, with the other checkers. What it prints is the
// block of docs/trust.md. Arguments go to `tlbcheck crosscheck` in the place of the limits below;
// TLBCHECK_GENERATED and TLBCHECK_SEED say how many models are generated, and from what.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const given = process.argv.slice(2);
const limits = given.length > 0 ? given : ["--max-states", "15M", "--timeout", "10m", "--max-memory", "8G"];
const { TLBCHECK_GENERATED = "100", TLBCHECK_SEED = "5" } = process.env;

/** Runs a script of Node's to its end; what it prints is shown if `shown`, else returned. */
function node(words, shown, env = {}) {
  return spawnSync(process.execPath, words, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...env },
    stdio: ["ignore", shown ? "inherit" : "pipe", shown ? "inherit" : "pipe"],
    maxBuffer: 2 ** 28,
  });
}

function fail({ stdout, stderr, status }) {
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  process.exit(status || 1);
}

/** The line that tells how the checkers judge generated models. */
function compareGenerated() {
  const begin = performance.now();
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const words = [vitest, "run", "test/export/generated.test.ts", "--reporter=json"];
  const run = node(words, false, { TLBCHECK_GENERATED, TLBCHECK_SEED });
  if (run.status !== 0) fail(run);
  const which = `${TLBCHECK_GENERATED} generated models (seed ${TLBCHECK_SEED})`;
  // The test is skipped where there is nobody to compare with.
  if (JSON.parse(run.stdout).numPassedTests === 0) return `${which}: not compared`;
  return `${which} compared, all equal, in ${Math.round((performance.now() - begin) / 1000)} seconds`;
}

const build = node([join(root, "scripts", "build.mjs")], false);
if (build.status !== 0) fail(build);

const date = new Date().toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
console.log(`${date}, ${availableParallelism()} cores: tlbcheck crosscheck models ${limits.join(" ")}`);
const compared = node([join(root, "dist", "cli", "main.js"), "crosscheck", "models", ...limits], true);
if (compared.status !== 0) fail(compared);
console.log(compareGenerated());
