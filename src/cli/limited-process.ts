/** Runs another program with limits on its time and its memory. */
import { spawn } from "node:child_process";
import { TlbcheckError } from "../model/diagnostic.ts";

export interface ProcessLimits {
  /** Seconds of wall time. */
  readonly timeout: number;
  /** Bytes of address space. */
  readonly maxMemory: number;
  /** Ends the program, and refuses to start another one. */
  readonly signal?: AbortSignal;
}

export interface Ended {
  /** Null where a signal ended it. */
  readonly status: number | null;
  /** Standard output, and after it standard error. */
  readonly output: string;
  readonly timedOut: boolean;
}

/** Sets the limit in KiB that is its first argument, "unlimited" for none, and becomes the program that the others name. */
const WITH_LIMIT = 'ulimit -v "$0" && exec "$@"';

/**
 * Runs a program to its end in a folder. A process group of its own is ended with all that it started.
 *
 * @throws TlbcheckError TLB603 if it cannot be started; the signal's reason if the signal ended it
 */
export function runLimited(
  [command, ...words]: readonly [string, ...string[]],
  folder: string,
  { timeout, maxMemory, signal }: ProcessLimits,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const kibibytes = Number.isFinite(maxMemory) ? String(Math.floor(maxMemory / 1024)) : "unlimited";
    const child = spawn("sh", ["-c", WITH_LIMIT, kibibytes, command, ...words], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let timedOut = false;
    const end = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    };
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, timeout * 1000);
    signal?.addEventListener("abort", end);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", (cause) =>
      reject(new TlbcheckError("TLB603", `${command} cannot be started: ${String(cause)}`, { cause })),
    );
    child.on("close", (status) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve({ status, timedOut, output: Buffer.concat([...out, ...err]).toString() });
    });
  });
}
