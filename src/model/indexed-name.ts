/** Who an action belongs to: a name, perhaps with an index, as actors and fairness classes have. */
import { type Domain, formatValue, valueType } from "./domain.ts";
import type { Actor, Expr } from "./model.ts";
import type { Binding } from "./semantics.ts";

/** `walker cpu1`: how it is printed. Two that differ may print alike. */
export function printedName({ name, index }: Actor, binding: Binding): string {
  const value = indexValue(index, binding);
  return value ? `${name} ${formatValue(value.domain, value.code)}` : name;
}

/** Equal for two actions exactly if the name is the same, and the type and the value of the index. */
export function identityOf({ name, index }: Actor, binding: Binding): string {
  const value = indexValue(index, binding);
  return JSON.stringify(value ? [name, valueType(value.domain), value.code] : [name]);
}

/** The value of an index, which is a constant or a parameter; null where there is no index. */
function indexValue(index: Expr | null, binding: Binding): { domain: Domain; code: number } | null {
  if (index?.kind === "parameter") return { domain: index.domain, code: binding.get(index.name)! };
  return index?.kind === "constant" ? { domain: index.domain, code: index.value } : null;
}
