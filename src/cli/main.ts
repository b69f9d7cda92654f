#!/usr/bin/env node
/** The command `tlbcheck`. */
import { readFile } from "node:fs/promises";
import { type Invocation, parseArguments } from "./arguments.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import { failureOf } from "./failure.ts";
import { jsonReport } from "../report/json.ts";
import { processTerminal } from "./terminal.ts";

async function main(words: readonly string[]): Promise<ExitStatus> {
  try {
    const version = await ownVersion();
    if (words.length === 0) return help(version);
    return await run(parseArguments(words, version), version);
  } catch (error) {
    const failure = failureOf(error, words.includes("--debug"));
    process.stderr.write(failure.text);
    if (wantsJson(words)) {
      const { status, diagnostics } = failure;
      const empty = { outcomes: [], warnings: [], interrupted: false };
      process.stdout.write(
        jsonReport({ version: await ownVersion(), status, errors: diagnostics, ...empty }),
      );
    }
    return failure.status;
  }
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
        process.exit(exitStatus.brokenPipe);
      }
      const cannot = new TlbcheckError("TLB307", `the output cannot be written: ${error.message}`);
      const { text, status } = failureOf(cannot, process.argv.includes("--debug"));
      if (stream === process.stdout) process.stderr.write(text);
      process.exit(status);
    });
}

watchOutput();
process.exitCode = await main(process.argv.slice(2));
