import { describe, expect, test } from "vitest";
import { assemble } from "../../src/compile/assemble.ts";
import { runtimeText } from "../../src/compile/runtime-text.ts";
import { searchModule } from "../../src/compile/search-module.ts";
import { compiledEngine, emitWat } from "../../src/explorer/wasm-engine.ts";
import { runtimeFile } from "../../src/explorer/wasm-runtime-file.ts";
import { ModelBuilder, range } from "../../src/model/builder.ts";
import { TlbcheckError } from "../../src/model/diagnostic.ts";
import { constant } from "../../src/model/term.ts";

function switches(count: number, bits: number): ModelBuilder {
  const m = new ModelBuilder("switches");
  const index = range(0, count - 1);
  const cells = m.array("cells", [index], range(0, 2 ** bits - 1), 0);
  m.rule("set", { parameters: { i: index }, body: ({ i }) => cells.at(i).set(1) });
  return m;
}

describe("the text of a module", () => {
  test("names the actions and has no parameter of the runtime left", async () => {
    const text = await emitWat(switches(3, 2).build());
    expect(text).toContain(";; set i=2 (action 2)");
    expect(text.replaceAll(/;;.*/g, "")).not.toContain("{");
  });

  test("unrolls few instances and loops over many", async () => {
    const few = await emitWat(switches(256, 1).build());
    expect(few.match(/;; set /g)).toHaveLength(256);
    const many = await emitWat(switches(257, 1).build());
    expect(many.match(/;; set /g)).toHaveLength(1);
    expect(many).toContain("(loop $loop.parameter.i");
  });

  test("is valid for states of one to nine words", async () => {
    for (const words of [1, 2, 3, 9]) {
      const module = searchModule(switches(2 * words, 31).build(), await runtimeFile());
      expect(module.layout.words).toBe(words);
      expect((await assemble(module.text)).length).toBeGreaterThan(1000);
    }
  });

  test("is refused where arithmetic leaves the 32-bit integers", async () => {
    const m = new ModelBuilder("wide");
    const n = m.variable("n", range(0, 2 ** 31 - 1), 0);
    m.rule("double", { guard: () => [n.plus(n).lessThan(7)], body: () => n.set(1) });
    const error = await emitWat(m.build()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TlbcheckError);
    expect((error as TlbcheckError).diagnostic.code).toBe("TLB401");
  });

  test("a parameter of the runtime without a value is a mistake", async () => {
    const { map } = searchModule(switches(2, 1).build(), await runtimeFile());
    expect(() => runtimeText("{NOWHERE}", { map, rules: 1, wordBits: [2] })).toThrow("NOWHERE");
  });
});

describe("what a module computes", () => {
  test("the corners of 32-bit ranges", async () => {
    const m = new ModelBuilder("corners");
    const [low, high] = [-(2 ** 31), 2 ** 31 - 1];
    const n = m.variable("n", range(low, -1), low);
    const p = m.variable("p", range(0, high), 0);
    m.rule("up", {
      body: () => [n.set(constant(range(-1, -1), -1)), p.set(constant(range(high, high), high))],
    });
    m.goal("corner", n.is(-1).and(p.is(high)).and(n.lessThan(p)));
    m.invariant("remainder", n.mod(7).lessThan(7).and(n.mod(7).atLeast(0)));
    const { counts, reached, violations } = await compiledEngine.search(m.build(), { exhaustive: true });
    expect({ counts, reached, violations }).toEqual({
      counts: { states: 2, transitions: 2, depth: 1 },
      reached: ["corner"],
      violations: [],
    });
  });

  test("names of parameters that differ in a sign only", async () => {
    const m = new ModelBuilder("names");
    const many = range(0, 299);
    const n = m.variable("n", many, 0);
    m.rule("go", {
      parameters: { "a b": many, a_b: range(0, 1) },
      guard: (p) => [p["a b"].is(p.a_b.plus(298))],
      body: (p) => n.set(p["a b"]),
    });
    const { counts, firings } = await compiledEngine.search(m.build());
    expect(counts.states).toBe(3);
    expect(firings).toEqual([6]);
  });
});
