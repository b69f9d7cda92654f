/** Expressions as WebAssembly text: each becomes one folded instruction that leaves an i32, the code. */
import { indexSize, minCode } from "../model/domain.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Field } from "../model/layout.ts";
import { assertNever, type Expr, type Source, type Variable } from "../model/model.ts";
import { type BitTest, bitTest, conjunction, fieldMask, fieldOf, opposite } from "./bit-test.ts";
import { intervalIn, isConstant, mayFault, type Scope, simplify } from "./simplify.ts";

/** The words of a state while it is read or changed. */
export interface Words {
  /** Text of a word whose bits under the mask are up to date. */
  word(word: number, mask: bigint): string;
  /** The code that a field is known to hold here, or null. */
  known(field: Field): number | null;
}

/** What an expression's text refers to. */
export interface Context {
  readonly scope: Scope;
  readonly words: Words;
  /** A fresh local. */
  readonly temporary: (type: "i32" | "i64") => string;
  /** The label to leave for where an expression has no value; calling it notes that it is used. */
  readonly fault: () => string;
  readonly source: Source | null;
}

/** Cells that lie one behind the other in one word: the first, and how many. */
interface Run {
  readonly first: number;
  readonly count: number;
}

/** The text of an expression that was simplified before. */
export function valueText(expr: Expr, context: Context): string {
  const value = (each: Expr): string => valueText(each, context);
  switch (expr.kind) {
    case "constant":
      return constantText(expr.value, context.source);
    case "parameter":
      return `(local.get ${parameterLocal(expr.name)})`;
    case "read":
      return readText(expr, context);
    case "not":
      return notText(expr, context);
    case "and":
    case "or":
      return junctionText(expr, context);
    case "equal":
    case "less":
      return comparisonText(expr, context);
    case "add":
      return arithmeticText("i32.add", expr, context);
    case "subtract":
      return arithmeticText("i32.sub", expr, context);
    case "multiply":
      return arithmeticText("i32.mul", expr, context);
    case "remainder":
      return remainderText(expr, context);
    case "if":
      if (mayFault(expr.then, context.scope) || mayFault(expr.otherwise, context.scope))
        return `(if (result i32) ${value(expr.condition)} (then ${value(expr.then)}) (else ${value(expr.otherwise)}))`;
      if (
        isConstant(expr.then) &&
        expr.then.value === 1 &&
        isConstant(expr.otherwise) &&
        expr.otherwise.value === 0
      )
        return value(expr.condition);
      return `(select ${value(expr.then)} ${value(expr.otherwise)} ${value(expr.condition)})`;
    default:
      return assertNever(expr);
  }
}

/** The local that holds a parameter whose values a loop runs through. */
export function parameterLocal(name: string): string {
  return `$parameter.${name.replace(/\W/g, (char) => `.${char.charCodeAt(0).toString(16)}.`)}`;
}

/** `(i32.const …)`, or TLB401 for what is no 32-bit integer. */
export function constantText(value: number, source: Source | null): string {
  if (!Number.isInteger(value) || value < -(2 ** 31) || value >= 2 ** 32)
    throw new TlbcheckError("TLB401", `the value ${value} is no 32-bit integer`, { source });
  return `(i32.const ${value})`;
}

export function bitTestText({ word, mask, relation, value }: BitTest, words: Words): string {
  const bits = `(i64.and ${words.word(word, mask)} (i64.const ${hex(mask)}))`;
  if (relation === "eq" && value === 0n) return `(i64.eqz ${bits})`;
  return `(i64.${relation} ${bits} (i64.const ${hex(value)}))`;
}

export function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/**
 * The texts of conditions that all must hold, in an order that keeps their meaning: what may fault is
 * evaluated neither before nor after its place, bit tests between such conditions are joined.
 */
export function conjunctTexts(exprs: readonly Expr[], context: Context): string[] {
  const texts: string[] = [];
  let tests: BitTest[] = [];
  let others: string[] = [];
  const flush = (): void => {
    const joined = conjunction(tests)?.map((test) => bitTestText(test, context.words));
    texts.push(...(joined ?? ["(i32.const 0)"]), ...others);
    tests = [];
    others = [];
  };
  for (const expr of exprs) {
    const test = knownTest(expr, context);
    if (typeof test === "object") tests.push(test);
    else if (test === false) others.push("(i32.const 0)");
    else if (test === "other") {
      const barrier = mayFault(expr, context.scope);
      if (barrier) flush();
      others.push(valueText(expr, context));
      if (barrier) flush();
    }
  }
  flush();
  return texts;
}

/** A bit test, or its outcome where the field is known, or "other". */
function knownTest(expr: Expr, { scope, words }: Context): BitTest | boolean | "other" {
  const test = bitTest(expr, scope);
  if (!test) return "other";
  const cell = expr.kind === "not" ? expr.operand : expr;
  const sides = cell.kind === "equal" || cell.kind === "less" ? [cell.left, cell.right] : [cell];
  const field = sides.map((side) => fieldOf(side, scope)).find((each) => each !== null);
  const code = field ? words.known(field) : null;
  if (!field || code === null) return test;
  const held = BigInt(code - field.min) << BigInt(field.shift);
  switch (test.relation) {
    case "eq":
      return held === test.value;
    case "ne":
      return held !== test.value;
    case "lt_u":
      return held < test.value;
    case "ge_u":
      return held >= test.value;
  }
}

function notText(expr: Expr & { kind: "not" }, context: Context): string {
  const test = knownTest(expr, context);
  if (typeof test === "boolean") return `(i32.const ${Number(test)})`;
  if (test !== "other") return bitTestText(test, context.words);
  return `(i32.eqz ${valueText(expr.operand, context)})`;
}

function junctionText(expr: Expr & { kind: "and" | "or" }, context: Context): string {
  const { scope } = context;
  if (!expr.operands.slice(1).some((each) => mayFault(each, scope))) return pureJunctionText(expr, context);
  return inOrder(
    expr.kind,
    expr.operands.map((each) => valueText(each, context)),
  );
}

/** Operands from the left, no further than the answer needs. */
function inOrder(kind: "and" | "or", texts: readonly string[]): string {
  if (texts.length === 1) return texts[0]!;
  const [first, rest] = halves(texts).map((half) => inOrder(kind, half));
  return kind === "and"
    ? `(if (result i32) ${first} (then ${rest}) (else (i32.const 0)))`
    : `(if (result i32) ${first} (then (i32.const 1)) (else ${rest}))`;
}

/** No operand but the first may fault: all are evaluated, and bit tests are joined. */
function pureJunctionText(expr: Expr & { kind: "and" | "or" }, context: Context): string {
  if (expr.kind === "and") return chain("i32.and", conjunctTexts(expr.operands, context), 1);
  const tests: BitTest[] = [];
  const texts: string[] = [];
  for (const operand of expr.operands) {
    const test = knownTest(operand, context);
    if (test === true) texts.push("(i32.const 1)");
    else if (typeof test === "object") tests.push(test);
    else if (test === "other") texts.push(valueText(operand, context));
  }
  // a or b is not (not a and not b).
  const joined = conjunction(tests.map(opposite));
  texts.push(...(joined?.map((test) => bitTestText(opposite(test), context.words)) ?? ["(i32.const 1)"]));
  return chain("i32.or", texts, 0);
}

function halves<Part>(parts: readonly Part[]): [readonly Part[], readonly Part[]] {
  const middle = parts.length >> 1;
  return [parts.slice(0, middle), parts.slice(middle)];
}

function chain(instruction: string, texts: readonly string[], neutral: number): string {
  if (texts.length < 2) return texts[0] ?? `(i32.const ${neutral})`;
  // Balanced: the assembler descends into every level of nesting.
  const [first, second] = halves(texts).map((half) => chain(instruction, half, neutral));
  return `(${instruction} ${first} ${second})`;
}

function comparisonText(expr: Expr & { kind: "equal" | "less" }, context: Context): string {
  const test = knownTest(expr, context);
  if (typeof test === "boolean") return `(i32.const ${Number(test)})`;
  if (test !== "other") return bitTestText(test, context.words);
  const instruction = expr.kind === "equal" ? "i32.eq" : "i32.lt_s";
  return `(${instruction} ${valueText(expr.left, context)} ${valueText(expr.right, context)})`;
}

function arithmeticText(
  instruction: string,
  expr: Expr & { kind: "add" | "subtract" | "multiply" },
  context: Context,
): string {
  refuseOverflow(expr, context);
  return `(${instruction} ${valueText(expr.left, context)} ${valueText(expr.right, context)})`;
}

function refuseOverflow(expr: Expr, { scope, source }: Context): void {
  const { min, max } = intervalIn(expr, scope);
  if (min < -(2 ** 31) || max >= 2 ** 31)
    throw new TlbcheckError(
      "TLB401",
      `an expression may reach ${min} or ${max}, outside of the 32-bit integers`,
      {
        source,
        hint: "give the variables in it smaller ranges",
      },
    );
}

function remainderText(expr: Expr & { kind: "remainder" }, context: Context): string {
  refuseOverflow(expr, context);
  const divisor = constantText(expr.divisor, context.source);
  const left = valueText(expr.left, context);
  if (intervalIn(expr.left, context.scope).min >= 0) return `(i32.rem_u ${left} ${divisor})`;
  const rest = context.temporary("i32");
  const raised = `(i32.add (local.tee ${rest} (i32.rem_s ${left} ${divisor})) ${divisor})`;
  return `(select ${raised} (local.get ${rest}) (i32.lt_s (local.get ${rest}) (i32.const 0)))`;
}

function readText(expr: Expr & { kind: "read" }, context: Context): string {
  const { scope, words } = context;
  const field = fieldOf(expr, scope);
  if (field) return fieldText(field, words);
  const variable = scope.variables.get(expr.variable)!;
  const fields = scope.layout.fields.get(expr.variable)!;
  const position = positionText(variable, expr.index, context);
  if (position === null) return `(br ${context.fault()})`;
  return runsText(fields, position, context);
}

/** The value of a field at a known place. */
function fieldText(field: Field, words: Words): string {
  const known = field.bits === 0 ? field.min : words.known(field);
  if (known !== null) return `(i32.const ${known})`;
  const { word, shift, bits } = field;
  const moved =
    shift === 0
      ? words.word(word, fieldMask(field))
      : `(i64.shr_u ${words.word(word, fieldMask(field))} (i64.const ${shift}))`;
  return raised(masked(`(i32.wrap_i64 ${moved})`, bits), field.min);
}

function masked(text: string, bits: number): string {
  return bits === 32 ? text : `(i32.and ${text} (i32.const ${2 ** bits - 1}))`;
}

function raised(text: string, min: number): string {
  return min === 0 ? text : `(i32.add ${text} (i32.const ${min}))`;
}

/** The text of the cell at a computed position. */
function runsText(fields: readonly Field[], position: string, { words, temporary }: Context): string {
  const local = temporary("i32");
  // The position is computed where the text first needs it, and kept in a local for the rest.
  const choose = (runs: readonly Run[], at: string): string => {
    if (runs.length === 1) return runText(fields, runs[0]!, at, words);
    const middle = runs.length >> 1;
    const [below, above] = [runs.slice(0, middle), runs.slice(middle)].map((half) =>
      choose(half, `(local.get ${local})`),
    );
    const isBelow = `(i32.lt_u ${at} (i32.const ${runs[middle]!.first}))`;
    return `(if (result i32) ${isBelow} (then ${below}) (else ${above}))`;
  };
  const runs = runsOf(fields);
  return choose(runs, runs.length === 1 ? position : `(local.tee ${local} ${position})`);
}

function runText(fields: readonly Field[], { first, count }: Run, at: string, words: Words): string {
  const field = fields[first]!;
  if (field.bits === 0) return `(select (i32.const ${field.min}) (i32.const ${field.min}) ${at})`;
  const word = words.word(field.word, runMask(fields, first, count));
  const shift = `(i64.extend_i32_u ${runShift(field, first, at)})`;
  return raised(masked(`(i32.wrap_i64 (i64.shr_u ${word} ${shift}))`, field.bits), field.min);
}

/** The bit at which the cell at a position begins, for a run of cells. */
export function runShift(field: Field, first: number, position: string): string {
  const offset = field.shift - first * field.bits;
  const scaled = field.bits === 1 ? position : `(i32.mul ${position} (i32.const ${field.bits}))`;
  return offset === 0 ? scaled : `(i32.add ${scaled} (i32.const ${offset}))`;
}

export function runMask(fields: readonly Field[], first: number, count: number): bigint {
  return fields.slice(first, first + count).reduce((mask, field) => mask | fieldMask(field), 0n);
}

/** Cells in order, cut where they do not lie one behind the other in one word. */
export function runsOf(fields: readonly Field[]): Run[] {
  const runs: { first: number; count: number }[] = [];
  fields.forEach((field, position) => {
    const run = runs.at(-1);
    const before = fields[position - 1];
    const follows =
      before?.word === field.word &&
      before.bits === field.bits &&
      before.min === field.min &&
      before.shift + before.bits === field.shift;
    if (run && follows) run.count += 1;
    else runs.push({ first: position, count: 1 });
  });
  return runs;
}

/** The position of a cell, every index checked that needs it; null if one is always out of bounds. */
export function positionText(variable: Variable, index: readonly Expr[], context: Context): string | null {
  let text = "";
  for (const [dimension, domain] of variable.index.entries()) {
    const size = indexSize(domain);
    const checked = checkedText(index[dimension]!, minCode(domain), size, context);
    if (checked === null) return null;
    text = text === "" ? checked : `(i32.add (i32.mul ${text} (i32.const ${size})) ${checked})`;
  }
  return text;
}

/** An expression minus `min`, leaving for the fault where it is not below `size`; null if it never is. */
export function checkedText(expr: Expr, min: number, size: number, context: Context): string | null {
  const interval = intervalIn(expr, context.scope);
  if (interval.max < min || interval.min >= min + size) return null;
  const value = valueText(expr, context);
  const offset = min === 0 ? value : `(i32.sub ${value} (i32.const ${min}))`;
  if (interval.min >= min && interval.max < min + size) return offset;
  const local = context.temporary("i32");
  const within = `(i32.lt_u (local.tee ${local} ${offset}) ${constantText(size, context.source)})`;
  return `(if (result i32) ${within} (then (local.get ${local})) (else (br ${context.fault()})))`;
}

/** Simplifies and compiles in one go. */
export function compileValue(expr: Expr, context: Context): string {
  return valueText(simplify(expr, context.scope), context);
}
