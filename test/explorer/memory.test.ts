/** How much memory a search takes that names no limit, and what becomes of one that gets less. */
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { memoryForStates } from "../../src/explorer/memory.ts";
import { StateStore } from "../../src/explorer/state-store.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { searchModule } from "../../src/compile/search-module.ts";
import { runtimeFile } from "../../src/explorer/wasm-runtime-file.ts";
import { TraceSearch } from "../../src/explorer/trace-search.ts";
import { limitsOf } from "../../src/explorer/limits.ts";
import { isOutOfMemory } from "../../src/model/out-of-memory.ts";
import { model, range } from "../../src/rules.ts";
import { diagnosticOf } from "../diagnostics.ts";

const MIB = 2 ** 20;
const Memory = WebAssembly.Memory;

/** A system that gives a WebAssembly memory so many pages of 64 KiB at most. */
function givePages(most: number): void {
  vi.stubGlobal("WebAssembly", {
    ...Object.fromEntries(
      Object.getOwnPropertyNames(WebAssembly).map((name) => [name, Reflect.get(WebAssembly, name)]),
    ),
    Memory: function (descriptor: ConstructorParameters<typeof Memory>[0]) {
      if (descriptor.initial > most) throw new RangeError("WebAssembly.Memory(): could not allocate memory");
      return new Memory(descriptor);
    },
  });
}

afterEach(() => void vi.unstubAllGlobals());

/** Counts up to a million, in each of three places. */
function large() {
  const family = model("large", { about: "many states" }, (m) => {
    const cells = ["a", "b", "c"].map((name) => m.variable(name, range(0, 1_000_000), 0));
    for (const [i, cell] of cells.entries())
      m.rule(`count ${i}`, { guard: () => [cell.lessThan(1_000_000)], body: () => cell.set(cell.plus(1)) });
    m.invariant("small", cells[0]!.lessThan(1_000_000));
  });
  return family.build({ arch: null, variant: "default", parameters: {} });
}

describe("the memory of a search without a limit", () => {
  test("leaves the rest of the process its room where there is little", () => {
    expect(memoryForStates(300 * MIB, 1)).toBeLessThanOrEqual(172 * MIB);
    expect(memoryForStates(300 * MIB, 4)).toBeLessThanOrEqual(92 * MIB);
    expect(memoryForStates(16_000 * MIB, 4)).toBeGreaterThan(12_000 * MIB);
  });

  test("grows with what is free, and is never nothing", () => {
    const amount = fc.integer({ min: 0, max: 2 ** 40 });
    fc.assert(
      fc.property(amount, amount, fc.integer({ min: 1, max: 256 }), (a, b, threads) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(memoryForStates(less, threads)).toBeLessThanOrEqual(memoryForStates(more, threads));
        expect(memoryForStates(less, threads)).toBeGreaterThanOrEqual(8 * MIB);
        expect(memoryForStates(more, threads)).toBeLessThanOrEqual(Math.max(8 * MIB, 0.8 * more));
      }),
    );
  });
});

describe("a system that gives less than the limit", () => {
  test("ends the search by another reason than the limit", async () => {
    givePages(128);
    const options = { maxMemory: 64 * MIB, threads: 1 };
    const { stopped, counts } = await compiledEngine.search(large(), options);
    expect(stopped).toBe("engine-memory");
    expect(counts.states).toBeGreaterThan(10_000);
    expect((await compiledEngine.search(large(), { ...options, maxMemory: 4 * MIB })).stopped).toBe(
      "max-memory",
    );
  });

  test("is an error if it is not enough to begin with", async () => {
    givePages(16);
    const compiled = searchModule(large(), await runtimeFile(), { lanes: 1 });
    const { code, hint } = diagnosticOf(() => new StateStore(compiled, { maxMemory: 2 ** 30 }));
    expect(code).toBe("TLB402");
    expect(hint).toMatch(/ulimit -v.*--disable-wasm-trap-handler.*--engine interpret/s);
  });
});

describe("no memory for traces or liveness", () => {
  test("ends the search for them, not what was found before", async () => {
    const traces = new TraceSearch(limitsOf({}));
    const sized = async function* (length: number) {
      yield;
      return new Uint8Array(length).length;
    };
    expect(await traces.result(sized(8))).toBe(8);
    expect(traces.stopped).toBeNull();
    expect(await traces.result(failing(new RangeError("Array buffer allocation failed")))).toBeNull();
    expect(traces.stopped).toBe("engine-memory");
    expect(await traces.result(sized(8))).toBeNull();
  });

  test("is not what every error says", async () => {
    const wrong = new RangeError("Invalid array length");
    await expect(new TraceSearch(limitsOf({})).result(failing(wrong))).rejects.toBe(wrong);
    expect(isOutOfMemory(Object.assign(new Error("spawn ENOMEM"), { code: "ENOMEM" }))).toBe(true);
    expect(isOutOfMemory("out of memory")).toBe(false);
  });
});

async function* failing(error: Error): AsyncGenerator<void, never, void> {
  yield;
  throw error;
}
