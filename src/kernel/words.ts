/** The words that a model file may use, by name: for messages, and for the page that lists them. */
import { Scenario } from "./scenario.ts";
import { primitives } from "./primitives.ts";
import { ThreadProgram } from "./threads/thread-program.ts";

/** What `m` can do. */
export const scenarioWords: readonly string[] = methodsOf(Scenario);

/** What `k` can do. */
export const threadWords: readonly string[] = [...methodsOf(ThreadProgram), ...Object.keys(primitives)];

function methodsOf(type: { readonly prototype: object }): string[] {
  return Object.getOwnPropertyNames(type.prototype).filter((name) => name !== "constructor");
}
