/**
 * What the code of a model file may not do to the process that runs it: end it, leave it waiting for ever, or write
 * into the report.
 */
import { Console } from "node:console";
import { TlbcheckError } from "../model/diagnostic.ts";
import { endProcess } from "./end-process.ts";
import type { Positions } from "./positions.ts";

/** The code that this process loaded from model files. */
const loadedCode = new Set<Positions>();

/** From now on errors that come out of this code with nobody waiting for them have a place. */
export function rememberCode(positions: Positions): void {
  loadedCode.add(positions);
}

/**
 * Takes from model files what would end the process in silence, for as long as it lives: `process.exit` throws,
 * `console` writes to standard error, and `fail` is given what nobody caught, and what the file waits for in vain.
 * It prints the error and returns the exit status.
 *
 * @returns what to call when the command is done: from then on an empty event loop is no error
 */
export function guardProcess(fail: (error: unknown) => number): () => void {
  globalThis.console = new Console(process.stderr, process.stderr);
  process.exit = (status) => {
    throw new TlbcheckError("TLB305", `process.exit(${status ?? ""}) is called by a model file`, {
      hint: "throw an error to say that the file cannot go on",
    });
  };
  const stray = (error: unknown): void => endProcess(fail(explained(error)));
  process.on("uncaughtException", stray);
  process.on("unhandledRejection", stray);
  const waiting = (): void => endProcess(fail(waitsInVain()));
  process.on("beforeExit", waiting);
  return () => void process.off("beforeExit", waiting);
}

/** An error with its place if it is one of a model file; what is no error at all can only be a file's. */
function explained(error: unknown): unknown {
  const owner = [...loadedCode].find((positions) => positions.ofError(error) !== null);
  if (owner) return owner.explain(error);
  const [first] = loadedCode;
  return first && !(error instanceof Error) ? first.explain(error) : error;
}

function waitsInVain(): TlbcheckError {
  return new TlbcheckError("TLB305", "a model file waits for a promise that nothing settles", {
    hint: "look at the file's await: there is no timer, file or connection left that could end it",
  });
}
