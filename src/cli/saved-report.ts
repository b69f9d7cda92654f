/** Reads the JSON document of an earlier run. */
import { readFile } from "node:fs/promises";
import { TlbcheckError } from "../model/diagnostic.ts";
import { SCHEMA_VERSION } from "../report/json.ts";
import type { GoalOutcome, Outcome, PropertyOutcome } from "../report/outcome.ts";
import { objection, type Schema } from "../report/schema.ts";
import { readInput } from "./files.ts";
import type { Trace } from "../trace/trace.ts";

/** What of a violation in the document is read. */
export interface SavedViolation
  extends
    Pick<Outcome, "file" | "id" | "states" | "transitions" | "depth" | "seconds" | "bytes" | "engine">,
    Pick<Outcome, "model" | "threads" | "stopped" | "livenessStopped" | "tracesStopped" | "rules">,
    Partial<Pick<Outcome, "closed" | "strategy">> {
  readonly arch: string | null;
  readonly variant: string;
  readonly parameters: Outcome["configuration"]["parameters"];
  readonly goals: readonly (Pick<GoalOutcome, "goal" | "reached"> & Partial<Pick<GoalOutcome, "of">>)[];
  readonly property: string;
  readonly kind: NonNullable<PropertyOutcome["kind"]>;
  readonly steps: number;
  readonly trace: Trace;
}

/** In the package, beside the page that tells of it. */
const SCHEMA = new URL("../../docs/report.schema.json", import.meta.url);

/**
 * The violations in a document that have a trace.
 *
 * @throws TlbcheckError TLB301, TLB302 or TLB307 for a file that cannot be read, TLB309 for one that is no document,
 *   TLB310 for one of another version
 */
export async function savedViolations(path: string): Promise<readonly SavedViolation[]> {
  const document = parsed(await readInput(path, "report"), path);
  const version = versionOf(document);
  if (version !== SCHEMA_VERSION) {
    const told = version === undefined ? "has no version" : `is of version ${JSON.stringify(version)}`;
    throw new TlbcheckError("TLB310", `${path} ${told}; this tlbcheck reads version ${SCHEMA_VERSION}`, {
      hint: "write it again: tlbcheck <model.ts> --format json -o <file>",
    });
  }
  const schema = JSON.parse(await readFile(SCHEMA, "utf8")) as Schema;
  const wrong = objection(document, schema);
  if (wrong !== null) throw noReport(path, wrong);
  const { results } = document as { results: readonly Partial<SavedViolation>[] };
  return results.filter((each): each is SavedViolation => each.trace !== undefined);
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw noReport(path, `it is no JSON: ${(error as Error).message.replaceAll(/\s+/g, " ")}`);
  }
}

/** The version that a document says it has. Whatever is no document has none, and no version would make it one. */
function versionOf(document: unknown): unknown {
  if (typeof document !== "object" || document === null) return SCHEMA_VERSION;
  if ("schemaVersion" in document) return document.schemaVersion;
  return "results" in document ? undefined : SCHEMA_VERSION;
}

function noReport(path: string, reason: string): TlbcheckError {
  return new TlbcheckError("TLB309", `${path} is no report of tlbcheck: ${reason}`, {
    hint: "tlbcheck <model.ts> --format json -o <file> writes one",
  });
}
