import { expect, test } from "vitest";
import { formatDiagnostic, nearest, suggest, TlbcheckError } from "../../src/model/diagnostic.ts";

const source = { file: "models/x.ts", line: 3, column: 5 };

test("a diagnostic is one line, with its advice on the next", () => {
  const { diagnostic } = new TlbcheckError("TLB102", "no such value", { source, hint: "write another" });
  expect(formatDiagnostic(diagnostic)).toBe("error TLB102 models/x.ts:3:5: no such value\n  write another");
  expect(formatDiagnostic(new TlbcheckError("TLB109", "none").diagnostic)).toBe("error TLB109: none");
});

test.each([
  ["barrier-onyl", ["barrier-only", "flush-mm"], "barrier-only"],
  ["ARM64", ["x86", "arm64"], "arm64"],
  ["riscv64", ["x86", "riscv"], "riscv"],
  ["sparc", ["x86", "arm64"], undefined],
  ["x", [], undefined],
])("the candidate nearest to %s among %j is %s", (word, candidates, found) => {
  expect(nearest(word, candidates)).toBe(found);
});

test("the beginning of one candidate alone is near to it, and of several to none", () => {
  expect(nearest("revoked", ["use-after-free-page", "revoked-access"])).toBe("revoked-access");
  expect(nearest("no-drain", ["no-drain-remap", "no-drain-one-cpu"])).toBeUndefined();
  expect(nearest("r", ["revoked-access"])).toBeUndefined();
});

test("a suggestion names what there is", () => {
  expect(suggest("fixd", ["fixed", "buggy"])).toBe('did you mean "fixed"? known: fixed, buggy');
  expect(suggest("other", ["fixed"])).toBe("known: fixed");
  expect(suggest("other", [])).toBe("there are none");
});
