/** What Promela and Murphi spell alike: a value that is a word is a constant with its position. */
import { integerText, type Notation } from "./notation.ts";
import type { Vocabulary } from "./vocabulary.ts";

type Shared = "true" | "false" | "not" | "remainderIsNatural" | "constant" | "parameter";

export function numberedWords(names: Vocabulary): Pick<Notation, Shared> {
  return {
    true: "true",
    false: "false",
    not: "!",
    remainderIsNatural: false,
    constant: (value, domain) => {
      if (domain.kind === "bool") return value === 0 ? "false" : "true";
      if (domain.kind !== "range") return names.value(domain, value);
      return integerText(value);
    },
    parameter: (name) => names.parameter(name),
  };
}
