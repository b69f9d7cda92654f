/** The program: a column a CPU, a row a line, an instruction or a label or nothing in a cell. */
import type { Label, Thread } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import type { Instruction } from "./instruction.ts";
import { malformed } from "./lexer.ts";
import { seesFinalPart } from "./parse-condition.ts";
import { parseInstruction, seesEndOfCell } from "./parse-instruction.ts";

interface Column {
  readonly number: number;
  /** A fault handler's column is read and then forgotten. */
  readonly isHandler: boolean;
  readonly instructions: Instruction[];
  readonly labels: Label[];
}

export function parseProgram(cursor: Cursor): readonly Thread[] {
  const columns = parseColumns(cursor);
  while (!seesFinalPart(cursor)) parseRow(cursor, columns);
  for (const { number, isHandler } of columns)
    if (isHandler) cursor.beyond.push(`a fault handler on P${number}`);
  const programs = columns.filter(({ isHandler }) => !isHandler);
  for (const column of programs) checkLabels(cursor, column);
  return Object.freeze(
    programs.map(({ number, instructions, labels }) =>
      Object.freeze({ number, instructions: Object.freeze(instructions), labels: Object.freeze(labels) }),
    ),
  );
}

/** ` P0 | P1 ;` */
function parseColumns(cursor: Cursor): Column[] {
  const columns: Column[] = [];
  do {
    const { text } = cursor.peek();
    const [, number, handler] = /^P(\d+)(\.F)?$/.exec(text) ?? [];
    if (number === undefined) throw cursor.expected("the head of a column, such as P0");
    const isHandler = handler !== undefined;
    if (!isHandler && Number(number) !== columns.filter((each) => !each.isHandler).length)
      throw cursor.expected(`the columns in order, P${columns.length}`);
    cursor.take();
    columns.push({ number: Number(number), isHandler, instructions: [], labels: [] });
  } while (cursor.accept("|"));
  cursor.expect(";", ' or "|" after the head of a column');
  return columns;
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
  if (!seesEndOfCell(cursor)) instructions.push(parseInstruction(cursor));
}

function checkLabels({ source }: Cursor, { number, instructions, labels }: Column): void {
  for (const instruction of instructions) {
    if (instruction.kind !== "branch") continue;
    if (labels.some(({ name }) => name === instruction.label)) continue;
    throw malformed(source, instruction.at, `a label of P${number} to go to, not "${instruction.label}"`);
  }
}
