/** Loads a model file: from its path to the family of models that it exports. */
import { type Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { nearest, suggest, TlbcheckError } from "../model/diagnostic.ts";
import { type Family, isFamily } from "../model/family.ts";
import { mapSources } from "../model/map-sources.ts";
import type { Source } from "../model/model.ts";
import { isStackOverflow, stackOverflow } from "../model/size-limits.ts";
import { bundle, ownModules } from "./bundle.ts";
import { shellQuote } from "../report/shell.ts";
import { OWN_MODELS, shownPath } from "./paths.ts";
import { Positions } from "./positions.ts";
import { rememberCode } from "./model-process.ts";
import { watched } from "./watchdog.ts";
import type { OwnImport } from "./refuse-conditions.ts";

/** Model files loaded by this process, which tells the code of one from that of another. */
let loaded = 0;

/**
 * The family of models that a file exports as its default. The family's models, and the errors that it throws
 * while one is built, tell places in the author's files.
 *
 * @throws TlbcheckError TLB301 to TLB305, TLB307, or what the file's own calls of tlbcheck threw
 */
export async function loadModel(path: string): Promise<Family> {
  const file = resolve(path);
  await requireFile(path, file);
  // The parser and tlbcheck itself are loaded while the bundler works.
  const [{ code, map, folder }, { guardConditions, importsFrom }, { missingWordHint }, own] =
    await Promise.all([
      bundle(file),
      import("./refuse-conditions.ts"),
      import("./missing-word.ts"),
      import(ownModules["tlbcheck"]!) as Promise<object>,
    ]);
  const guarded = guardConditions(code, ownModules["tlbcheck/rules"]!);
  const name = `tlbcheck-model-${++loaded}.js`;
  await requireExports(
    importsFrom(code, Object.values(ownModules)),
    new Positions(name, file, folder, [map]),
    name,
  );
  const positions = new Positions(name, file, folder, [guarded.map, map], (error) =>
    missingWordHint(error, Object.keys(own)),
  );
  rememberCode(positions);
  const exports = await watched(() => evaluate(guarded.code, name, positions));
  return located(familyIn(exports, file), positions);
}

async function requireFile(path: string, file: string): Promise<void> {
  const found = await status(path, file);
  if (found.isDirectory())
    throw new TlbcheckError("TLB302", `${path} is a directory, not a model file`, {
      hint: `to see the models in it: tlbcheck list ${shellQuote(path)}`,
    });
  if (!found.isFile()) throw new TlbcheckError("TLB302", `${path} is not a regular file`);
}

async function status(path: string, file: string): Promise<Stats> {
  try {
    return await stat(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR")
      throw new TlbcheckError("TLB307", `${path} cannot be read (${code ?? String(error)})`, {
        cause: error,
      });
    const hint = (await ownModelHint(file)) ?? (await nearHint(path, file));
    throw new TlbcheckError("TLB301", `there is no file ${path}`, hint === undefined ? {} : { hint });
  }
}

/** Where a model is that comes with tlbcheck, for who names it as the documentation does, from some folder. */
async function ownModelHint(file: string): Promise<string | undefined> {
  const own = join(OWN_MODELS, basename(file).replace(/(\.ts)?$/, ".ts"));
  const found = await stat(own).catch(() => undefined);
  return found?.isFile() ? `it comes with tlbcheck: ${shellQuote(shownPath(own))}` : undefined;
}

/** The file or the command that was perhaps meant. */
async function nearHint(path: string, file: string): Promise<string | undefined> {
  const names = await readdir(dirname(file)).catch(() => []);
  const near = nearest(basename(file), names);
  if (near !== undefined) return `did you mean "${near}"?`;
  const { commandNames } = await import("./command-line.ts");
  const command = nearest(path, commandNames);
  return command === undefined ? undefined : `did you mean the command "${command}"?`;
}

/** A name that tlbcheck does not export would fail without a place, when the modules are linked. */
async function requireExports(
  imports: readonly OwnImport[],
  positions: Positions,
  file: string,
): Promise<void> {
  for (const { module, name, line, column } of imports) {
    const exported = Object.keys((await import(module)) as object);
    if (exported.includes(name)) continue;
    const [specifier] = Object.entries(ownModules).find(([, url]) => url === module)!;
    throw new TlbcheckError("TLB303", `"${specifier}" does not export "${name}"`, {
      hint: suggest(name, exported.sort()),
      source: positions.original({ file, line, column: column + 1 }),
    });
  }
}

/** Runs the code. It comes from memory: nothing is written beside the model file, whose folder may be read-only. */
async function evaluate(code: string, name: string, positions: Positions): Promise<Record<string, unknown>> {
  const named = `${code}\n//# sourceURL=${name}`;
  try {
    return (await import(`data:text/javascript;base64,${Buffer.from(named).toString("base64")}`)) as Record<
      string,
      unknown
    >;
  } catch (error) {
    throw positions.explain(error);
  }
}

function familyIn(exports: Record<string, unknown>, file: string): Family {
  const found = [exports["default"], ...Object.values(exports)].find(isFamily);
  if (found) return found;
  throw new TlbcheckError("TLB304", `${shownPath(file)} exports no model`, {
    hint: 'a model file ends in: export default scenario("name", { … }, (m) => { … }), or model(…) of tlbcheck/rules',
  });
}

/** The family with the author's places in it and in what its builder makes and throws. */
function located(family: Family, positions: Positions): Family {
  return {
    ...family,
    source: family.source && positions.original(family.source),
    build: (configuration, hardware) =>
      mapSources(
        watched(() => explained(positions, family.source, () => family.build(configuration, hardware))),
        (source) => positions.original(source),
      ),
  };
}

/**
 * Runs a part of the model file. An error that never passed through the author's code is tlbcheck's own, unless it says
 * that the model is too large: then it has the line of the family.
 */
function explained<T>(positions: Positions, family: Source | null, build: () => T): T {
  try {
    return build();
  } catch (error) {
    const place = positions.ofError(error) ?? (family && positions.original(family));
    if (isStackOverflow(error)) throw stackOverflow(error, place);
    if (error instanceof TlbcheckError && error.diagnostic.code === "TLB116" && !error.diagnostic.source)
      throw new TlbcheckError("TLB116", error.message, { hint: error.diagnostic.hint!, source: place });
    const isOurs = error instanceof Error && !(error instanceof TlbcheckError) && !positions.ofError(error);
    throw isOurs ? error : positions.explain(error);
  }
}
