/** Reads what `tlbcheck necessity --format json` has written. */
import { TlbcheckError } from "../model/diagnostic.ts";
import type { SavedNeed } from "../report/necessity.ts";
import { objection, type Schema } from "../report/schema.ts";
import { readInput } from "./files.ts";

const text: Schema = { type: "string" };
const SCHEMA: Schema = {
  type: "object",
  required: ["needs"],
  properties: {
    needs: {
      type: "array",
      items: {
        type: "object",
        required: ["arch", "variant", "key", "verdict"],
        properties: { arch: { type: ["string", "null"] }, variant: text, key: text, verdict: text },
      },
    },
  },
};

/**
 * The verdicts in a document.
 *
 * @throws TlbcheckError TLB301, TLB302 or TLB307 for a file that cannot be read, TLB309 for one that is no document
 */
export async function readSavedNeeds(path: string): Promise<readonly SavedNeed[]> {
  const document = parsed(await readInput(path), path);
  const wrong = objection(document, SCHEMA);
  if (wrong !== null) throw noTable(path, wrong);
  return (document as { needs: SavedNeed[] }).needs;
}

function parsed(content: string, path: string): unknown {
  try {
    return JSON.parse(content) as unknown;
  } catch (error) {
    throw noTable(path, `it is no JSON: ${(error as Error).message.replaceAll(/\s+/g, " ")}`);
  }
}

function noTable(path: string, reason: string): TlbcheckError {
  return new TlbcheckError("TLB309", `${path} is no table of necessity: ${reason}`, {
    hint: "tlbcheck necessity <model.ts> --format json -o <file> writes one",
  });
}
