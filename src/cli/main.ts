#!/usr/bin/env node
/** The command `tlbcheck`. */
import { closeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Invocation, parseArguments } from "./arguments.ts";
import { endProcess } from "./end-process.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import { failureOf } from "./failure.ts";
import { guardProcess } from "./model-process.ts";
import { startWatchdog } from "./watchdog.ts";
import { jsonReport } from "../report/json.ts";
import { processTerminal } from "./terminal.ts";

async function main(words: readonly string[], version: string): Promise<ExitStatus> {
  try {
    if (words.length === 0) return help(version);
    const invocation = parseArguments(words, version);
    watchTime(invocation, (error) => tellFailure(error, words, version));
    return await run(invocation, version);
  } catch (error) {
    return tellFailure(error, words, version);
  }
}

/** Prints an error where people, and where programs look for it; its exit status. */
function tellFailure(error: unknown, words: readonly string[], version: string): ExitStatus {
  const { text, status, diagnostics } = failureOf(error, words.includes("--debug"));
  process.stderr.write(text);
  if (wantsJson(words)) {
    const empty = { outcomes: [], warnings: [], interrupted: false };
    process.stdout.write(jsonReport({ version, status, errors: diagnostics, ...empty }));
  }
  return status;
}

/** Holds the code of model files to `--timeout`, too, which the searches look at themselves. */
function watchTime({ command, ...invocation }: Invocation, fail: (error: unknown) => ExitStatus): void {
  const timeout = "options" in invocation && "timeout" in invocation.options && invocation.options.timeout;
  if (typeof timeout !== "number" || command === "litmus") return;
  startWatchdog(timeout, () => {
    const status = fail(
      new TlbcheckError(
        "TLB314",
        `the code of a model file has not come to an end after ${timeout} s (--timeout)`,
        {
          hint: "look for a loop in it that never ends, or give it more time",
        },
      ),
    );
    // The runtime would say on standard error that it waits for a debugger.
    closeSync(2);
    return endProcess(status);
  });
}

function wantsJson(words: readonly string[]): boolean {
  return words.some(
    (word, i) =>
      word === "--json" || word === "--format=json" || (word === "json" && words[i - 1] === "--format"),
  );
}

async function run(invocation: Invocation, version: string): Promise<ExitStatus> {
  switch (invocation.command) {
    case "print":
      process.stdout.write(invocation.text);
      return exitStatus.expected;
    case "check": {
      const { options } = invocation;
      const { loadModel } = await import("./load-model.ts");
      // The rest is loaded while the bundler, a process of its own, works on the model file.
      const [family, { check }] = await Promise.all([loadModel(options.file), import("./check.ts")]);
      return check(family, options, version, processTerminal(options.colour));
    }
    case "litmus": {
      const { litmus } = await import("./litmus.ts");
      return litmus(invocation.options, version, processTerminal(invocation.options.colour));
    }
    case "necessity": {
      const { necessity } = await import("./necessity.ts");
      return necessity(invocation.options, version, processTerminal(invocation.options.colour));
    }
    case "export": {
      const { options } = invocation;
      const { exportModel } = await import("./export.ts");
      return exportModel(options, processTerminal(options.colour));
    }
    case "crosscheck": {
      const { options } = invocation;
      const { crosscheck } = await import("./crosscheck.ts");
      return crosscheck(options, version, processTerminal(options.colour));
    }
    case "suite": {
      const { suite } = await import("./suite.ts");
      return suite(invocation.options, version, processTerminal(invocation.options.colour));
    }
    case "show": {
      const { show } = await import("./show.ts");
      return show(invocation.options, version, processTerminal(invocation.options.colour));
    }
    case "init": {
      const { init } = await import("./init.ts");
      return init(invocation.options, processTerminal(invocation.options.colour));
    }
    case "list": {
      const { list } = await import("./list.ts");
      return list(invocation.options, version, processTerminal(invocation.options.colour));
    }
  }
}

/** Nothing was said: that is wrong use, and the help is the answer. */
function help(version: string): ExitStatus {
  const invocation = parseArguments(["--help"], version);
  if (invocation.command === "print") process.stderr.write(invocation.text);
  return exitStatus.usage;
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/**
 * A reader that stops reading, such as `head`, is no error to tell anybody of; an output that cannot be written,
 * such as a full disk, is one, and no verdict.
 */
function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") {
        // Without a reader of standard error the report is still of use.
        if (stream === process.stderr) return;
        endProcess(exitStatus.brokenPipe);
      }
      const cannot = new TlbcheckError("TLB307", `the output cannot be written: ${error.message}`);
      const { text, status } = failureOf(cannot, process.argv.includes("--debug"));
      if (stream === process.stdout) process.stderr.write(text);
      endProcess(status);
    });
}

/** Ends the process when all is written, though a model file may have left a timer or a connection behind. */
function endWhenWritten(status: ExitStatus): void {
  process.exitCode = status;
  // What a failed write tells its stream comes before the next turn, and ends the process with another status.
  process.stdout.write("", () => process.stderr.write("", () => setImmediate(endProcess, status)));
}

watchOutput();
const words = process.argv.slice(2);
const version = await ownVersion();
const done = guardProcess((error) => tellFailure(error, words, version));
const status = await main(words, version);
done();
endWhenWritten(status);
