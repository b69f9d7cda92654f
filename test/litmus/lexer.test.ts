import { describe, expect, test } from "vitest";
import { litmusSource, tokenize } from "../../src/litmus/lexer.ts";

const texts = (text: string): string[] =>
  tokenize(litmusSource("x.litmus", text), 0)
    .filter(({ kind }) => kind !== "end")
    .map((token) => token.text);

describe("tokens", () => {
  test.each<[string, string[]]>([
    ["0:X1=x;", ["0", ":", "X1", "=", "x", ";"]],
    ["1:X2=0x1f /\\ ~y=-3 \\/ z=2", "1 : X2 = 0x1f /\\ ~ y = - 3 \\/ z = 2".split(" ")],
    ["LDR W2,[X1,#8]", ["LDR", "W2", ",", "[", "X1", ",", "#", "8", "]"]],
    ["B.EQ L1", ["B.EQ", "L1"]],
    ["P0.F", ["P0.F"]],
    ['label:"P1:L0"', ["label", ":", "P1:L0"]],
    ["exists(x=1)", ["exists", "(", "x", "=", "1", ")"]],
  ])("%s", (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  test("each has its place", () => {
    const tokens = tokenize(litmusSource("x.litmus", "a\n  b1\n\nc"), 0);
    expect(tokens.map(({ kind, text, at }) => [kind, text, at.line, at.column])).toEqual([
      ["word", "a", 1, 1],
      ["word", "b1", 2, 3],
      ["word", "c", 4, 1],
      ["end", "", 4, 2],
    ]);
  });
});

describe("comments", () => {
  test("nest, span lines, and leave every place as it is", () => {
    const tokens = tokenize(litmusSource("x.litmus", "a (* one (* two *)\n three *) b"), 0);
    expect(tokens.map(({ text, at }) => [text, at.line, at.column])).toEqual([
      ["a", 1, 1],
      ["b", 2, 11],
      ["", 2, 12],
    ]);
  });

  test("do not begin inside of a text in quotes", () => {
    expect(texts('"(* no *)" x')).toEqual(["(* no *)", "x"]);
  });

  test("must end", () => {
    expect(() => litmusSource("x.litmus", "a\n b (* never")).toThrow(
      expect.objectContaining({
        diagnostic: expect.objectContaining({
          code: "TLB501",
          source: { file: "x.litmus", line: 2, column: 4 },
        }) as unknown,
      }),
    );
  });
});

test("a character that begins nothing else is a sign by itself", () => {
  expect(texts("a ` é")).toEqual(["a", "`", "é"]);
});
