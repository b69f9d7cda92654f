/** Runs a command and tells how long it took and how much memory it had. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Finished {
  readonly output: string;
  /** Wall time in seconds. */
  readonly seconds: number;
  /** The most memory that the process had, in bytes; 0 where /proc does not tell. */
  readonly peakBytes: number;
}

/** How often the peak is read, in milliseconds: it only rises, so little is missed. */
const INTERVAL = 10;

/** Throws if the command cannot be started or fails. */
export function run(command: string, args: readonly string[], directory?: string): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(command, args, { cwd: directory, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    let peakBytes = 0;
    const timer = setInterval(() => (peakBytes = Math.max(peakBytes, peakOf(child.pid))), INTERVAL);
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(timer);
      if (code !== 0)
        reject(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.slice(-2000)}`));
      else resolve({ output, seconds: (performance.now() - begin) / 1000, peakBytes });
    });
  });
}

function peakOf(pid: number | undefined): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0; // The process has ended, or there is no /proc.
  }
}
