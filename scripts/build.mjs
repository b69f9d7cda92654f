// Builds dist/ anew: compiled sources, the files beside them that need no compiling, and an executable command.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");
const target = join(root, "dist");

rmSync(target, { recursive: true, force: true });

const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
const { status } = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], {
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);

for (const name of readdirSync(source, { recursive: true, encoding: "utf8" }))
  if (/\.(wat|js)$/.test(name)) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    copyFileSync(join(source, name), join(target, name));
  }

const command = join(target, "cli", "main.js");
if (existsSync(command)) chmodSync(command, 0o755);
