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
import { type ElementSizes, parsePlace, parseValue } from "./parse-value.ts";

/** `locations [0:X2; x; fault(P0:L0,x);]` */
export function parseLocations(cursor: Cursor, sizes: ElementSizes): Locations {
  const places: Place[] = [];
  const faults: FaultPattern[] = [];
  if (cursor.accept("locations")) {
    cursor.expect("[");
    while (!cursor.sees("]")) {
      if (seesFault(cursor)) faults.push(parseFault(cursor));
      else places.push(parsePlace(cursor, sizes));
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
  return Object.freeze({ quantifier, condition, text: cursor.textFrom(first), at });
}

/** Whether a row of the program cannot begin here. */
export function seesFinalPart(cursor: Cursor): boolean {
  return cursor.atEnd || ["locations", "filter", "exists", "forall", "~"].some((word) => cursor.sees(word));
}

function parseQuantifier(cursor: Cursor): Quantifier {
  if (cursor.accept("~")) {
    cursor.expect("exists");
    return "not exists";
  }
  if (cursor.accept("forall")) return "forall";
  if (cursor.accept("exists")) return "exists";
  throw cursor.expected('"exists", "~exists", "forall" or "locations"');
}

/** Far beyond what anybody writes, and well within what recursion can read. */
const MAX_NESTING = 200;

/** `/\` binds tighter than `\/`, and `~` tighter than both. */
export function parseCondition(cursor: Cursor, sizes: ElementSizes, depth = 0): Condition {
  return parseOperands(cursor, "or", "\\/", () =>
    parseOperands(cursor, "and", "/\\", () => parseUnary(cursor, sizes, depth)),
  );
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

function parseEquation(cursor: Cursor, sizes: ElementSizes): Condition {
  const { at } = cursor;
  const { kind } = cursor.peek();
  if (kind !== "word" && kind !== "number" && !cursor.sees("["))
    throw cursor.expected("a condition such as 1:X2=0, [x]=2, fault(P1:L0,x), ~ or (");
  const place = parsePlace(cursor, sizes);
  cursor.expect("=", " and a value");
  return Object.freeze({ kind: "equal", place, value: parseValue(cursor, sizes), at });
}

function seesFault(cursor: Cursor): boolean {
  return cursor.sees("fault", "(") || cursor.sees("Fault", "(");
}

/** `fault(P1:L0,x,MMU:Translation)`, of which all but the CPU may be left out. */
function parseFault(cursor: Cursor): FaultPattern {
  const first = cursor.take();
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
  if (page?.startsWith("pte_") === true)
    cursor.beyond.push(`${cursor.textFrom(first)}: descriptors are always mapped`);
  return Object.freeze({ thread: Number(thread), label, page, type });
}

function parseFaultPage(cursor: Cursor): string {
  const name = cursor.word("a page");
  if (name !== "PTE" || !cursor.accept("(")) return name;
  const page = cursor.word("the name of a page");
  cursor.expect(")");
  return `pte_${page}`;
}

function seesFaultType(cursor: Cursor): boolean {
  return ["MMU", "D", "I", "TagCheck", "UndefinedInstruction", "SupervisorCall"].some((word) =>
    cursor.sees(word),
  );
}

/** `MMU:Translation`, `D-MMU:Translation`, or the bare word. */
function parseFaultType(cursor: Cursor): FaultType | null {
  const first = cursor.peek();
  while (!cursor.atEnd && !cursor.sees(")") && !cursor.sees(",")) cursor.take();
  const text = cursor.textFrom(first);
  const [, word] = /^(?:(?:D ?- ?)?MMU ?: ?)?(\w+)$/.exec(text) ?? [];
  const type = faultTypes.find((each) => each === word);
  if (type === undefined) cursor.beyond.push(`a fault of the type ${text}`);
  return type ?? null;
}
