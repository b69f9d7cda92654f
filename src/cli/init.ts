/** `tlbcheck init`: writes a model file to begin with. */
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { TlbcheckError } from "../model/diagnostic.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import type { InitOptions } from "./init-arguments.ts";
import { shellQuote } from "../report/shell.ts";
import type { Terminal } from "./terminal.ts";

/** A model file that runs as it is; it comes with the package. */
const TEMPLATE = new URL("../../templates/my-race.ts", import.meta.url);
const TEMPLATE_NAME = "my-race";

/**
 * Writes the template under a name of the caller's. What is there already is left alone.
 *
 * @throws TlbcheckError TLB301 for a folder that is not there, TLB306 for a name that no model file has, TLB307, TLB308
 */
export async function init({ file }: InitOptions, terminal: Terminal): Promise<ExitStatus> {
  const extension = /(?<!\.d)\.[mc]?ts$/.exec(file)?.[0];
  if (extension === undefined)
    throw new TlbcheckError("TLB306", `a model file ends in .ts, and ${file} does not`, {
      hint: `for example: tlbcheck init ${shellQuote(`${file.replace(/\.\w+$/, "")}.ts`)}`,
    });
  await requireFolder(file);
  const text = await readFile(TEMPLATE, "utf8");
  await writeNew(file, text.replaceAll(TEMPLATE_NAME, modelName(basename(file, extension))));
  const command = `tlbcheck ${shellQuote(file)}`;
  terminal.out(`${file} is written: a race that is violated in one variant and fixed in the other\n`);
  terminal.out(`\n  $ ${command}\n  $ ${command} --variant broken\n`);
  return exitStatus.expected;
}

/** A model's name has letters, digits and . _ - only. */
function modelName(text: string): string {
  const name = text
    .normalize("NFKD")
    .replace(/[^\w.-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name === "" ? TEMPLATE_NAME : name;
}

async function requireFolder(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  const what = found ? `${folder} is not a folder` : `there is no folder ${folder}`;
  throw new TlbcheckError("TLB301", `${file} cannot be written: ${what}`, {
    ...(found ? {} : { hint: `make it first: mkdir -p ${shellQuote(folder)}` }),
  });
}

/** Writes a file that is not there yet, and leaves nothing behind if that fails. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "EISDIR")
      throw new TlbcheckError("TLB308", `${file} is there already, and is left as it is`, {
        hint: "choose another name, or move it away",
      });
    // A file that was opened but could not be filled, on a full disk for instance.
    if (code === "ENOSPC" || code === "EDQUOT" || code === "EIO") await rm(file, { force: true });
    throw new TlbcheckError("TLB307", `${file} cannot be written: ${message}`, { cause: error });
  }
}
