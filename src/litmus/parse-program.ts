/** The program: a column a CPU, a row a line, an instruction or a label or nothing in a cell. */
import type { Label, Thread } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import type { Instruction, Position } from "./instruction.ts";
import { malformed } from "./lexer.ts";
import { seesFinalPart } from "./parse-condition.ts";
import { seesEndOfCell } from "./forms/operands.ts";
import { parseInstruction } from "./parse-instruction.ts";

interface Column {
  readonly number: number;
  /** `P0.F`: the handler of that CPU's faults. */
  readonly isHandler: boolean;
  readonly at: Position;
  readonly instructions: Instruction[];
  readonly labels: Label[];
}

export function parseProgram(cursor: Cursor): readonly Thread[] {
  // Some write a semicolon before the heads of the columns.
  cursor.accept(";");
  const columns = parseColumns(cursor);
  while (!seesFinalPart(cursor)) parseRow(cursor, columns);
  const handlers = columns.filter(({ isHandler }) => isHandler);
  const programs = columns.filter(({ isHandler }) => !isHandler);
  return Object.freeze(
    programs.map((column) => {
      const handler = handlers.find(({ number }) => number === column.number);
      const thread = threadOf(column, handler);
      checkLabels(cursor, thread);
      return Object.freeze({ ...thread, instructions: Object.freeze(withAddresses(thread)) });
    }),
  );
}

/** A CPU's program, and behind it the handler of its faults. */
function threadOf({ number, instructions, labels }: Column, handler: Column | undefined): Thread {
  if (!handler) return { number, instructions, labels: Object.freeze(labels), handler: null };
  const end: Instruction = Object.freeze({ kind: "end", text: "end", at: handler.at });
  const begin = instructions.length + 1;
  const moved = handler.labels.map((label) =>
    Object.freeze({ ...label, instruction: begin + label.instruction }),
  );
  return {
    number,
    instructions: [...instructions, end, ...handler.instructions, end],
    labels: Object.freeze([...labels, ...moved]),
    handler: begin,
  };
}

/** The instructions with the addresses of labels filled in; a label of something else is not known here. */
function withAddresses({ number, instructions, labels }: Thread): Instruction[] {
  return instructions.map((each) => {
    if (each.kind !== "address-of-code") return each;
    const { label } = each.code;
    const found = labels.find(({ name }) => name === label);
    if (!found) return Object.freeze({ kind: "unknown", at: each.at, text: each.text });
    const code = { ...each.code, thread: number, instruction: found.instruction };
    return Object.freeze({ ...each, code: Object.freeze(code) });
  });
}

/** ` P0 | P1 ;` */
function parseColumns(cursor: Cursor): Column[] {
  const columns: Column[] = [];
  do {
    const { text, at } = cursor.peek();
    const [, number, handler] = /^P(\d+)(\.F)?$/.exec(text) ?? [];
    if (number === undefined) throw cursor.expected("the head of a column, such as P0");
    const isHandler = handler !== undefined;
    if (!isHandler && Number(number) !== columns.filter((each) => !each.isHandler).length)
      throw cursor.expected(`the columns in order, P${columns.length}`);
    if (isHandler && columns.some((each) => each.isHandler && each.number === Number(number)))
      throw cursor.expected(`one fault handler of P${number}`);
    cursor.take();
    columns.push({ number: Number(number), isHandler, at, instructions: [], labels: [] });
  } while (cursor.accept("|"));
  const orphan = columns.find((each) => each.isHandler && !columns.some((of) => isHandledBy(of, each)));
  if (orphan) throw malformed(cursor.source, orphan.at, `a column P${orphan.number} of that CPU as well`);
  cursor.expect(";", ' or "|" after the head of a column');
  return columns;
}

function isHandledBy({ number, isHandler }: Column, handler: Column): boolean {
  return !isHandler && number === handler.number;
}

function parseRow(cursor: Cursor, columns: readonly Column[]): void {
  columns.forEach((column, i) => {
    if (i > 0) cursor.expect("|", `: a row has ${columns.length} cells`);
    parseCell(cursor, column);
  });
  cursor.expect(";", columns.length === 1 ? "" : ` after ${columns.length} cells`);
}

/** Nothing, labels, an instruction, or labels and an instruction. */
function parseCell(cursor: Cursor, { instructions, labels }: Column): void {
  while (cursor.peek().kind === "word" && cursor.peek(1).text === ":") {
    const { text: name, at } = cursor.peek();
    if (labels.some((label) => label.name === name))
      throw cursor.expected("a label that the column does not have yet");
    labels.push(Object.freeze({ name, instruction: instructions.length, at }));
    cursor.take();
    cursor.take();
  }
  if (seesEndOfCell(cursor)) return;
  const [first, ...others] = parseInstruction(cursor);
  instructions.push(first!);
  const here = labels.filter(({ instruction }) => instruction === instructions.length - 1);
  for (const other of others) {
    // A fault of any part is one of the instruction that has the label.
    labels.push(...here.map((label) => Object.freeze({ ...label, instruction: instructions.length })));
    instructions.push(other);
  }
}

function checkLabels({ source }: Cursor, { number, instructions, labels }: Thread): void {
  for (const instruction of instructions) {
    if (instruction.kind !== "branch") continue;
    if (labels.some(({ name }) => name === instruction.label)) continue;
    throw malformed(source, instruction.at, `a label of P${number} to go to, not "${instruction.label}"`);
  }
}
