/** Finds litmus tests, and the table that they are compared with. */
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TlbcheckError } from "../model/diagnostic.ts";
import { parseVerdictTable, type VerdictTable } from "../litmus/verdict-table.ts";
import { readInput } from "./files.ts";
import { shownPath } from "./paths.ts";

export interface LitmusFile {
  /** As it is shown. */
  readonly file: string;
  readonly text: string;
}

/**
 * The files that are named, and those in the folders that are named, at any depth, in the order of their paths.
 *
 * @throws TlbcheckError TLB301 for a path that is not there, TLB502 for a folder without tests
 */
export async function litmusFiles(paths: readonly string[]): Promise<LitmusFile[]> {
  const found = await Promise.all(paths.map(filesAt));
  return Promise.all([...new Set(found.flat())].map(readShown));
}

/** @throws TlbcheckError TLB301, TLB503 */
export async function verdictTable(path: string): Promise<VerdictTable> {
  const { file, text } = await readShown(path);
  return parseVerdictTable(file, text);
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new TlbcheckError("TLB301", `there is no file or folder ${path}`);
  if (!found.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  const tests = names.filter((name) => name.endsWith(".litmus")).sort();
  if (tests.length === 0) throw new TlbcheckError("TLB502", `there are no files *.litmus in ${path}`);
  return tests.map((name) => join(path, name));
}

async function readShown(path: string): Promise<LitmusFile> {
  return { file: shownPath(resolve(path)), text: await readInput(path, "litmus test") };
}
