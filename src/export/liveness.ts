/** Liveness properties are not exported: what weak fairness means differs from language to language. */
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Model } from "../model/model.ts";
import type { Exporter, ExportOptions } from "./options.ts";

/** An exporter that refuses models whose liveness properties would be lost. */
export function withoutLiveness(language: string, exporter: Exporter): Exporter {
  return (model, options) => {
    refuseLiveness(language, model, options);
    return exporter(model, options);
  };
}

/**
 * SPIN's weak fairness is one of processes, and the exported model is one process; Murphi has none; TLA+ does not count
 * a step that changes nothing, which is one here.
 */
function refuseLiveness(language: string, model: Model, { properties }: ExportOptions): void {
  const liveness = model.properties.find(({ kind }) => kind === "liveness");
  if (!properties || !liveness) return;
  throw new TlbcheckError(
    "TLB601",
    `the liveness property "${liveness.name}" cannot be written in ${language}, which has no weak fairness of this kind`,
    {
      hint: "--no-properties exports the model without its properties, to count states",
      source: liveness.source,
    },
  );
}
