// Builds dist/ anew: declarations, bundled code, the files beside it that need no compiling, and an executable
// command.
//
// The code is bundled because the command is to answer in a tenth of a second or three: to find, read and link
// some hundred small modules, most of them of packages, takes half of that. Entry points share their code in
// chunks, so that a model file and the command that loads it have the same classes.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");
const target = join(root, "dist");

/** The modules that others import, or run: the package's exports, the command and its workers, the engine for `npm run bench`. */
const ENTRIES = [
  "index.ts",
  "rules.ts",
  "check.ts",
  "cli/main.ts",
  "cli/suite-worker.ts",
  "cli/watchdog-worker.ts",
  "explorer/wasm-engine.ts",
];
/** Packages with programs or workers of their own, which cannot become a part of a bundle. */
const EXTERNAL = ["esbuild", "piscina", "wabt"];

rmSync(target, { recursive: true, force: true });

const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
const declarations = ["-p", join(root, "tsconfig.build.json"), "--emitDeclarationOnly"];
const { status } = spawnSync(process.execPath, [compiler, ...declarations], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ENTRIES.map((entry) => join(source, entry)).filter(existsSync),
  outbase: source,
  outdir: target,
  bundle: true,
  splitting: true,
  // One folder below dist/, as the modules are in src/: they find files by paths relative to themselves.
  chunkNames: "chunks/[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "node20.19",
  mainFields: ["module", "main"],
  external: EXTERNAL,
  metafile: true,
  logLevel: "warning",
});

writeFileSync(join(target, "THIRD-PARTY-NOTICES.txt"), notices(Object.keys(metafile.inputs)));

for (const name of readdirSync(source, { recursive: true, encoding: "utf8" }))
  if (/\.(wat|js)$/.test(name)) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    copyFileSync(join(source, name), join(target, name));
  }

const command = join(target, "cli", "main.js");
if (existsSync(command)) chmodSync(command, 0o755);

/** The licences of the packages that became a part of the bundle. */
function notices(inputs) {
  const folders = inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)]
    .sort((a, b) => a.localeCompare(b))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
      const text = file ? readFileSync(join(root, folder, file), "utf8").trim() : "";
      return `${name} ${version}, ${license}\n\n${text}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
