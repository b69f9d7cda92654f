// Writes docs/necessity-tables.md: which steps of the fixed variant of each race are needed. Needs the build, and some
// minutes. With --check nothing is written, and the status is 1 if something would change.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "docs", "necessity-tables.md");

/** The fix of each race, on the architectures that say something different of it. */
const FIXED = [
  ["reclaim-mprotect", "flush-mm", ["arm64", "intel", "riscv"]],
  ["table-free", "mainline", ["arm64", "intel"]],
  ["secondary-tlb", "upgrade-flush-notifies", ["arm64"]],
  ["secondary-tlb", "batch-flush-owner", ["intel"]],
  ["thp-split-gup", "fixed-mapping", ["arm64", "intel"]],
  ["deferred-kernel-flush", "flag-before-flush", ["intel"]],
  ["mremap-move", "fixed", ["arm64", "intel"]],
  ["nested-gather", "fixed", ["arm64", "intel"]],
];

function table(model, variant, arch) {
  const words = ["necessity", `models/${model}.ts`, "--variant", variant, "--arch", arch];
  const args = [join(root, "dist", "cli", "main.js"), ...words, "--format", "markdown"];
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (run.status === 0) return `${run.stdout.trimEnd()}\n\n\`tlbcheck ${words.join(" ")}\``;
  process.stderr.write(`${words.join(" ")} ended with ${run.status}\n${run.stdout}${run.stderr}`);
  process.exit(1);
}

const tables = FIXED.flatMap(([model, variant, archs]) => archs.map((arch) => table(model, variant, arch)));
const text = `# Which steps the fixes need

Written by \`npm run necessity\`; [necessity.md](necessity.md) says how to read it.

${tables.join("\n\n")}
`;
const formatted = await format(text, { ...(await resolveConfig(page)), filepath: page });
if (!process.argv.includes("--check")) writeFileSync(page, formatted);
else if (readFileSync(page, "utf8") !== formatted) {
  process.stderr.write(`${page} is not what the tool prints: npm run necessity\n`);
  process.exit(1);
}
