/** The files that a run reads and writes: an output never replaces an input, and is written whole or not at all. */
import { type Stats, statSync } from "node:fs";
import { access, constants, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { TlbcheckError } from "../model/diagnostic.ts";
import { printable } from "../model/printable.ts";
import { usageError } from "./option-values.ts";

/** Device and number of each file that was read: what stays the same whatever a file is called. */
const inputs = new Set<string>();

/** Remembers a file that is read by something else than `readInput`. */
export function rememberInput(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found) inputs.add(identity(found));
}

/**
 * The text of a file, which no output of this run may replace from now on.
 *
 * @throws TlbcheckError TLB301 if it does not exist, TLB302 for a folder, a FIFO or a device, which might never end,
 *   TLB307 if it cannot be read
 */
export async function readInput(path: string, what = "file"): Promise<string> {
  const found = await statusOf(path);
  if (!found) throw new TlbcheckError("TLB301", `there is no file ${path}`);
  if (found.isDirectory()) throw new TlbcheckError("TLB302", `${path} is a directory, not a ${what}`);
  if (!found.isFile()) throw new TlbcheckError("TLB302", `${path} is not a regular file`);
  inputs.add(identity(found));
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new TlbcheckError("TLB307", `${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Makes sure, before a long search, that a file can be written after it.
 *
 * @throws TlbcheckError TLB306 for a file that is read, TLB307 for one that cannot be written
 */
export async function requireWritable(output: string | undefined, option = "-o"): Promise<void> {
  if (output === undefined) return;
  const found = await refuseInput(output, option);
  if (found?.isDirectory())
    throw new TlbcheckError("TLB307", `${output} cannot be written: it is a directory`);
  await attempt(output, () => access(found ? output : dirname(resolve(output)), constants.W_OK));
}

/**
 * Writes a text, whose control characters are shown. Where that fails, what the file held before is still there.
 *
 * @throws TlbcheckError TLB306 for a file that is read, TLB307
 */
export async function writeOutput(file: string, content: string): Promise<void> {
  const found = await refuseInput(file);
  await attempt(file, () => replace(file, found, printable(content)));
}

/** The status of an output that may be written; undefined if it is new. */
async function refuseInput(output: string, option = "-o"): Promise<Stats | undefined> {
  const found = await stat(output).catch(() => undefined);
  if (found && inputs.has(identity(found)))
    throw usageError(`${option} ${output} would overwrite what is read from it`, "name another file");
  return found;
}

/** Fills a file beside it first, which then takes its name. */
async function replace(file: string, found: Stats | undefined, content: string): Promise<void> {
  // A device or a FIFO is written to, and a file of several names keeps them.
  const isPlain = !found || (found.isFile() && found.nlink === 1);
  const target = await realpath(file).catch(() => resolve(file));
  const isOpen = await isWritable(dirname(target));
  if (!isPlain || !isOpen) return writeFile(file, content);
  const beside = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(beside, content, { flag: "wx", ...(found ? { mode: found.mode } : {}) });
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function statusOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new TlbcheckError("TLB307", `${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** Does what writes a file, whose failure is TLB307. */
export async function attempt(file: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const hint = code === "ENOENT" ? { hint: `there is no folder ${dirname(file)}: make it first` } : {};
    throw new TlbcheckError("TLB307", `${file} cannot be written: ${reasonOf(error)}`, {
      cause: error,
      ...hint,
    });
  }
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).message;
}

function identity({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
