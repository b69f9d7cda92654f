/** What to say when a model file calls a word that is not there: TypeScript would have known, JavaScript does not. */
import { scenarioWords, threadWords } from "../kernel/words.ts";
import { nearest } from "../model/diagnostic.ts";

/**
 * A hint if the error is a call of a method that `k` or `m` does not have, or a name that was not imported from
 * `tlbcheck`, which exports those given.
 */
export function missingWordHint(error: unknown, exported: readonly string[]): string | undefined {
  if (error instanceof ReferenceError) return missingImportHint(error, exported);
  if (!(error instanceof TypeError)) return undefined;
  const [, object, word] = /^(\w+)\.(\w+) is not a function$/.exec(error.message) ?? [];
  if (word === undefined) return undefined;
  const near = nearest(word, wordsOf(object));
  if (near !== undefined) return `did you mean "${near}"? docs/words.md lists the words of k and m`;
  return object === "k" || object === "m" ? "docs/words.md lists the words of k and m" : undefined;
}

/** By the names that the documentation gives to a thread and a scenario. */
function wordsOf(object: string | undefined): readonly string[] {
  if (object === "k") return threadWords;
  return object === "m" ? scenarioWords : [...threadWords, ...scenarioWords];
}

function missingImportHint({ message }: ReferenceError, exported: readonly string[]): string | undefined {
  const [, name] = /^(\w+) is not defined$/.exec(message) ?? [];
  return name !== undefined && exported.includes(name)
    ? `write at the top: import { ${name} } from "tlbcheck";`
    : undefined;
}
