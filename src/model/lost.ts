/**
 * What a line of a model file computes and nobody takes: an assignment of the model without `return` or a comma, a method
 * that is named and not called. Whoever loads model files passes the value of each such line through these.
 */
import { TlbcheckError } from "./diagnostic.ts";
import { callerSource } from "./source.ts";
import { isStatement } from "./statement.ts";

/**
 * What a call gives that stands alone, unless that is a statement of the model: it would be part of no step.
 *
 * @throws TlbcheckError TLB115
 */
export function refuseLost<T>(given: T): T {
  const lost = isStatement(given) || (Array.isArray(given) && given.some(isStatement));
  if (lost)
    throw unused(
      "a statement of the model stands alone here, and no step executes it",
      "return it from the function of a step: alone, or in a list [first, second]",
    );
  return given;
}

/**
 * What is named and stands alone, unless that is a function.
 *
 * @throws TlbcheckError TLB115
 */
export function refuseUncalled<T>(given: T): T {
  if (typeof given === "function")
    throw unused("a function is named here and not called", "write () behind it");
  return given;
}

function unused(message: string, hint: string): TlbcheckError {
  return new TlbcheckError("TLB115", message, { hint, source: callerSource() });
}
