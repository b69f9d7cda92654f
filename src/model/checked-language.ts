/**
 * The language as model files get it: every declaration and function checks what it is given, by the tables here.
 * Importing this file puts the checks in front of the methods of its classes.
 */
import {
  DEADLOCK,
  DOMAIN,
  INITIAL,
  LITERAL,
  NUMBER,
  OPERAND,
  PROPERTY,
  GOAL,
  RULE,
  RUN,
  STRING,
  WORDS,
} from "./argument-language.ts";
import { BODY, called, TERM_TEXT } from "./argument-terms.ts";
import { either, FLAG, list, optional, parameterOf, restOf, TEXT, wholeNumber } from "./arguments.ts";
import * as builder from "./builder.ts";
import { checked, checkMethods } from "./checked.ts";
import type { DiagnosticCode } from "./diagnostic.ts";
import * as domains from "./make-domain.ts";
import * as terms from "./term.ts";

const CODE: DiagnosticCode = "TLB114";

const name = parameterOf("name", TEXT);
const domain = parameterOf("domain", DOMAIN);
const index = parameterOf("index", list(DOMAIN));
const other = [parameterOf("other", OPERAND)];
const others = [restOf("others", OPERAND)];
const conditions = [restOf("conditions", OPERAND)];
const options = parameterOf("options", optional(PROPERTY));
const each = parameterOf("body", called(OPERAND, "(each)"));

checkMethods(
  builder.ModelBuilder,
  "m",
  {
    variable: [name, domain, parameterOf("initial", INITIAL)],
    array: [name, index, domain, parameterOf("initial", INITIAL)],
    arrayOf: [name, index, domain, parameterOf("initial", list(INITIAL))],
    initially: conditions,
    rule: [name, parameterOf("options", RULE)],
    invariant: [name, parameterOf("holds", OPERAND), options],
    assertion: [name, options],
    goal: [name, parameterOf("reached", OPERAND), parameterOf("options", optional(GOAL))],
    deadlock: [parameterOf("terminated", OPERAND), parameterOf("options", optional(DEADLOCK))],
    liveness: [name, parameterOf("runs", either(Array.isArray, list(RUN, 1), RUN)), options],
    saturate: [parameterOf("body", BODY)],
    refuseSaturation: [parameterOf("why", STRING)],
    place: [parameterOf("number", wholeNumber(0)), parameterOf("name", STRING)],
    fact: [
      parameterOf("subject", STRING),
      parameterOf("holds", OPERAND),
      parameterOf("text", TERM_TEXT),
      parameterOf("notable", optional(FLAG)),
    ],
    assume: [parameterOf("assumption", STRING)],
    build: [],
  },
  CODE,
);

checkMethods(builder.ArrayVariable, "array", { at: [restOf("index", OPERAND)] }, CODE);

checkMethods(
  terms.Term,
  "x",
  {
    is: other,
    isNot: other,
    lessThan: other,
    atMost: other,
    greaterThan: other,
    atLeast: other,
    plus: other,
    minus: other,
    times: other,
    mod: [parameterOf("divisor", wholeNumber(1))],
    not: [],
    and: others,
    or: others,
    implies: other,
    valueOf: null,
    toString: null,
    toJSON: null,
  },
  CODE,
);

checkMethods<terms.Place, terms.Term>(
  terms.Place,
  "place",
  { set: [parameterOf("value", OPERAND)], increase: [parameterOf("by", optional(OPERAND))] },
  CODE,
);

export const and = checked("and", conditions, CODE, terms.and);
export const or = checked("or", conditions, CODE, terms.or);
export const not = checked("not", [parameterOf("condition", OPERAND)], CODE, terms.not);
export const choose = checked(
  "choose",
  [parameterOf("when", OPERAND), parameterOf("then", OPERAND), parameterOf("otherwise", OPERAND)],
  CODE,
  terms.choose,
);
export const forAll = checked("forAll", [domain, each], CODE, terms.forAll);
export const exists = checked("exists", [domain, each], CODE, terms.exists);
export const count = checked("count", [domain, each], CODE, terms.count);
export const eachOf = checked("eachOf", [domain], CODE, terms.eachOf);
export const literal = checked("literal", [domain, parameterOf("value", LITERAL)], CODE, terms.literal);
export const number = checked("number", [parameterOf("value", NUMBER)], CODE, terms.number);
export const constant = checked("constant", [domain, parameterOf("code", NUMBER)], CODE, terms.constant);

export const range = checked(
  "range",
  [parameterOf("min", NUMBER), parameterOf("max", NUMBER)],
  CODE,
  domains.range,
);
export const enumeration = checked(
  "enumeration",
  [name, parameterOf("values", WORDS)],
  CODE,
  domains.enumeration,
);
export const names = checked(
  "names",
  [
    name,
    parameterOf(
      "members",
      either((given) => typeof given === "number", wholeNumber(0), WORDS),
    ),
  ],
  CODE,
  domains.names,
);
export const orNone = checked("orNone", [domain], CODE, domains.orNone);

const body = parameterOf("then", BODY);
export const when = checked(
  "when",
  [parameterOf("condition", OPERAND), body, parameterOf("otherwise", optional(BODY))],
  CODE,
  builder.when,
);
export const assert = checked(
  "assert",
  [
    parameterOf("property", TEXT),
    parameterOf("condition", OPERAND),
    parameterOf("consequence", optional(TERM_TEXT)),
  ],
  CODE,
  builder.assert,
);
export const taken = checked("taken", [restOf("rules", TEXT)], CODE, builder.taken);
