/** Finds model files in folders, and loads them. */
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Family } from "../model/family.ts";
import { readInput } from "./files.ts";
import { loadModel } from "./load-model.ts";
import { shownPath } from "./paths.ts";

/** The file itself, or the files of a folder that import tlbcheck: nothing else is run to be looked at. */
export async function modelFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new TlbcheckError("TLB301", `there is no file or folder ${path}`);
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /(?<!\.d)\.[mc]?ts$/.test(name)).sort();
  const files = await regularFiles(names.map((name) => join(path, name)));
  const texts = await Promise.all(files.map((file) => readInput(file)));
  const models = files.filter((_, i) => /from\s*["']tlbcheck(\/rules)?["']/.test(texts[i]!));
  if (models.length === 0) throw new TlbcheckError("TLB304", `there are no models in ${path}`);
  return models;
}

async function regularFiles(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return paths.filter((_, i) => found[i]?.isFile());
}

/** A file, as it is shown, with its family, or with the error that loading it gave. */
export interface Attempt {
  readonly file: string;
  readonly family?: Family;
  readonly error?: unknown;
}

/** Loads files. Of several, those that export no model are left out: they are what the models share. */
export async function loadAll(files: readonly string[]): Promise<Attempt[]> {
  const attempts = await Promise.all(files.map(attempt));
  return files.length === 1 ? attempts : attempts.filter(({ error }) => !isHelper(error));
}

async function attempt(file: string): Promise<Attempt> {
  const shown = shownPath(resolve(file));
  try {
    return { file: shown, family: await loadModel(file) };
  } catch (error) {
    return { file: shown, error };
  }
}

function isHelper(error: unknown): boolean {
  return error instanceof TlbcheckError && error.diagnostic.code === "TLB304";
}
