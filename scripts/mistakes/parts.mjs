// The parts of tlbcheck that judge a model file, built beside dist/ as dist/ is.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const PARTS = {
  "cli/load-model": ["loadModel"],
  "session/plan": ["planTasks"],
  "session/outcome-of": ["tracedOutcome"],
  "cli/failure": ["failureOf"],
  "report/warnings": ["ruleWarnings"],
  "model/family": ["expectedVerdict"],
  "explorer/wasm-engine": ["compiledEngine as engine"],
};

/** The functions in PARTS, of one build: what a model file imports and what judges it are the same classes. */
export async function tlbcheckParts(root, folder) {
  const target = join(root, "dist", "mistakes");
  const source = (name) => join(root, "src", `${name}.ts`);
  const entry = join(folder, "parts.ts");
  const lines = Object.entries(PARTS).map(
    ([name, exports]) => `export { ${exports.join(", ")} } from ${JSON.stringify(source(name))};`,
  );
  writeFileSync(entry, lines.join("\n"));
  await build({
    absWorkingDir: root,
    entryPoints: { index: source("index"), rules: source("rules"), "cli/parts": entry },
    outdir: target,
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node20.19",
    mainFields: ["module", "main"],
    external: ["esbuild", "piscina", "wabt"],
    logLevel: "warning",
  });
  mkdirSync(join(target, "compile"), { recursive: true });
  copyFileSync(join(root, "src", "compile", "runtime.wat"), join(target, "compile", "runtime.wat"));
  return import(pathToFileURL(join(target, "cli", "parts.js")).href);
}
