import { expect, test } from "vitest";
import { wantsColour } from "../../src/cli/terminal.ts";

test.each([
  [true, undefined, true, {}],
  [false, undefined, false, {}],
  [false, undefined, true, { NO_COLOR: "1" }],
  [true, undefined, true, { NO_COLOR: "" }],
  [false, undefined, true, { TERM: "dumb" }],
  [true, true, false, { NO_COLOR: "1" }],
  [false, false, true, {}],
])("colours: %s if the option is %s, on a terminal: %s, with %j", (wanted, option, isTerminal, env) => {
  expect(wantsColour(option, isTerminal, env)).toBe(wanted);
});
