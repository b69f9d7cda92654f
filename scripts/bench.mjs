// Builds the package and the benchmark's programs, and runs one of them with the arguments given: `main`, or another
// whose name is the first argument.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const bench = join(root, "bench");
const programs = ["liveness", "misuse"];

const { status, stdout } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], {
  encoding: "utf8",
});
if (status !== 0) {
  process.stderr.write(stdout);
  process.exit(1);
}
await build({
  entryPoints: ["main.ts", "explore.ts", ...programs.map((name) => `${name}.ts`)].map((file) =>
    join(bench, file),
  ),
  outdir: join(bench, ".out"),
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "error",
});
const given = process.argv.slice(2);
const program = programs.includes(given[0]) ? given.shift() : "main";
const run = spawnSync(process.execPath, [join(bench, ".out", `${program}.mjs`), ...given], {
  stdio: "inherit",
});
process.exit(run.status ?? 1);
