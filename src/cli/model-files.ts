/** Finds model files in folders. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { TlbcheckError } from "../model/diagnostic.ts";

/** The file itself, or the files of a folder that import tlbcheck: nothing else is run to be looked at. */
export async function modelFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new TlbcheckError("TLB301", `there is no file or folder ${path}`);
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /(?<!\.d)\.[mc]?ts$/.test(name)).sort();
  const files = names.map((name) => join(path, name));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const models = files.filter((_, i) => /from\s*["']tlbcheck(\/rules)?["']/.test(texts[i]!));
  if (models.length === 0) throw new TlbcheckError("TLB304", `there are no models in ${path}`);
  return models;
}

/** A file beside the models that exports none: what they share. */
export function isHelper(error: unknown): boolean {
  return error instanceof TlbcheckError && error.diagnostic.code === "TLB304";
}
