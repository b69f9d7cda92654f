/** What the choice of each hardware rule has to be, where a scenario replaces it. */
import { FLAG, list, oneOf, optional, options, orNull, type Description, TEXT } from "../model/arguments.ts";
import { OPERAND } from "../model/argument-language.ts";
import { BODY, callback, term } from "../model/argument-terms.ts";
import type { HardwareRule, HardwareRules, Scope } from "./architecture.ts";
import { laterEffects } from "./separators.ts";
import type { TableScope } from "./walk/page-tables.ts";

type ChoiceOf<Rule> = Rule extends HardwareRule<infer Choice> ? Choice : never;

const CONDITION = term("bool", "a condition", "such as TRUE, x.is(y), and(…), or(…), not(…)");
const SCOPE = options<Scope>({ asid: orNull(OPERAND), page: orNull(OPERAND), globals: optional(FLAG) });
const TABLE_SCOPE = orNull(options<TableScope>({ asid: orNull(OPERAND), region: orNull(OPERAND) }));

const choices: { readonly [Name in keyof HardwareRules]: Description<ChoiceOf<HardwareRules[Name]>> } = {
  mayWalk: callback(CONDITION, "machine, cpu, page"),
  mayCache: callback(CONDITION, "descriptor"),
  cachesInvalid: FLAG,
  ordersWalks: FLAG,
  mayEvict: callback(CONDITION),
  mayUse: callback(CONDITION, "machine, cpu, entry"),
  scope: callback(SCOPE, "invalidation, operands, features"),
  targets: callback(list(term("names cpu", "a CPU")), "machine, invalidation, issuer"),
  cancelsWalks: FLAG,
  awaitsAccesses: FLAG,
  drains: callback(FLAG, "what"),
  separates: callback(list(oneOf(...laterEffects)), "what"),
  barrierAwaits: callback(CONDITION, "machine, cpu, barrier"),
  setsFlags: callback(FLAG, "features"),
  updatesFlagsLate: FLAG,
  dirtiesInvalid: callback(oneOf("none", "faulting", "executed"), "features"),
  conflicts: oneOf("sizes", "sizes or frames"),
  reportsConflict: FLAG,
  sharesEntries: callback(FLAG, "features"),
  onFault: callback(BODY, "machine, cpu, at, kind"),
  onContextWrite: callback(BODY, "machine, cpu, write"),
  switchAwaits: callback(CONDITION, "machine, cpu"),
  mayInterrupt: callback(CONDITION, "machine, cpu"),
  faultAwaits: callback(CONDITION, "machine, cpu, kind"),
  remembersWalks: callback(FLAG, "features"),
  onBarrier: callback(BODY, "machine, cpu, barrier"),
  onContextSynchronization: callback(BODY, "machine, cpu"),
  keepsUpperEntry: FLAG,
  mayCacheTable: callback(CONDITION),
  tableScope: callback(TABLE_SCOPE, "invalidation, operands, regionOf"),
  findsAnything: FLAG,
  raisesMachineCheck: FLAG,
  setsAccessed: callback(FLAG, "features"),
  broadcastReaches: list(oneOf("IOTLB", "ATC")),
  commandsInOrder: FLAG,
  deviceMayUse: callback(CONDITION, "device, page"),
  onDeviceFault: callback(BODY, "device, page, kind"),
  walksKernel: FLAG,
};

function ruleOf(choice: Description<unknown>): Description<HardwareRule<unknown>> {
  return {
    ...options<HardwareRule<unknown>>({ cites: list(TEXT), says: TEXT, choice } as never),
    says: `a rule, whose choice is ${choice.says}`,
  };
}

/** Some rules of an architecture, by their names, each as `rule(cites, says, choice)` makes it. */
export const RULES: Description<Partial<HardwareRules>> = {
  ...options<Partial<HardwareRules>>(
    Object.fromEntries(
      Object.entries<Description<unknown>>(choices).map(([name, choice]) => [name, optional(ruleOf(choice))]),
    ) as never,
  ),
  says: "an object of rules by name, each made by rule()",
};
