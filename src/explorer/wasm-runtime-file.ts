/** Reads the fixed part of the search modules from its file, which the build copies beside the compiler. */
import { readFile } from "node:fs/promises";

let text: Promise<string> | undefined;

/** The text of `compile/runtime.wat`. */
export function runtimeFile(): Promise<string> {
  text ??= readFile(new URL("../compile/runtime.wat", import.meta.url), "utf8");
  return text;
}
