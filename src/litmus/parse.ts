/** Reads herd's litmus format for AArch64. */
import type { Condition, FinalCondition, LitmusTest } from "./ast.ts";
import { Cursor } from "./cursor.ts";
import { litmusSource, malformed, tokenize } from "./lexer.ts";
import { parseCondition, parseFinal, parseLocations } from "./parse-condition.ts";
import { type ForeignTest, foreignTest, parseHead } from "./parse-head.ts";
import { parseInit } from "./parse-init.ts";
import { parseProgram } from "./parse-program.ts";

/** The longest tests of herd's catalogue have a few thousand; what is longer is no test, or none to be searched. */
const MAX_CHARACTERS = 65_536;

/**
 * A test from the text of a file. One in another format that is known comes out without a program, and with that
 * format as what is beyond this tool.
 *
 * @throws TlbcheckError TLB501 with the place and what was expected there
 */
export function parseLitmus(file: string, text: string): LitmusTest {
  if (text.length > MAX_CHARACTERS) {
    const expected = `a litmus test of ${MAX_CHARACTERS} characters at most, not ${text.length}`;
    throw malformed({ file }, { line: 1, column: 1 }, expected);
  }
  const foreign = foreignTest(file, text);
  if (foreign) return unreadTest(file, foreign);
  const source = litmusSource(file, text);
  const head = parseHead(source);
  const cursor = new Cursor(source, tokenize(source, head.end));
  const { items, sizes } = parseInit(cursor);
  const threads = parseProgram(cursor);
  const locations = parseLocations(cursor, sizes);
  if (cursor.accept("filter")) {
    parseCondition(cursor, sizes);
    cursor.beyond.push("a filter on executions");
  }
  const final = parseFinal(cursor, sizes);
  if (!cursor.atEnd && !cursor.sees("<")) throw cursor.expected("/\\, \\/ or the end of the file");
  const { name, about, settings } = head;
  const beyond = Object.freeze(cursor.beyond);
  return Object.freeze({ file, name, about, settings, init: items, threads, locations, final, beyond });
}

function unreadTest(file: string, { name, format }: ForeignTest): LitmusTest {
  const at = Object.freeze({ line: 1, column: 1 });
  const condition: Condition = Object.freeze({ kind: "constant", value: true, at });
  const final: FinalCondition = Object.freeze({ quantifier: "forall", condition, text: "(true)", at });
  const nothing = Object.freeze([]);
  const locations = Object.freeze({ places: nothing, faults: nothing });
  const rest = { about: null, settings: nothing, init: nothing, threads: nothing, locations, final };
  return Object.freeze({ file, name, ...rest, beyond: Object.freeze([format]) });
}
