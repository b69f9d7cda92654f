/**
 * Descriptions of arguments, as values: what a function of the language or a kernel primitive takes. Each
 * description checks what it was given when the model is built, and prints itself for messages and pages.
 * Model files run without their types being checked, and a slip that builds a model all the same would be a wrong
 * verdict.
 */
import { type DiagnosticCode, suggest, TlbcheckError } from "./diagnostic.ts";
import type { Source } from "./model.ts";
import { shown } from "./shown.ts";
import { callerSource } from "./source.ts";

/** The call whose arguments are checked. */
export interface Call {
  /** As messages print it: `k.mprotect()`. */
  readonly name: string;
  /** The code of its errors; TLB201 unless given. */
  readonly code?: DiagnosticCode;
  /** The scenario or model whose handles it takes; those of any unless given. */
  readonly owner?: object;
}

/** An argument, or a part of one, of a call. */
export interface Argument {
  readonly call: Call;
  /** As messages print it: `permission`, `options.drain`, `pages[1]`. */
  readonly path: string;
  /** The line of the call, where it is checked later: what a callback returns. */
  readonly source?: Source | null;
}

/** What an argument has to be. */
export interface Description<Value> {
  /** `"ro" or "rw"`, `a page`, `a whole number from 0`: follows "has to be". */
  readonly says: string;
  /** True if it may be left out. */
  readonly optional?: true;
  /** The descriptions of an options object's keys. */
  readonly keys?: Readonly<Record<string, Description<unknown>>>;
  /** Whether a value is taken as it is: what can be asked without making an error. */
  readonly fits?: ((given: unknown) => boolean) | undefined;
  /**
   * The value to work with: the one that was given, its callbacks guarded.
   *
   * @throws TlbcheckError with the code of the call and the line of the model file
   */
  readonly take: (given: unknown, at: Argument) => Value;
}

/** A description of what may be left out. */
export type Optional<Value> = Description<Value> & { readonly optional: true };

/** What a description describes. */
export type Described<D> = D extends Description<infer Value> ? Value : never;

/** The type of an options object, from the descriptions of its keys. */
export type OptionsOf<Keys> = {
  readonly [K in keyof Keys as Keys[K] extends { optional: true } ? never : K]: Described<Keys[K]>;
} & { readonly [K in keyof Keys as Keys[K] extends { optional: true } ? K : never]?: Described<Keys[K]> };

/** A parameter by name. With `rest` it takes all arguments that are left. */
export interface Parameter<Value> {
  readonly name: string;
  readonly is: Description<Value>;
  readonly rest?: true;
  /** Of a `rest`: as many have to be left at least. */
  readonly atLeast?: number;
}

/** Names a parameter. */
export function parameterOf<Value>(name: string, is: Description<Value>): Parameter<Value> {
  return { name, is };
}

/** Names the parameter that takes all arguments that are left, so many at least. */
export function restOf<Value>(
  name: string,
  is: Description<Value>,
  atLeast = 0,
): Parameter<Value> & { rest: true } {
  return { name, is, rest: true, atLeast };
}

/**
 * Checks the arguments of a call against its parameters and gives those to work with.
 *
 * @throws TlbcheckError with the code of the call and the line of the model file
 */
export function takeArguments(
  call: Call,
  parameters: readonly Parameter<unknown>[],
  given: readonly unknown[],
): unknown[] {
  const fixed = parameters.filter(({ rest }) => !rest);
  const [rest] = parameters.slice(fixed.length);
  if (!rest && given.length > parameters.length)
    throw misuse(
      { call, path: "" },
      `${call.name} takes ${counted(parameters.length)}, not ${given.length}`,
      parameters.length === 0
        ? undefined
        : `its parameters: ${parameters.map(({ name }) => name).join(", ")}`,
    );
  const taken = fixed.map(({ name, is }, i) => takeOne(is, given[i], { call, path: name }));
  const left = rest ? given.slice(fixed.length) : [];
  if (left.length < (rest?.atLeast ?? 0)) takeOne(rest!.is, undefined, { call, path: `${rest!.name}[0]` });
  return [...taken, ...left.map((each, i) => rest!.is.take(each, { call, path: `${rest!.name}[${i}]` }))];
}

/** Checks one value, where what may be left out is undefined. */
export function takeOne<Value>(is: Description<Value>, given: unknown, at: Argument): Value {
  if (given !== undefined) return is.take(given, at);
  if (is.optional) return undefined as Value;
  throw misuse(at, `${at.call.name}: ${at.path} is missing`, `it has to be ${is.says}`);
}

/** The error about an argument: its code is that of the call, its line that of the model file. */
export function misuse({ call, source }: Argument, message: string, hint?: string): TlbcheckError {
  return new TlbcheckError(call.code ?? "TLB201", message, {
    source: source === undefined ? callerSource() : source,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The error about an argument that is not what it has to be. */
export function unfit(at: Argument, says: string, given: unknown, hint?: string): TlbcheckError {
  return misuse(at, `${at.call.name}: ${at.path} has to be ${says}, not ${shown(given)}`, hint);
}

/** A part of an argument. */
export function partOf(at: Argument, step: string): Argument {
  return { ...at, path: `${at.path}${step}` };
}

/** The same, but it may be left out. */
export function optional<Value>(is: Description<Value>): Optional<Value> {
  return { ...is, optional: true };
}

/** One of some values that are known. */
export function oneOf<const Value extends string | number | boolean | null>(
  ...values: readonly Value[]
): Description<Value> {
  const says = values.map((value) => JSON.stringify(value)).join(" or ");
  const take = (given: unknown, at: Argument): Value => {
    const found = values.find((value) => value === given);
    if (found !== undefined) return found;
    const known = values.map(String);
    const hint = typeof given === "string" ? suggest(given, known) : `known: ${known.join(", ")}`;
    throw misuse(at, `${at.call.name}: ${at.path} cannot be ${shown(given)}`, hint);
  };
  return { says, take };
}

/** A description that a predicate decides. */
export function matching<Value>(
  says: string,
  fits: (given: unknown) => boolean,
  hint?: string,
): Description<Value> {
  const take = (given: unknown, at: Argument): Value => {
    if (fits(given)) return given as Value;
    throw unfit(at, says, given, hint);
  };
  return { says, fits, take };
}

/** True or false, as JavaScript has them: decided when the model is built. */
export const FLAG: Description<boolean> = matching("true or false", (given) => typeof given === "boolean");

/** A text that is not empty. */
export const TEXT: Description<string> = matching(
  "a text that is not empty",
  (given) => typeof given === "string" && given !== "",
);

/** A whole number, both ends included. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): Description<number> {
  const end = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
  return matching(
    `a whole number from ${min}${end}`,
    (given) => Number.isSafeInteger(given) && min <= (given as number) && (given as number) <= max,
  );
}

/** An instance of a class. */
export function instance<Value>(
  type: abstract new (...given: never[]) => Value,
  says: string,
  hint?: string,
): Description<Value> {
  return matching(says, (given) => given instanceof type, hint);
}

/** A list, each of its members described, with so many of them at least. */
export function list<Value>(of: Description<Value>, atLeast = 0): Description<readonly Value[]> {
  const says = `a list, each ${of.says}`;
  const take = (given: unknown, at: Argument): readonly Value[] => {
    if (!Array.isArray(given)) throw unfit(at, says, given);
    if (given.length < atLeast)
      throw misuse(at, `${at.call.name}: ${at.path} is an empty list`, `it has to be ${says}`);
    // By number, since a hole in a list is a member that is missing.
    return Array.from({ length: given.length }, (_, i) => takeOne(of, given[i], partOf(at, `[${i}]`)));
  };
  return { says, take };
}

/** One thing or another: the first if `is` recognizes it, else the second, whose messages it has. */
export function either<First, Second>(
  is: (given: unknown) => boolean,
  first: Description<First>,
  second: Description<Second>,
): Description<First | Second> {
  const says = `${first.says}, or ${second.says}`;
  const take = (given: unknown, at: Argument): First | Second => {
    if (is(given)) return first.take(given, at);
    return second.take(given, at);
  };
  return { says, take };
}

/** The value, or null. */
export function orNull<Value>(is: Description<Value>): Description<Value | null> {
  const take = (given: unknown, at: Argument): Value | null => (given === null ? null : is.take(given, at));
  return { ...is, fits: undefined, says: `${is.says}, or null`, take };
}

/** A description with one more rule: what is wrong with a value that fits otherwise, or null. */
export function refined<Value>(
  is: Description<Value>,
  says: string,
  wrong: (value: Value, call: Call) => string | null,
): Description<Value> {
  const take = (given: unknown, at: Argument): Value => {
    const value = is.take(given, at);
    const problem = wrong(value, at.call);
    if (problem !== null) throw misuse(at, `${at.call.name}: ${at.path}: ${problem}`, `it has to be ${says}`);
    return value;
  };
  return { ...is, fits: undefined, says, take };
}

/**
 * Options: an object of known keys, each with its own description. A type that gains an option does not compile
 * until its table has it.
 */
export function options<Options extends object>(keys: {
  readonly [K in keyof Options]-?: Description<NonNullable<Options[K]> | Extract<Options[K], null>>;
}): Description<Options> {
  const known = keys as Readonly<Record<string, Description<unknown>>>;
  const says = `an object with ${Object.keys(known).join(", ")}`;
  const take = (given: unknown, at: Argument): Options => {
    if (!isPlainObject(given)) throw unfit(at, says, given);
    for (const name of Reflect.ownKeys(given)) requireKnown(name, known, at);
    const entries = Object.entries(known).map(
      ([name, is]) => [name, takeOne(is, given[name], partOf(at, `.${name}`))] as const,
    );
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Options;
  };
  return { says, keys: known, take };
}

function requireKnown(name: string | symbol, known: object, at: Argument): void {
  if (Object.hasOwn(known, name)) return;
  const where = at.path === "options" ? at.call.name : `${at.call.name}: ${at.path}`;
  throw misuse(at, `${where} has no option "${String(name)}"`, suggest(String(name), Object.keys(known)));
}

function isPlainObject(given: unknown): given is Readonly<Record<string, unknown>> {
  if (typeof given !== "object" || given === null) return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === Object.prototype || prototype === null;
}

function counted(number: number): string {
  if (number === 0) return "no arguments";
  return number === 1 ? "1 argument" : `${number} arguments`;
}
