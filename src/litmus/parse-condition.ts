/** What is asked of final states: `locations [...]`, and `exists`, `~exists` or `forall` with a condition. */
import {
  type Condition,
  type FaultPattern,
  type FaultType,
  faultTypes,
  type FinalCondition,
  type Locations,
  type Place,
  type Quantifier,
} from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { malformed } from "./lexer.ts";
import { type ElementSizes, parsePlace, parseValue, registerNumber, seesRegister } from "./parse-value.ts";

/** `locations [0:X2; x; fault(P0:L0,x);]` */
export function parseLocations(cursor: Cursor, sizes: ElementSizes): Locations {
  const places: Place[] = [];
  const faults: FaultPattern[] = [];
  if (cursor.accept("locations")) {
    cursor.expect("[");
    while (!cursor.sees("]")) {
      if (seesFault(cursor)) faults.push(parseFault(cursor));
      else {
        places.push(parsePlace(cursor, sizes));
        // The type that a value is printed as.
        while (cursor.peek().kind === "word" || cursor.sees("*")) cursor.take();
      }
      if (!cursor.sees("]")) cursor.expect(";", ' or "]"');
    }
    cursor.expect("]");
  }
  return Object.freeze({ places: Object.freeze(places), faults: Object.freeze(faults) });
}

/** A test without a condition asks nothing: everything fulfils it. */
export function parseFinal(cursor: Cursor, sizes: ElementSizes): FinalCondition {
  const { at } = cursor;
  if (cursor.atEnd) {
    const condition: Condition = Object.freeze({ kind: "constant", value: true, at });
    return Object.freeze({ quantifier: "forall", condition, text: "(true)", at });
  }
  const quantifier = parseQuantifier(cursor);
  const first = cursor.peek();
  const condition = parseCondition(cursor, sizes);
  const text = cursor.textFrom(first);
  cursor.accept(";");
  skipExpectations(cursor);
  return Object.freeze({ quantifier, condition, text, at });
}

/** `with tso: ~exists; arm: exists;`, what somebody expected of models: it asks nothing. */
function skipExpectations(cursor: Cursor): void {
  if (!cursor.accept("with")) return;
  while (cursor.peek().kind === "word" && cursor.peek(1).text === ":") {
    cursor.take();
    cursor.take();
    parseQuantifier(cursor);
    cursor.accept(";");
  }
}

/** Whether a row of the program cannot begin here. */
export function seesFinalPart(cursor: Cursor): boolean {
  return cursor.atEnd || FINAL_WORDS.some((word) => cursor.sees(word));
}

const FINAL_WORDS = ["locations", "filter", "exists", "forall", "final", "observed", "Observed", "~", "("];

function parseQuantifier(cursor: Cursor): Quantifier {
  if (cursor.sees("(") || cursor.accept("final")) return "exists";
  if (cursor.sees("observed") || cursor.sees("Observed")) {
    cursor.beyond.push("a list of observed states in place of a condition");
    while (!cursor.atEnd) cursor.take();
    return "exists";
  }
  if (cursor.accept("~") || cursor.accept("not")) {
    cursor.expect("exists");
    return "not exists";
  }
  if (cursor.accept("forall")) return "forall";
  if (cursor.accept("exists")) return "exists";
  throw cursor.expected('"exists", "~exists", "forall" or "locations"');
}

/** Far beyond what anybody writes, and well within what recursion can read. */
const MAX_NESTING = 200;

/** `~` binds tightest, then `=>`, `/\` and `\/`. */
export function parseCondition(cursor: Cursor, sizes: ElementSizes, depth = 0): Condition {
  return parseOperands(cursor, "or", "\\/", () =>
    parseOperands(cursor, "and", "/\\", () => parseImplication(cursor, sizes, depth)),
  );
}

function parseImplication(cursor: Cursor, sizes: ElementSizes, depth: number): Condition {
  const { at } = cursor;
  if (cursor.atEnd && cursor.beyond.length > 0) return Object.freeze({ kind: "constant", value: true, at });
  const premise = parseUnary(cursor, sizes, depth);
  if (!cursor.accept("=>")) return premise;
  const operands = [negated(premise), parseImplication(cursor, sizes, depth + 1)];
  return Object.freeze({ kind: "or", operands: Object.freeze(operands), at });
}

function negated(operand: Condition): Condition {
  return Object.freeze({ kind: "not", operand, at: operand.at });
}

function parseOperands(cursor: Cursor, kind: "and" | "or", sign: string, parse: () => Condition): Condition {
  const { at } = cursor;
  const operands = [parse()];
  while (cursor.accept(sign)) operands.push(parse());
  return operands.length === 1
    ? operands[0]!
    : Object.freeze({ kind, operands: Object.freeze(operands), at });
}

function parseUnary(cursor: Cursor, sizes: ElementSizes, depth: number): Condition {
  const { at } = cursor;
  if (depth > MAX_NESTING)
    throw malformed(cursor.source, at, `a condition nested no deeper than ${MAX_NESTING}`);
  if (cursor.accept("~") || cursor.accept("not"))
    return Object.freeze({ kind: "not", operand: parseUnary(cursor, sizes, depth + 1), at });
  if (cursor.accept("(")) {
    const inner = parseCondition(cursor, sizes, depth + 1);
    cursor.expect(")", ", /\\ or \\/");
    return inner;
  }
  if (cursor.accept("true")) return Object.freeze({ kind: "constant", value: true, at });
  if (cursor.accept("false")) return Object.freeze({ kind: "constant", value: false, at });
  if (seesFault(cursor)) return Object.freeze({ kind: "fault", fault: parseFault(cursor), at });
  return parseEquation(cursor, sizes);
}

/** `x=1`, `0:X1==x`, `[x]!=2`, `0:X1<>1:X1`, `0:X1=[x]` */
function parseEquation(cursor: Cursor, sizes: ElementSizes): Condition {
  const { at } = cursor;
  const { kind } = cursor.peek();
  if (kind !== "word" && kind !== "number" && !["[", "*", "%"].some((sign) => cursor.sees(sign)))
    throw cursor.expected("a condition such as 1:X2=0, [x]=2, fault(P1:L0,x), ~ or (");
  const place = parsePlace(cursor, sizes);
  const isUnequal = cursor.accept("!=") || cursor.accept("<>");
  if (!isUnequal && !cursor.accept("==")) cursor.expect("=", " and a value");
  const equation: Condition = Object.freeze(
    seesPlace(cursor)
      ? { kind: "same", place, other: parsePlace(cursor, sizes), at }
      : { kind: "equal", place, value: parseValue(cursor, sizes), at },
  );
  return isUnequal ? negated(equation) : equation;
}

/** A place whose value is meant, and not its address: `[x]`, `1:X2`, `*x`. */
function seesPlace(cursor: Cursor): boolean {
  const isRegister = seesRegister(cursor) && registerNumber(cursor.peek(2).text) !== undefined;
  return isRegister || cursor.sees("[") || cursor.sees("*");
}

function seesFault(cursor: Cursor): boolean {
  return cursor.sees("fault", "(") || cursor.sees("Fault", "(");
}

/** `fault(P1:L0,x,MMU:Translation)`, of which all but the CPU may be left out. */
function parseFault(cursor: Cursor): FaultPattern {
  cursor.take();
  cursor.expect("(");
  const [, thread] = /^P(\d+)$/.exec(cursor.peek().text) ?? [];
  if (thread === undefined) throw cursor.expected("a CPU such as P0");
  cursor.take();
  const label = cursor.accept(":") ? cursor.word("a label") : null;
  let page: string | null = null;
  let type: FaultType | null = null;
  while (cursor.accept(",")) {
    if (page === null && type === null && !seesFaultType(cursor)) page = parseFaultPage(cursor);
    else type = parseFaultType(cursor);
  }
  cursor.expect(")", ' or "," and a page or a type of fault');
  return Object.freeze({ thread: Number(thread), label, page, type });
}

/** The page that an access faults on; `PTE(x)` for an access to a descriptor, which EL0 may not make. */
function parseFaultPage(cursor: Cursor): string {
  const name = cursor.word("a page");
  if (name.startsWith("pte_")) return `PTE(${name.slice("pte_".length)})`;
  if (!/^(pte|ttd)$/i.test(name) || !cursor.accept("(")) return name;
  const page = cursor.word("the name of a page");
  cursor.expect(")");
  return `PTE(${page})`;
}

/** What herd knows besides faults of the MMU. */
const OTHER_FAULTS = ["TagCheck", "UndefinedInstruction", "SupervisorCall", "PacCheck", "GCSCheck"];

function seesFaultType(cursor: Cursor): boolean {
  const isUnit = ["MMU", "D", "I"].some((word) => cursor.sees(word, ":") || cursor.sees(word, "-"));
  return isUnit || OTHER_FAULTS.some((word) => cursor.sees(word));
}

/** `MMU:Translation`, `D-MMU:Translation`, or the bare word. */
function parseFaultType(cursor: Cursor): FaultType | null {
  const first = cursor.peek();
  while (!cursor.atEnd && !cursor.sees(")") && !cursor.sees(",")) cursor.take();
  const text = cursor.textFrom(first);
  const [, word] = /^(?:(?:D ?- ?)?MMU ?: ?)?(\w+)$/.exec(text) ?? [];
  const type = faultTypes.find((each) => each === word);
  if (type === undefined && word !== "MMU") cursor.beyond.push(`a fault of the type ${text}`);
  return type ?? null;
}
