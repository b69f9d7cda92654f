// Builds the package and the benchmark's programs, and runs the benchmark with the arguments given.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const bench = join(root, "bench");

const { status, stdout } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], {
  encoding: "utf8",
});
if (status !== 0) {
  process.stderr.write(stdout);
  process.exit(1);
}
await build({
  entryPoints: [join(bench, "main.ts"), join(bench, "explore.ts")],
  outdir: join(bench, ".out"),
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "error",
});
const run = spawnSync(process.execPath, [join(bench, ".out", "main.mjs"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exit(run.status ?? 1);
