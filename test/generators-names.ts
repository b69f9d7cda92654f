/** Names for the parts of random models: plain ones, and such as a map, a text or another language may mistake. */
import fc from "fast-check";

/** Each kind has names of its own, and some are the names of another kind too. */
export interface Names {
  readonly variables: readonly string[];
  readonly rules: readonly string[];
  readonly parameters: readonly string[];
  readonly properties: readonly string[];
  readonly actors: readonly string[];
  /** The names of an enumeration and of a set of names, and of their values. */
  readonly domains: readonly string[];
  readonly words: readonly string[];
  readonly members: readonly string[];
  /** Of the array that makes states large. */
  readonly pad: string;
}

const PLAIN: Names = {
  variables: ["a", "b", "c", "d", "e", "f", "g", "h"],
  rules: ["first", "second", "third", "fourth"],
  parameters: ["p0", "p1"],
  properties: ["property0", "property1", "property2", "property3"],
  actors: ["left", "right"],
  domains: ["mode", "id"],
  words: ["off", "on", "broken"],
  members: ["id0", "id1", "id2"],
  pad: "pad",
};

const OBJECT_MEMBERS = [
  "constructor",
  "__proto__",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "then",
  "length",
];
const PRINTED_ALIKE = ["a", "\u0430", "a ", " a", "a\u200b", "\u00e1", "a\u0301", "A", "a_2", "a 2"];
const PUNCTUATED = ["a[0]", "a[0", "a]", "a,b", "a, b", "(a)", "a(0)", "{a}", "a=1", "a.b", "$a", "-a"];
const CONTROL = ["\u0000", "\u0007", "\n", "\t", "\u001b[31m", "\r\n", "\u2028", "\u007f"];
const NUMBERS = ["", "0", "-1", "2147483648", "null", "true", "undefined", "NaN"];
const SYNTAX = [";; a", "(;", "\\", '"', "'", "*/", "/*", "`", "%d", "--", "\\*", "#define"];

const HOSTILE = [...OBJECT_MEMBERS, ...PRINTED_ALIKE, ...PUNCTUATED, ...CONTROL, ...NUMBERS, ...SYNTAX];

export function arbitraryNames(): fc.Arbitrary<Names> {
  const hostile = fc.shuffledSubarray(HOSTILE, { minLength: 12, maxLength: 12 }).map(namesFrom);
  return fc.oneof(fc.constant(PLAIN), hostile);
}

function namesFrom(list: readonly string[]): Names {
  return {
    variables: list.slice(0, 8),
    rules: list.slice(2, 6),
    parameters: list.slice(7, 9),
    properties: list.slice(4, 8),
    actors: list.slice(5, 7),
    domains: list.slice(9, 11),
    words: list.slice(6, 9),
    members: list.slice(8, 11),
    pad: list[11]!,
  };
}
