/**
 * Descriptions of arguments: what each takes, what it says of what it does not take, and that nothing that an author
 * can pass makes a check fail in any other way.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { handle } from "../../src/model/argument-handles.ts";
import {
  BODY,
  callback,
  CONDITION,
  CONDITIONS,
  NOTHING,
  operandOf,
  PLACE,
  term,
  TERM_TEXT,
} from "../../src/model/argument-terms.ts";
import {
  type Description,
  either,
  FLAG,
  instance,
  list,
  oneOf,
  optional,
  options,
  orNull,
  parameterOf,
  refined,
  restOf,
  takeArguments,
  takeOne,
  TEXT,
  wholeNumber,
} from "../../src/model/arguments.ts";
import { bool, ModelBuilder, names, range, when } from "../../src/model/builder.ts";
import { TlbcheckError } from "../../src/model/diagnostic.ts";
import { issueHandle } from "../../src/model/handles.ts";
import { literal } from "../../src/model/term.ts";

const owner = {};
const builder = new ModelBuilder("arguments");
const n = builder.variable("n", range(0, 3), 0);
const on = builder.variable("on", bool, false);
const frame = names("frame", ["f0", "f1"]);
const page = issueHandle("page", owner, { name: "page0" });
const mm = issueHandle("mm", owner, { name: "mm" });
const PAGE = handle<typeof page>("page", "a page", 'mm.page("name")');
const OPTIONS = options<{ drain?: boolean | null; count?: number }>({
  drain: optional(orNull(FLAG)),
  count: optional(wholeNumber(1, 4)),
});

/** What a description says of a value: "taken", or the error with its hint. */
function answer(is: Description<unknown>, given: unknown, of: object = owner): string {
  try {
    takeOne(is, given, { call: { name: "k.word()", owner: of }, path: "x" });
  } catch (error) {
    return told(error);
  }
  return "taken";
}

function told(error: unknown): string {
  if (!(error instanceof TlbcheckError)) throw error;
  const { code, message, hint, source } = error.diagnostic;
  expect(source?.file).toMatch(/arguments\.test\.ts$/);
  return `${code} ${message}${hint === null ? "" : `; ${hint}`}`;
}

describe("what fits is taken", () => {
  test.each<[string, Description<unknown>, readonly unknown[]]>([
    ["an enumerated value", oneOf("ro", "rw", null), ["ro", "rw", null]],
    ["a flag", FLAG, [true, false]],
    ["a text", TEXT, ["a"]],
    ["a whole number", wholeNumber(1, 3), [1, 3]],
    ["a handle", PAGE, [page]],
    ["an expression", term("names frame", "an expression of a frame"), [literal(frame, "f0")]],
    ["a variable", PLACE, [n]],
    ["an operand", operandOf(range(0, 3)), [0, n, n.plus(1)]],
    ["a condition", CONDITION, [true, on, n.is(1)]],
    ["a guard", CONDITIONS, [[], [on, false]]],
    ["a body", BODY, [[], n.set(1), [[n.set(1)], when(on, n.set(2))]]],
    ["a text with expressions", TERM_TEXT, ["a", ["a ", n]]],
    ["a list", list(PAGE, 1), [[page], [page, page]]],
    ["options", OPTIONS, [{}, { drain: null }, { count: 4, drain: undefined }]],
    ["one or many", either(Array.isArray, list(PAGE), PAGE), [page, [page], []]],
    ["an instance", instance(Map, "a map"), [new Map()]],
    ["what may be left out", optional(FLAG), [undefined, true]],
  ])("%s", (_, is, values) => {
    expect(values.map((value) => answer(is, value))).toEqual(values.map(() => "taken"));
  });
});

describe("what does not fit is refused with what it is and what is known", () => {
  test.each<[string, Description<unknown>, unknown, string]>([
    ["a value nearby", oneOf("ro", "rw"), "rx", 'x cannot be "rx"; did you mean "ro"? known: ro, rw'],
    ["a value far away", oneOf("ro", "rw"), "PROT_READ", 'x cannot be "PROT_READ"; known: ro, rw'],
    ["another type of value", oneOf("ro", "rw"), 1, "x cannot be 1; known: ro, rw"],
    ["an expression for a flag", FLAG, on, "x has to be true or false, not an expression of bool"],
    ["a flag in words", FLAG, "true", 'x has to be true or false, not "true"'],
    ["an empty text", TEXT, "", 'x has to be a text that is not empty, not ""'],
    ["a fraction", wholeNumber(0), 0.5, "x has to be a whole number from 0, not 0.5"],
    ["beyond the end", wholeNumber(1, 3), 4, "x has to be a whole number from 1 to 3, not 4"],
    ["not a number", wholeNumber(1), NaN, "x has to be a whole number from 1, not NaN"],
    ["another handle", PAGE, mm, 'x has to be a page, not the mm "mm"; such as mm.page("name")'],
    ["a name for a handle", PAGE, "page0", 'x has to be a page, not "page0"; such as mm.page("name")'],
    [
      "a copy of a handle",
      PAGE,
      { ...page },
      'x has to be a page, not an object with name; such as mm.page("name")',
    ],
    [
      "a value for an expression",
      term("names frame", "a frame's expression"),
      "f0",
      'x has to be a frame\'s expression, not "f0"',
    ],
    [
      "another type",
      term("names frame", "a frame's expression"),
      n,
      "x has to be a frame's expression, not an expression of 0..3",
    ],
    [
      "an expression for a variable",
      PLACE,
      n.plus(1),
      "x has to be a variable or a cell of an array, not an expression of",
    ],
    [
      "outside of the domain",
      operandOf(range(0, 3)),
      4,
      "x has to be a value of 0..3, or an expression of that type, not 4",
    ],
    ["a number for a condition", CONDITION, 1, "x has to be a condition, not 1; such as x.is(y)"],
    [
      "a guard without brackets",
      CONDITIONS,
      on,
      "x has to be a list of conditions, not an expression of bool; write [condition, …]",
    ],
    ["a number in a guard", CONDITIONS, [on, n], "x[1] has to be a condition, not an expression of 0..3"],
    [
      "an expression for a statement",
      BODY,
      [n.set(1), on],
      "x[1] has to be a statement or a list of statements, not an expression of bool",
    ],
    [
      "a number in a text",
      TERM_TEXT,
      ["a", 1],
      "x has to be a text, or a list of texts and expressions, not a list of 2",
    ],
    ["what is no list", list(PAGE), page, 'x has to be a list, each a page, not the page "page0"'],
    ["a hole in a list", list(PAGE), [page, undefined], "x[1] is missing; it has to be a page"],
    ["an empty list", list(PAGE, 1), [], "x is an empty list; it has to be a list, each a page"],
    [
      "a key nearby",
      OPTIONS,
      { darin: null },
      'x has no option "darin"; did you mean "drain"? known: drain, count',
    ],
    ["a value of a key", OPTIONS, { count: 0 }, "x.count has to be a whole number from 1 to 4, not 0"],
    ["what is no options", OPTIONS, [true], "x has to be an object with drain, count, not a list of 1"],
    ["nothing", PAGE, undefined, "x is missing; it has to be a page"],
    ["null", PAGE, null, "x has to be a page, not null"],
    ["another class", instance(Map, "a map"), new Set(), "x has to be a map, not an object without keys"],
  ])("%s", (_, is, given, expected) => {
    expect(answer(is, given)).toContain(`TLB201 k.word(): ${expected}`);
  });

  test("a handle of another scenario", () => {
    expect(answer(PAGE, page, {})).toContain('x is the page "page0" of another configuration');
  });

  test("a rule of its own", () => {
    const even = refined(wholeNumber(0), "an even number", (given) => (given % 2 ? `${given} is odd` : null));
    expect(answer(even, 4)).toBe("taken");
    expect(answer(even, 3)).toBe("TLB201 k.word(): x: 3 is odd; it has to be an even number");
    expect(answer(even, "4")).toContain("x has to be a whole number from 0");
  });
});

describe("what a callback returns is checked when it is called", () => {
  const returned = (returns: Description<unknown>, value: unknown): string => {
    const call = callback<() => unknown>(returns).take(() => value, {
      call: { name: "k.word()" },
      path: "body",
    });
    try {
      call();
    } catch (error) {
      return told(error);
    }
    return "taken";
  };

  test("a forgotten return", () => {
    for (const returns of [BODY, CONDITIONS, CONDITION, TERM_TEXT])
      expect(returned(returns, undefined)).toContain(
        "and it returns nothing; a function in braces needs return",
      );
  });

  test("a promise, which has not happened", () => {
    for (const returns of [BODY, CONDITIONS, NOTHING])
      expect(returned(returns, Promise.resolve([]))).toContain("not a promise");
  });

  test("a statement where nothing executes it, and a function that nobody calls", () => {
    expect(returned(NOTHING, n.set(1))).toContain(
      "is a statement, and nothing executes it here; write k.do()",
    );
    expect(returned(NOTHING, [n.set(1)])).toContain("is a statement");
    expect(returned(NOTHING, () => undefined)).toContain("not a function");
    expect(returned(NOTHING, n)).toBe("taken");
    expect(returned(NOTHING, undefined)).toBe("taken");
  });

  test("what is no function is refused at once", () => {
    expect(answer(callback(BODY, "cpu"), n.set(1))).toContain(
      "x has to be a function (cpu) => a statement or a list of statements, not a statement; write (cpu) => … around it",
    );
  });
});

describe("the arguments of a call", () => {
  const parameters = [parameterOf("page", PAGE), parameterOf("options", optional(OPTIONS))];
  const taken = (
    given: readonly unknown[],
    of: Parameters<typeof takeArguments>[1] = parameters,
  ): unknown => {
    try {
      return takeArguments({ name: "k.word()", owner, code: "TLB206" }, of, given);
    } catch (error) {
      return told(error);
    }
  };

  test("one too many is refused, and one that is missing", () => {
    expect(taken([page])).toEqual([page, undefined]);
    expect(taken([page, {}, 1])).toBe(
      "TLB206 k.word() takes 2 arguments, not 3; its parameters: page, options",
    );
    expect(taken([])).toBe("TLB206 k.word(): page is missing; it has to be a page");
    expect(taken([1], [])).toBe("TLB206 k.word() takes no arguments, not 1");
  });

  test("an unknown option of the call itself is one of the call", () => {
    expect(taken([page, { dran: true }])).toContain(
      'TLB206 k.word() has no option "dran"; did you mean "drain"?',
    );
  });

  test("all that are left are taken as one parameter says", () => {
    expect(taken([page, page], [restOf("pages", PAGE)])).toEqual([page, page]);
    expect(taken([page, mm], [restOf("pages", PAGE)])).toContain("pages[1] has to be a page");
  });
});

test("whatever is passed, it is taken or refused with a code and a line", () => {
  const all = [
    oneOf("a", null),
    FLAG,
    TEXT,
    wholeNumber(0, 9),
    PAGE,
    term("bool", "a condition"),
    PLACE,
    operandOf(range(0, 3)),
    CONDITION,
    CONDITIONS,
    BODY,
    TERM_TEXT,
    NOTHING,
    list(FLAG),
    OPTIONS,
    orNull(FLAG),
    either(Array.isArray, list(PAGE), PAGE),
  ];
  const anything = fc.oneof(
    fc.anything({
      withBigInt: true,
      withDate: true,
      withNullPrototype: true,
      withMap: true,
      withSparseArray: true,
    }),
    fc.constantFrom<unknown>(n, on, page, mm, n.set(1), Symbol("s"), () => 1, Promise.resolve(1), class {}),
  );
  fc.assert(
    fc.property(fc.constantFrom(...all), anything, (is, given) => {
      expect(answer(is, given)).toMatch(/^taken$|^TLB201 k\.word\(\): /);
    }),
  );
});

test("a table of options without one of them, or with one more, does not compile", () => {
  interface Declared {
    readonly name: string;
    readonly remark?: string | null;
  }
  const whole = options<Declared>({ name: TEXT, remark: orNull(optional(TEXT)) });
  // @ts-expect-error: the optional one is missing
  const lacking = options<Declared>({ name: TEXT });
  // @ts-expect-error: the other one is missing
  const without = options<Declared>({ remark: orNull(optional(TEXT)) });
  // @ts-expect-error: it is of another type
  const other = options<Declared>({ name: FLAG, remark: orNull(optional(TEXT)) });
  const keysOf = ({ keys }: { keys?: object }): string[] => Object.keys(keys ?? {});
  expect([whole, lacking, without, other].map(keysOf)).toEqual([
    ["name", "remark"],
    ["name"],
    ["remark"],
    ["name", "remark"],
  ]);
});
