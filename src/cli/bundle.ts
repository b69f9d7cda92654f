/** Makes one JavaScript module of a model file and what it imports. */
import { statSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Esbuild from "esbuild";
import type { Message, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { nearest, TlbcheckError } from "../model/diagnostic.ts";
import { own } from "../model/own.ts";
import { rememberInput } from "./files.ts";
import { shownPath } from "./paths.ts";

export interface Bundle {
  readonly code: string;
  /** The source map, as JSON; its paths are relative to `folder`. */
  readonly map: string;
  readonly folder: string;
}

/** The modules that a model file imports by name, and where this installation has them. */
export const ownModules: Readonly<Record<string, string>> = {
  tlbcheck: ownModule("index"),
  "tlbcheck/rules": ownModule("rules"),
};

/**
 * Bundles the file with its relative imports. "tlbcheck" stays an import, of this very installation, so that a
 * model file runs where no package is installed; other packages stay imports too, resolved from its folder.
 *
 * @throws TlbcheckError TLB303 with the place of each error
 */
export async function bundle(file: string): Promise<Bundle> {
  const esbuild = loadEsbuild();
  const folder = dirname(file);
  try {
    const result = await esbuild.build({
      entryPoints: [file],
      absWorkingDir: folder,
      outfile: join(folder, "model.js"),
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      target: "node20",
      sourcemap: "external",
      sourcesContent: false,
      logLevel: "silent",
      // The author's tsconfig must not change what a model means.
      tsconfigRaw: {},
      define: { "import.meta.url": JSON.stringify(pathToFileURL(file).href) },
      plugins: [packages],
    });
    const text = (end: string): string =>
      result.outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
    return { code: text(".js"), map: text(".map"), folder };
  } catch (error) {
    const { errors } = error as { errors?: Message[] };
    if (!errors) throw error;
    throw compileError(errors, folder);
  }
}

/** esbuild by `require`: to import a CommonJS package, Node looks through all its text for exports first. */
function loadEsbuild(): typeof Esbuild {
  return createRequire(import.meta.url)("esbuild") as typeof Esbuild;
}

const packages: Plugin = {
  name: "packages",
  setup(build) {
    build.onLoad({ filter: /.*/, namespace: "file" }, ({ path }) => loadFile(path));
    build.onResolve({ filter: /^[^./]/ }, (args) => resolvePackage(build, args));
  },
};

/** The bundler reads the file itself; of a FIFO it would read for ever. */
function loadFile(path: string): OnLoadResult | undefined {
  rememberInput(path);
  const isRegular = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  return isRegular ? undefined : { errors: [{ text: `${shownPath(path)} is not a regular file` }] };
}

/** Marks a question that this plugin asks itself. */
const ASKED = "asked";

async function resolvePackage(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  const ours = own(ownModules, args.path);
  if (ours !== undefined) return { path: ours, external: true };
  const isEntry = args.kind === "entry-point";
  if (
    isEntry ||
    args.pluginData === ASKED ||
    args.path.startsWith("node:") ||
    builtinModules.includes(args.path)
  )
    return undefined;
  const { resolveDir, kind, importer } = args;
  const found = await build.resolve(args.path, { resolveDir, kind, importer, pluginData: ASKED });
  if (found.errors.length > 0) return { errors: found.errors };
  if (found.external || /\.[mc]?tsx?$/.test(found.path)) return found;
  return { path: pathToFileURL(found.path).href, external: true };
}

function compileError(errors: readonly Message[], folder: string): TlbcheckError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const { location, text, notes } = first!;
  const source = location && {
    file: shownPath(resolve(folder, location.file)),
    line: location.line,
    column: location.column + 1,
  };
  // Advice on the bundler's own options is of no use to somebody who has not called it.
  const advice = notes.map((note) => note.text).filter((each) => !each.includes("from the bundle"));
  const [, gone] = /^Could not resolve "(.*)"$/.exec(text) ?? [];
  const near = gone === undefined ? undefined : nearest(gone, Object.keys(ownModules));
  const meant = near === undefined ? [] : [`did you mean "${near}"?`];
  const hint = [location?.lineText.trim(), ...advice, ...meant].filter(Boolean).join("\n  ");
  return new TlbcheckError("TLB303", `${text}${more}`, { source, ...(hint === "" ? {} : { hint }) });
}

/** The URL of a module of this installation, which runs as TypeScript in its own tests. */
function ownModule(name: string): string {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`../${name}.${extension}`, import.meta.url).href;
}
