/** Descriptions of what the declarations of the language take: domains, first values, rules, properties. */
import {
  type Argument,
  type Description,
  either,
  FLAG,
  list,
  matching,
  oneOf,
  optional,
  orNull,
  options,
  partOf,
  takeOne,
  TEXT,
  unfit,
} from "./arguments.ts";
import { BODY, called, TERM_TEXT } from "./argument-terms.ts";
import type {
  AwaitedOptions,
  CauseOptions,
  DeadlockOptions,
  GoalOptions,
  PropertyOptions,
  RuleOptions,
  UnwantedRun,
  WaitingOptions,
} from "./declarations.ts";
import type { Domain, Literal } from "./domain.ts";
import type { StepKind } from "./model.ts";
import { type Operand, Term } from "./term.ts";

/** A text, perhaps an empty one. */
export const STRING: Description<string> = matching("a text", (given) => typeof given === "string");

export const NUMBER: Description<number> = matching("a number", (given) => typeof given === "number");

/** The values of an enumeration, or the members of a set of names. */
export const WORDS: Description<readonly string[]> = list(TEXT);

/** A value of some domain. */
export const LITERAL: Description<Literal> = matching("a value", isLiteral);

/** A value of some domain, or an expression; of which type it has to be is checked where it is used. */
export const OPERAND: Description<Operand> = matching(
  "a value or an expression",
  (given) => isLiteral(given) || given instanceof Term,
);

export const TERM: Description<Term> = matching("an expression", (given) => given instanceof Term);

export const DOMAIN: Description<Domain> = matching(
  "a domain",
  isDomain,
  "such as bool, range(0, 3), enumeration(…), names(…)",
);

/** Values of known names, each described by the same description. */
export function record<Value>(of: Description<Value>): Description<Readonly<Record<string, Value>>> {
  const says = `an object, each value ${of.says}`;
  const take = (given: unknown, at: Argument): Readonly<Record<string, Value>> => {
    if (!isRecord(given)) throw unfit(at, says, given);
    const entries = Object.entries(given as Readonly<Record<string, unknown>>);
    for (const [name, value] of entries) takeOne(of, value, partOf(at, `.${name}`));
    return given as Readonly<Record<string, Value>>;
  };
  return { says, take };
}

const INITIAL_OPTIONS = options<{ readonly oneOf: readonly Literal[] }>({ oneOf: list(LITERAL) });

/** What a cell may hold at first. */
export const INITIAL = either(isLiteral, LITERAL, {
  ...INITIAL_OPTIONS,
  says: "one of several: { oneOf: […] }",
});

/** A name with an index, which tells several of that name apart. */
const INDEXED = options<{ name: string; index: Term }>({ name: TEXT, index: TERM });

const KINDS = Object.keys({
  lock: true,
  flush: true,
  barrier: true,
  wait: true,
  "re-check": true,
  counter: true,
  data: true,
  control: true,
} satisfies Record<StepKind, true>) as StepKind[];

const WEAKER = options<{ name: string; guard: readonly Operand[]; body: unknown }>({
  name: TEXT,
  guard: optional(list(OPERAND)),
  body: BODY,
});

const isText = (given: unknown): boolean => typeof given === "string";
const GIVEN = "({ parameter })";

const AWAITED = options<AwaitedOptions>({
  until: OPERAND,
  text: TERM_TEXT,
  because: optional(list(options<CauseOptions>({ during: OPERAND, text: TERM_TEXT, by: optional(TEXT) }))),
});

const WAITING = options<WaitingOptions>({
  stands: OPERAND,
  step: optional(TEXT),
  awaits: optional(list(AWAITED)),
});

export const RULE = options<RuleOptions<Record<string, Domain>>>({
  actor: optional(either(isText, TEXT, called(INDEXED, GIVEN))),
  parameters: optional(record(DOMAIN)),
  guard: optional(called(list(OPERAND), GIVEN)),
  body: called(BODY, GIVEN),
  fair: optional(
    either((given) => typeof given === "boolean", FLAG, either(isText, TEXT, called(INDEXED, GIVEN))),
  ),
  text: optional(called(TERM_TEXT, GIVEN)),
  event: optional(
    options<{ id: string; text: () => string; goesOn?: () => Term }>({
      id: TEXT,
      text: called(TERM_TEXT, GIVEN),
      goesOn: optional(called(TERM, "()")),
    }),
  ),
  waiting: optional(called(WAITING, GIVEN)),
  remark: optional(called(orNull(TEXT), GIVEN)),
  prelude: optional(FLAG),
  place: optional(called(TERM, GIVEN)),
  step: optional(oneOf(...KINDS)),
  stepName: optional(TEXT),
  section: optional(TEXT),
  weaker: optional(called(list(WEAKER), GIVEN)),
});

export const PROPERTY = options<PropertyOptions>({
  aliases: optional(list(TEXT)),
  consequence: optional(TERM_TEXT),
});

export const DEADLOCK = options<DeadlockOptions>({
  name: optional(TEXT),
  aliases: optional(list(TEXT)),
  consequence: optional(TERM_TEXT),
});

export const GOAL = options<GoalOptions>({
  aliases: optional(list(TEXT)),
  consequence: optional(TERM_TEXT),
  of: optional(either(isText, TEXT, list(TEXT))),
});

const TAKEN = options<{ readonly kind: "taken"; readonly rules: readonly string[] }>({
  kind: oneOf("taken"),
  rules: list(TEXT, 1),
});

const OCCURRENCE = either(
  (given) => typeof given === "object" && given !== null && !(given instanceof Term),
  { ...TAKEN, says: "taken(…)" },
  OPERAND,
);

export const RUN = options<UnwantedRun>({
  consequence: optional(TERM_TEXT),
  eventuallyAlways: optional(OPERAND),
  infinitelyOften: optional(either(Array.isArray, list(OCCURRENCE), OCCURRENCE)),
});

function isLiteral(given: unknown): given is Literal {
  return given === null || ["boolean", "number", "string"].includes(typeof given);
}

function isRecord(given: unknown): given is object {
  if (typeof given !== "object" || given === null) return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === Object.prototype || prototype === null;
}

function isDomain(given: unknown): given is Domain {
  if (!isRecord(given) || !("kind" in given)) return false;
  const domain = given as Partial<Record<string, unknown>>;
  const words = (list: unknown): boolean => Array.isArray(list) && list.every(isText);
  switch (domain["kind"]) {
    case "bool":
      return true;
    case "range":
      return Number.isInteger(domain["min"]) && Number.isInteger(domain["max"]);
    case "enum":
      return isText(domain["name"]) && words(domain["values"]);
    case "names":
      return isText(domain["name"]) && words(domain["members"]) && typeof domain["none"] === "boolean";
    default:
      return false;
  }
}
