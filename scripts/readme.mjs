// Writes what the documentation says of all models: the table of the README, and the diagrams of docs/commit-messages.md.
// With --check nothing is written, and the status is 1 if something would change. Both need the build, and fail
// unless every verdict is as expected.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

const root = fileURLToPath(new URL("..", import.meta.url));
const isCheck = process.argv.includes("--check");

/** What `tlbcheck` prints; the script ends if its status is none of the expected ones. */
function tlbcheck(words, statuses = [0]) {
  const command = [join(root, "dist", "cli", "main.js"), ...words];
  const run = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (statuses.includes(run.status)) return run.stdout;
  process.stderr.write(`tlbcheck ${words.join(" ")} ended with ${run.status}\n${run.stdout}${run.stderr}`);
  process.exit(1);
}

/** The violation that each race is known for, as its commit message would have it. */
function headlines() {
  const { models } = JSON.parse(tlbcheck(["list", "models", "--json"]));
  return models.filter(({ arch, headline }) => arch.length > 0 && headline !== null).map(headlineOf);
}

function headlineOf({ file, model, about, arch: architectures, headline, variants }) {
  const { variant, arch = architectures[0] } = headline;
  const { expect } = variants.find((each) => each.variant === variant);
  const isViolated = (verdict) => verdict === "violated" || verdict[arch] === "violated";
  const [first] = Object.entries(expect).find(([, verdict]) => isViolated(verdict)) ?? [];
  const property = headline.property ?? first;
  const words = [file, "--arch", arch, "--variant", variant, "--property", property, "--format", "commit"];
  const text = tlbcheck(words, [12, 13]);
  return [
    `### ${model}: ${about}`,
    "",
    `\`tlbcheck ${words.join(" ")}\``,
    "",
    "```text",
    text.trimEnd(),
    "```",
    "",
  ].join("\n");
}

/** The page with another text between its marks, as prettier leaves it. */
async function renewed(page, name, text) {
  const path = join(root, page);
  const before = readFileSync(path, "utf8");
  const block = new RegExp(`(<!-- ${name}: .*? -->\n)[^]*(<!-- end of ${name} -->)`);
  if (!block.test(before)) throw new Error(`${page} has no marks of ${name}`);
  const after = before.replace(block, (_, begin, end) => `${begin}\n${text}\n${end}`);
  const options = await resolveConfig(path);
  return { page, path, before, after: await format(after, { ...options, filepath: path }) };
}

const pages = [
  await renewed("README.md", "verdicts", tlbcheck(["suite", "models", "--format", "markdown"])),
  await renewed("docs/commit-messages.md", "diagrams", headlines().join("\n")),
];
for (const { page, path, after } of pages.filter((each) => each.before !== each.after)) {
  if (!isCheck) writeFileSync(path, after);
  console.log(isCheck ? `${page} is stale: npm run readme` : `${page} is written`);
  if (isCheck) process.exitCode = 1;
}
