/** Runs the built command in a process of its own, as a user does. `npm run build` makes it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Another build can be tested by naming its main file. */
export const mainFile = process.env["TLBCHECK_MAIN"] ?? join(root, "dist", "cli", "main.js");

export const fixture = (name: string): string => join(root, "test", "fixtures", name);

export interface Finished {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `tlbcheck` with these words and waits for its end. */
export function tlbcheck(words: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return finished(start(words, options));
}

/** Starts `tlbcheck` without a terminal, so that neither colours nor a progress line are wanted. */
export function start(words: readonly string[], { cwd = root, env = {} }: RunOptions = {}): ChildProcess {
  if (!existsSync(mainFile)) throw new Error(`${mainFile} is not there: npm run build`);
  const inherited = { ...process.env };
  for (const name of ["NO_COLOR", "FORCE_COLOR", "NODE_OPTIONS"]) delete inherited[name];
  return spawn(process.execPath, [mainFile, ...words], { cwd, env: { ...inherited, ...env } });
}

export async function finished(child: ChildProcess): Promise<Finished> {
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, out, err };
}

/** Runs a check of one configuration in a folder, and sends it a signal once its search is on the way: once it was kept. */
export async function signalled(
  folder: string,
  words: readonly string[],
  signal: NodeJS.Signals,
): Promise<Finished> {
  const kept = join(folder, `${signal}${words.join("")}.kept`);
  const child = start([...words, "--checkpoint", kept, "--checkpoint-every", "0.1"], { cwd: folder });
  const end = finished(child);
  while (child.exitCode === null && !existsSync(kept)) await sleep(10);
  child.kill(signal);
  return end;
}

/** A folder outside of the repository, with a space in its name and no package in reach; it is removed at the end. */
export class Workspace {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "tlbcheck models ")));

  constructor() {
    afterAll(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** Writes a file, and gives its path relative to the folder. */
  write(name: string, text: string): string {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
    return name;
  }

  /** Runs `tlbcheck` in the folder. */
  run(...words: string[]): Promise<Finished> {
    return tlbcheck(words, { cwd: this.folder });
  }
}

/** A model of one counter; `rest` is what else its builder does. */
export function counterModel(rest: string, spec = ""): string {
  return `import { model, range, when, assert, and, or } from "tlbcheck/rules";

export default model("counter", { about: "counts to three", ${spec} }, (m, choice) => {
  const n = m.variable("n", range(0, 3), 0);
${rest}
});
`;
}
