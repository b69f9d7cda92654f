/** What to say when a model file calls a word that is not there: TypeScript would have known, JavaScript does not. */
import { scenarioWords, threadWords } from "../kernel/words.ts";
import * as tlbcheck from "../index.ts";
import { nearest } from "../model/diagnostic.ts";

/** By the names that the documentation gives to a scenario and a thread. */
const words = { k: threadWords, m: scenarioWords };

/** A hint if the error is a call of a method that `k` or `m` does not have, or a name that was not imported. */
export function missingWordHint(error: unknown): string | undefined {
  if (error instanceof ReferenceError) return missingImportHint(error);
  if (!(error instanceof TypeError)) return undefined;
  const [, object, word] = /^(\w+)\.(\w+) is not a function$/.exec(error.message) ?? [];
  if (word === undefined) return undefined;
  const near = nearest(word, words[object as keyof typeof words] ?? [...threadWords, ...scenarioWords]);
  if (near !== undefined) return `did you mean "${near}"? docs/words.md lists the words of k and m`;
  return object === "k" || object === "m" ? "docs/words.md lists the words of k and m" : undefined;
}

function missingImportHint({ message }: ReferenceError): string | undefined {
  const [, name] = /^(\w+) is not defined$/.exec(message) ?? [];
  return name !== undefined && name in tlbcheck
    ? `write at the top: import { ${name} } from "tlbcheck";`
    : undefined;
}
