/** What to say when a model file calls a word that is not there: TypeScript would have known, JavaScript does not. */
import { scenarioWords, threadWords } from "../kernel/words.ts";
import { nearest } from "../model/diagnostic.ts";

/** A hint if the error is a call of a method that `k` and `m` do not have. */
export function missingWordHint(error: unknown): string | undefined {
  if (!(error instanceof TypeError)) return undefined;
  const [, object, word] = /^(\w+)\.(\w+) is not a function$/.exec(error.message) ?? [];
  if (word === undefined) return undefined;
  const near = nearest(word, [...threadWords, ...scenarioWords]);
  if (near !== undefined) return `did you mean "${near}"? docs/words.md lists the words of k and m`;
  return object === "k" || object === "m" ? "docs/words.md lists the words of k and m" : undefined;
}
