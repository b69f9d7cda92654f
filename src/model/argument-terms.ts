/** Descriptions of expressions, of what is made of them, and of callbacks that return them. */
import { type Argument, type Description, misuse, partOf, unfit } from "./arguments.ts";
import { describeDomain, type Domain, literalCode, valueType, type ValueType } from "./domain.ts";
import type { TlbcheckError } from "./diagnostic.ts";
import type { Source, Statement } from "./model.ts";
import { callerSource } from "./source.ts";
import { isStatement } from "./statement.ts";
import { type Operand, Place, Term } from "./term.ts";

/** Statements, perhaps nested in lists. */
type Statements = Statement | readonly Statements[];

/** Text with expressions in it. */
type Text = string | readonly (string | Term)[];

/** An expression of a type, such as `names frame`; `says` is what a reader calls that: `an expression of a frame`. */
export function term(type: ValueType, says: string, hint?: string): Description<Term> {
  const take = (given: unknown, at: Argument): Term => {
    if (given instanceof Term && given.type === type) return given;
    throw unfit(at, says, given, hint);
  };
  return { says, take };
}

/** A variable, or a cell of an array. */
export const PLACE: Description<Place> = {
  says: "a variable or a cell of an array",
  take: (given, at) => {
    if (given instanceof Place) return given;
    throw unfit(at, PLACE.says, given);
  },
};

/** A value of a domain, or an expression of its type. */
export function operandOf(domain: Domain): Description<Operand> {
  const says = `a value of ${describeDomain(domain)}, or an expression of that type`;
  const wanted = valueType(domain);
  const take = (given: unknown, at: Argument): Operand => {
    const fits =
      given instanceof Term ? given.type === wanted : literalCode(domain, given as never) !== undefined;
    if (fits) return given as Operand;
    throw unfit(at, says, given);
  };
  return { says, take };
}

/** A condition: an expression that is true or false, or one of these two. */
export const CONDITION: Description<Operand> = {
  says: "a condition",
  take: (given, at) => {
    if (typeof given === "boolean" || (given instanceof Term && given.type === "bool")) return given;
    throw unfit(at, CONDITION.says, given, "such as x.is(y), and(…), or(…), not(…)");
  },
};

/** A guard: a list of conditions, all of which have to be true. */
export const CONDITIONS: Description<readonly Operand[]> = {
  says: "a list of conditions",
  take: (given, at) => {
    if (!Array.isArray(given)) throw unfit(at, CONDITIONS.says, given, "write [condition, …]");
    return Array.from({ length: given.length }, (_, i) => CONDITION.take(given[i], partOf(at, `[${i}]`)));
  },
};

/** A body: a statement, or a list of statements, which may be nested and empty. */
export const BODY: Description<Statements> = {
  says: "a statement or a list of statements",
  take: (given, at) => {
    requireStatements(given, at);
    return given;
  },
};

function requireStatements(given: unknown, at: Argument): asserts given is Statements {
  if (Array.isArray(given)) {
    for (let i = 0; i < given.length; i++) requireStatements(given[i], partOf(at, `[${i}]`));
    return;
  }
  if (isStatement(given)) return;
  throw unfit(at, BODY.says, given, "such as x.set(value) or when(condition, …)");
}

/** A text, or a list of texts and expressions that a trace prints with their values. */
export const TERM_TEXT: Description<Text> = {
  says: "a text, or a list of texts and expressions",
  take: (given, at) => {
    const parts: readonly unknown[] = Array.isArray(given) ? given : [given];
    const expressions = Array.isArray(given);
    if (parts.every((part) => typeof part === "string" || (expressions && part instanceof Term)))
      return given as Text;
    throw unfit(at, TERM_TEXT.says, given);
  },
};

/**
 * What a callback returns that is called for what it does: nothing that would be lost. A statement, a promise and a
 * function that nobody calls are refused.
 */
export const NOTHING: Description<unknown> = {
  says: "nothing",
  take: (given, at) => {
    if (isStatement(given) || (Array.isArray(given) && given.some(isStatement)))
      throw misuse(
        at,
        `${at.call.name}: ${at.path} is a statement, and nothing executes it here`,
        "write k.do()",
      );
    if (typeof given === "function" || isLater(given)) throw unfit(at, NOTHING.says, given);
    return given;
  },
};

/** A promise or a generator: what has not run yet. */
function isLater(given: unknown): boolean {
  if (typeof given !== "object" || given === null) return false;
  return given instanceof Promise || (Symbol.iterator in given && "next" in given);
}

/** A function that is called while the model is built; what it returns is checked whenever it is called. */
export function callback<Callback extends (...given: never[]) => unknown>(
  returns: Description<unknown>,
  parameters = "",
): Description<Callback> {
  return functionOf(returns, parameters, callerSource);
}

/** The same, if it is called before the call that takes it returns: an error is then at the line of that call. */
export function called<Callback extends (...given: never[]) => unknown>(
  returns: Description<unknown>,
  parameters = "",
): Description<Callback> {
  return functionOf(returns, parameters, () => undefined);
}

function functionOf<Callback>(
  returns: Description<unknown>,
  parameters: string,
  place: () => Source | null | undefined,
): Description<Callback> {
  const says = `a function (${parameters}) => ${returns.says}`;
  const take = (given: unknown, at: Argument): Callback => {
    if (typeof given !== "function") throw unfit(at, says, given, `write (${parameters}) => … around it`);
    const source = place();
    const later = {
      call: at.call,
      path: `what ${at.path} returns`,
      ...(source === undefined ? {} : { source }),
    };
    const call = given as (...given: unknown[]) => unknown;
    return ((...passed: unknown[]) => {
      const returned = call(...passed);
      if (returned === undefined && returns !== NOTHING) throw forgotten(later, returns);
      return returns.take(returned, later);
    }) as Callback;
  };
  return { says, take };
}

function forgotten(at: Argument, { says }: Description<unknown>): TlbcheckError {
  const message = `${at.call.name}: ${at.path} has to be ${says}, and it returns nothing`;
  return misuse(at, message, "a function in braces needs return; a body that does nothing is []");
}
