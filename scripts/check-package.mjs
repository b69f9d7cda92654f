// Packs the project, installs the tarball into an empty folder elsewhere, and checks a model file that lives there.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tlbcheck-package-"));

// A lock that two CPUs take and give back, and one that the second takes without looking.
const MODEL = `
import { eachOf, forAll, model, names, not, bool } from "tlbcheck/rules";

export default model(
  "lock",
  {
    about: "two CPUs and one lock",
    variants: {
      careful: { about: "both look before they take it", expect: {} },
      careless: { about: "nobody looks", expect: { exclusive: "violated" } },
    },
  },
  (m, { variant }) => {
    const cpu = names("cpu", 2);
    const held = m.array("held", [cpu], bool, false);
    m.rule("take", {
      parameters: { c: cpu },
      guard: ({ c }) => [
        not(held.at(c)),
        ...(variant === "careful" ? [forAll(cpu, (other) => not(held.at(other)))] : []),
      ],
      body: ({ c }) => held.at(c).set(true),
    });
    m.rule("give", {
      parameters: { c: cpu },
      guard: ({ c }) => [held.at(c)],
      body: ({ c }) => held.at(c).set(false),
    });
    const [first, second] = eachOf(cpu);
    m.invariant("exclusive", not(held.at(first!).and(held.at(second!))));
  },
);
`;

/** Runs `npx tlbcheck` in the folder; its output, or an error if the status is not the expected one. */
function tlbcheck(expected, ...args) {
  const { status, stdout, stderr } = spawnSync("npx", ["--no", "tlbcheck", ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status === expected) return stdout;
  throw new Error(`tlbcheck ${args.join(" ")} ended with ${status}, not ${expected}\n${stdout}${stderr}`);
}

function expectText(output, text) {
  if (!output.includes(text)) throw new Error(`the output lacks "${text}":\n${output}`);
}

try {
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: root });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  execFileSync("npm", ["install", "--silent", join(folder, tarball)], { cwd: folder, stdio: "inherit" });
  writeFileSync(join(folder, "lock.ts"), MODEL);

  expectText(tlbcheck(0, "lock.ts"), "careless");
  tlbcheck(12, "lock.ts", "--variant", "careless");
  tlbcheck(0, "lock.ts", "--variant", "careful");
  tlbcheck(0, join("node_modules", "tlbcheck", "models", "reclaim-mprotect.ts"));

  // The same model, without what only TypeScript has, from a program: no command line, no process.
  writeFileSync(join(folder, "lock.mjs"), MODEL.replaceAll("!)", ")"));
  writeFileSync(
    join(folder, "program.mjs"),
    `import { check, isAsExpected, textOf } from "tlbcheck/check";
import lock from "./lock.mjs";
const outcomes = await check(lock);
console.log(outcomes.map(textOf).join("\\n"), outcomes.every(isAsExpected));
`,
  );
  const program = execFileSync("node", ["program.mjs"], { cwd: folder, encoding: "utf8" });
  expectText(program, "VIOLATED  exclusive");
  expectText(program, "true");

  tlbcheck(0, "init", "my race.ts");
  tlbcheck(0, "my race.ts");
  expectText(
    tlbcheck(12, "my race.ts", "--variant", "broken", "--format", "commit"),
    "[through a cached RW entry]",
  );
  tlbcheck(0, "my race.ts", "--format", "json", "-o", "report.json");
  expectText(tlbcheck(0, "show", "report.json", "--run-models", "--format", "commit"), "CPU0 (reclaim)");
  expectText(tlbcheck(0, "suite", ".", "--threads", "2"), "all as expected");
  const schema = execFileSync(process.execPath, ["-p", 'require.resolve("tlbcheck/report.schema.json")'], {
    cwd: folder,
    encoding: "utf8",
  });
  expectText(readFileSync(schema.trim(), "utf8"), "schemaVersion");
  console.log(`the package works in ${folder}, which is removed now`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
