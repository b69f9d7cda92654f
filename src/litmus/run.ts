/** Judges a test on the machine of `arch/`. */
import type { LitmusTest } from "./ast.ts";
import type { LitmusOptions, LitmusResult } from "./result.ts";

export function runLitmus(test: LitmusTest, options: LitmusOptions): Promise<LitmusResult> {
  return Promise.reject(new Error(`not here yet: ${test.name} under ${options.order}`));
}
