import { expect, test } from "vitest";
import { unorderedIn } from "../../src/litmus/unordered.ts";
import { program } from "./files.ts";

const INIT = "0:X1=x; 0:X2=y;";

test.each([
  [["LDR W5,[X1]", "LDR W6,[X2]"], ["load after load"]],
  [["LDR W5,[X1]", "STR W6,[X2]"], ["store after load"]],
  [["STR W5,[X1]", "STR W6,[X2]"], ["store after store"]],
  [["STR W5,[X1]", "LDR W6,[X2]"], []],
  [["LDR W5,[X1]", "DMB LD", "LDR W6,[X2]"], []],
  [["LDAR W5,[X1]", "LDR W6,[X2]"], []],
  [["LDR W5,[X1]", "STLR W6,[X2]"], []],
  [["LDR W5,[X1]", "EOR W6,W5,W5", "LDR W7,[X2,W6,SXTW]"], []],
])("%j: %j", (instructions, kinds) => {
  expect(unorderedIn(program(instructions, INIT))).toEqual(kinds);
});

test("a fault that the condition asks for is a kind of its own", () => {
  const asked = program(["LDR W5,[X1]", "L0: STR W6,[X2]"], INIT, "exists (fault(P0:L0,y))");
  expect(unorderedIn(asked)).toEqual(["fault after load", "store after load"]);
});
