/** What the functions of a rule are called with: its parameters, as expressions by name. */
import { suggest, TlbcheckError } from "./diagnostic.ts";
import type { Domain } from "./domain.ts";
import type { Parameter } from "./model.ts";
import { callerSource } from "./source.ts";
import { parameter, type Term } from "./term.ts";

/** Terms by the names of a rule's parameters. */
export type Arguments<P extends Record<string, Domain>> = { readonly [K in keyof P]: Term };

/**
 * The parameters as terms. A name that the rule does not declare is an error (TLB104) and not undefined, also one
 * that every JavaScript object has.
 */
export function argumentsOf<P extends Record<string, Domain>>(
  rule: string,
  parameters: readonly Parameter[],
): Arguments<P> {
  const terms = Object.create(null) as Record<string, Term>;
  for (const { name, domain } of parameters)
    Object.defineProperty(terms, name, { value: parameter(name, domain), enumerable: true });
  return new Proxy(terms, {
    get: (known, name) => {
      if (typeof name === "symbol") return undefined;
      if (Object.hasOwn(known, name)) return known[name];
      throw new TlbcheckError("TLB104", `the rule "${rule}" has no parameter "${name}"`, {
        hint: suggest(name, Object.keys(known)),
        source: callerSource(),
      });
    },
  }) as Arguments<P>;
}
