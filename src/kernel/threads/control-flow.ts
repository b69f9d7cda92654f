/** What the methods take with which a program is written: steps, branches, events, registers. */
import {
  BODY,
  callback,
  CONDITION,
  CONDITIONS,
  NOTHING,
  term,
  TERM_TEXT,
} from "../../model/argument-terms.ts";
import {
  type Description,
  either,
  FLAG,
  list,
  matching,
  oneOf,
  optional,
  options,
  parameterOf,
  TEXT,
} from "../../model/arguments.ts";
import type { CauseOptions, TermText } from "../../model/builder.ts";
import type { Domain, Literal } from "../../model/domain.ts";
import type { StepKind } from "../../model/model.ts";
import type { ParametersOf } from "./primitive.ts";
import type { Awaited, StepOptions, WeakerStep, Way } from "../../program/step.ts";
import type { ThreadProgram } from "./thread-program.ts";

const CODE = callback<() => void>(NOTHING);

const KIND: Description<StepKind> = oneOf(
  "lock",
  "flush",
  "barrier",
  "wait",
  "re-check",
  "counter",
  "data",
  "control",
);

/** What `range()`, `enumeration()`, `names()` and `orNone()` give, and `bool`. */
export const DOMAIN: Description<Domain> = matching(
  "a domain",
  (given) =>
    typeof given === "object" &&
    given !== null &&
    "kind" in given &&
    ["bool", "range", "enum", "names"].includes(String(given.kind)),
  'such as bool, range(0, 3), enumeration("name", ["a", "b"])',
);

/** A value of a domain, known while the model is built. */
export const LITERAL: Description<Literal> = matching(
  "a value",
  (given) => given === null || ["boolean", "number", "string"].includes(typeof given),
);

const WAY = options<Way>({
  name: optional(matching("a text", (given) => typeof given === "string")),
  choices: optional(matching("an object of domains", (given) => typeof given === "object" && given !== null)),
  guard: optional(callback(CONDITIONS, "choices")),
  body: optional(callback(BODY, "choices")),
  exit: optional(TEXT),
  text: optional(callback(TERM_TEXT, "choices")),
  told: optional(callback(TERM_TEXT, "choices")),
});

const AWAITED = options<Awaited>({
  until: CONDITION,
  text: TERM_TEXT,
  because: optional(list(options<CauseOptions>({ during: CONDITION, text: TERM_TEXT, by: optional(TEXT) }))),
  memory: optional(FLAG),
});

const STEP = options<StepOptions>({
  label: TEXT,
  kind: KIND,
  ways: list(WAY, 1),
  reads: optional(FLAG),
  awaits: optional(callback(list(AWAITED))),
  sleeps: optional(FLAG),
  weaker: optional(
    list(
      options<WeakerStep>({
        name: TEXT,
        guard: optional(callback(CONDITIONS)),
        body: optional(callback(BODY)),
      }),
    ),
  ),
  section: optional(TEXT),
  exits: optional(matching("an object of blocks", (given) => typeof given === "object" && given !== null)),
});

const EVENT_TEXT: Description<TermText | (() => TermText)> = either(
  (given) => typeof given === "function",
  callback<() => TermText>(TERM_TEXT),
  TERM_TEXT,
);

/** By the name of the method. */
export const controlFlow = {
  step: [parameterOf("options", STEP)],
  do: [
    parameterOf("label", TEXT),
    parameterOf("kind", KIND),
    parameterOf("body", callback(BODY)),
    parameterOf("guard", optional(callback(CONDITIONS))),
  ],
  if: [parameterOf("holds", CONDITION), parameterOf("then", CODE), parameterOf("otherwise", optional(CODE))],
  while: [parameterOf("holds", term("bool", "a condition")), parameterOf("body", CODE)],
  event: [parameterOf("text", EVENT_TEXT), parameterOf("body", callback<() => unknown>(NOTHING))],
  lockless: [parameterOf("why", TEXT), parameterOf("body", callback<() => unknown>(NOTHING))],
  withoutLocks: [parameterOf("body", callback<() => unknown>(NOTHING))],
  isLockless: [],
  outsideEvent: [parameterOf("body", CODE)],
  register: [parameterOf("name", TEXT), parameterOf("domain", DOMAIN), parameterOf("initial", LITERAL)],
  registerArray: [
    parameterOf("name", TEXT),
    parameterOf("index", list(DOMAIN, 1)),
    parameterOf("domain", DOMAIN),
    parameterOf("initial", LITERAL),
  ],
  draft: [parameterOf("body", CODE)],
  block: [parameterOf("body", CODE)],
  call: [
    parameterOf("name", TEXT),
    parameterOf("entry", CODE),
    parameterOf("body", CODE),
    parameterOf("exit", CODE),
  ],
  at: [parameterOf("label", TEXT)],
} satisfies {
  readonly [Name in keyof ThreadProgram]?: ThreadProgram[Name] extends (...given: infer Args) => unknown
    ? ParametersOf<Args>
    : never;
};
