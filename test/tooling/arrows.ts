/** The import arrows of the source tree: which folder may import which, and who may use Node itself. */
import { posix } from "node:path";

/** What each part may import besides itself. A part is a folder of `src/`, or one of its top files. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  model: [],
  arch: ["model"],
  kernel: ["program", "arch", "model"],
  properties: ["kernel", "arch", "model"],
  program: ["arch", "model"],
  litmus: ["explorer", "trace", "program", "arch", "model"],
  trace: ["model"],
  compile: ["trace", "model"],
  explorer: ["compile", "trace", "model"],
  necessity: ["model"],
  export: ["trace", "model"],
  report: ["trace", "model"],
  session: ["report", "explorer", "trace", "model"],
  cli: [
    "session",
    "report",
    "export",
    "litmus",
    "necessity",
    "explorer",
    "compile",
    "trace",
    "properties",
    "kernel",
    "arch",
    "model",
  ],
  "index.ts": ["rules.ts", "kernel", "arch", "properties", "model"],
  "rules.ts": ["model"],
  "check.ts": ["session", "report", "explorer", "trace", "model"],
};

/**
 * Where `node:` modules and packages made for Node may be used, so that the rest can run in a browser: the
 * command line, the worker pool and the reader of the WebAssembly text.
 */
export const usesNode: readonly RegExp[] = [/^src\/cli\//, /^src\/explorer\/wasm-(pool|runtime-file)\.ts$/];

/** Packages that run in a browser too; of sarif there are types alone. */
const portablePackages = ["immutable", "wabt", "acorn", "acorn-walk", "magic-string", "sarif"];

/** All that a model file may import. */
const modelImports = ["tlbcheck", "tlbcheck/rules"];

/** What a source file imports, statically or not, for its values or its types. */
export function importsOf(source: string): string[] {
  const clause = /^[ \t]*(?:import|export)\b(?:[^;"'()=]*?\bfrom)?\s*["']([^"'\n]+)["']/gm;
  const call = /\bimport\(\s*["']([^"'\n]+)["']/g;
  return [clause, call].flatMap((pattern) =>
    [...source.matchAll(pattern)].flatMap(([, target]) => target ?? []),
  );
}

/** Each import of a file that goes against the arrows, as one line. */
export function violations(path: string, source: string): string[] {
  return importsOf(source).flatMap((target) => {
    const reason = objection(path, target);
    return reason === null ? [] : [`${path} imports ${target}: ${reason}`];
  });
}

function objection(path: string, target: string): string | null {
  if (path.startsWith("models/"))
    return modelImports.includes(target) ? null : `models import only ${modelImports.join(" and ")}`;
  if (!target.startsWith(".")) return packageObjection(path, target);
  const from = partOf(path);
  const to = partOf(posix.join(posix.dirname(path), target));
  if (to === null) return "it lies outside of src";
  if (from === to) return null;
  const allowed = from === null ? undefined : arrows[from];
  if (!allowed) return "the importing part is not in the table of arrows";
  return allowed.includes(to) ? null : `${from} may import ${allowed.join(", ") || "nothing"} besides itself`;
}

function packageObjection(path: string, target: string): string | null {
  if (target.startsWith("tlbcheck")) return "sources import each other by path";
  if (portablePackages.includes(target) || usesNode.some((each) => each.test(path))) return null;
  return "this part must run without Node";
}

/** `model` for `src/model/term.ts`, `rules.ts` for `src/rules.ts`, null for what is not in src. */
function partOf(path: string): string | null {
  const [top, part] = path.split("/");
  return top === "src" && part !== undefined ? part : null;
}
