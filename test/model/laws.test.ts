/** Laws that hold of every model, asked of random ones. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { type AccessSets, accessSets, type CellSet } from "../../src/model/access-sets.ts";
import { TlbcheckError } from "../../src/model/diagnostic.ts";
import { codes, contains, formatValue, literalCode } from "../../src/model/domain.ts";
import { intervalOf } from "../../src/model/interval.ts";
import { layoutOf, pack, unpack } from "../../src/model/layout.ts";
import type { Expr, Model, Variable } from "../../src/model/model.ts";
import { type Action, Semantics, type State } from "../../src/model/semantics.ts";
import { eachExpr, ruleExprs } from "../../src/model/walk.ts";
import { arbitraryModel } from "../generators.ts";
import { attempt, cellNamesOf, keyOf, reachableStates } from "../reachable.ts";

const small = arbitraryModel({ maxStates: 100 });

function variablesOf(model: Model): Map<string, Variable> {
  return new Map(model.variables.map((variable) => [variable.name, variable]));
}

/** Every cell of a state with its name and value. */
function cellsOf(model: Model, state: State): Map<string, number> {
  return new Map(
    model.variables.flatMap((variable) =>
      cellNamesOf(variable).map((name, offset) => [name, state.get(variable.name)!.get(offset)!] as const),
    ),
  );
}

describe("reachable states", () => {
  test("keep every cell within its domain", () => {
    fc.assert(
      fc.property(small, (model) => {
        for (const state of reachableStates(model))
          for (const { name, domain } of model.variables)
            for (const code of state.get(name)!) expect(contains(domain, code)).toBe(true);
      }),
    );
  });

  test("are the same after packing and unpacking, and no two are packed alike", () => {
    fc.assert(
      fc.property(small, (model) => {
        const layout = layoutOf(model);
        const states = reachableStates(model);
        const packed = new Set<string>();
        for (const state of states) {
          const words = pack(layout, state);
          expect(words).toHaveLength(layout.words);
          expect(keyOf(unpack(layout, words))).toBe(keyOf(state));
          expect(unpack(layout, words).equals(state)).toBe(true);
          packed.add(words.join());
        }
        expect(packed.size).toBe(states.length);
      }),
    );
  });
});

describe("a layout", () => {
  test("gives every cell a field of its own that lies within one word", () => {
    fc.assert(
      fc.property(small, (model) => {
        const layout = layoutOf(model);
        const taken = new Set<number>();
        for (const { word, shift, bits } of [...layout.fields.values()].flat()) {
          expect(shift + bits).toBeLessThanOrEqual(64);
          for (let bit = 0; bit < bits; bit++) taken.add(64 * word + shift + bit);
        }
        expect(taken.size).toBe(layout.bits);
        expect(Math.max(-1, ...taken)).toBeLessThan(64 * layout.words);
      }),
    );
  });
});

describe("access sets", () => {
  /** A state that agrees with another on the given cells, and is random in the others. */
  function scrambled(model: Model, state: State, kept: CellSet, random: () => number): State {
    return model.variables.reduce((changed, variable) => {
      const names = cellNamesOf(variable);
      const values = codes(
        variable.domain.kind === "range"
          ? { ...variable.domain, max: Math.min(variable.domain.max, variable.domain.min + 8) }
          : variable.domain,
      );
      return changed.update(variable.name, (cells) =>
        cells!.map((code, offset) =>
          kept.has(names[offset]!) ? code : values[Math.floor(random() * values.length)]!,
        ),
      );
    }, state);
  }

  /** What an action does as far as its sets tell: whether it steps, what it violates, the cells that it writes. */
  function effect(
    model: Model,
    semantics: Semantics,
    action: Action,
    state: State,
    sets: AccessSets,
  ): unknown {
    const step = attempt(semantics, action, state);
    if (step === null || typeof step === "string") return step;
    const before = cellsOf(model, state);
    const after = cellsOf(model, step.state);
    const changed = [...after].filter(([name, code]) => before.get(name) !== code).map(([name]) => name);
    expect(changed.filter((name) => !sets.writes.has(name))).toEqual([]);
    expect(step.violated.filter((name) => !sets.asserts.has(name))).toEqual([]);
    return { violated: step.violated, after };
  }

  test("hold every cell that a step depends on, and every cell that it changes", () => {
    fc.assert(
      fc.property(
        small,
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (model, stream) => {
          const random = (): number => stream.next().value as number;
          const semantics = new Semantics(model);
          const variables = variablesOf(model);
          for (const state of reachableStates(model).slice(0, 10))
            for (const action of semantics.actions) {
              const sets = accessSets(action.rule, variables);
              const other = scrambled(model, state, new Set([...sets.guard, ...sets.reads]), random);
              const here = effect(model, semantics, action, state, sets);
              const there = effect(model, semantics, action, other, sets);
              if (typeof here !== "object" || here === null) {
                expect(there).toBe(here);
                continue;
              }
              const [a, b] = [here, there] as { violated: string[]; after: Map<string, number> }[];
              expect(b?.violated).toEqual(a?.violated);
              const befores = [cellsOf(model, state), cellsOf(model, other)];
              for (const [name, code] of a!.after) {
                const kept = befores[0]!.get(name) === code && befores[1]!.get(name) === b!.after.get(name);
                if (!kept) expect(b!.after.get(name)).toBe(code);
              }
            }
        },
      ),
    );
  });
});

describe("intervals", () => {
  test("hold every value that an expression has in a reachable state", () => {
    fc.assert(
      fc.property(small, (model) => {
        const semantics = new Semantics(model);
        const variables = variablesOf(model);
        const states = reachableStates(model).slice(0, 10);
        const check = (expr: Expr, action: Action): void =>
          states.forEach((state) => {
            const value = valueOf(semantics, expr, state, action);
            if (value === undefined) return;
            const { min, max } = intervalOf(expr, variables);
            expect(value).toBeGreaterThanOrEqual(min);
            expect(value).toBeLessThanOrEqual(max);
          });
        for (const action of semantics.actions)
          for (const expr of ruleExprs(action.rule)) eachExpr(expr, (each) => check(each, action));
      }),
    );
  });

  /** Undefined where the expression has no value. */
  function valueOf(semantics: Semantics, expr: Expr, state: State, { binding }: Action): number | undefined {
    try {
      return semantics.evaluate(expr, state, binding, null);
    } catch (error) {
      if (error instanceof TlbcheckError) return undefined;
      throw error;
    }
  }
});

describe("a model", () => {
  /** All that a search finds, without the time that it took. */
  async function found(model: Model): Promise<unknown> {
    const { seconds: _, states, ...rest } = await interpreter.search(model);
    return { ...rest, states: [...states()] };
  }

  test("means the same after it was written to JSON and read back", async () => {
    await fc.assert(
      fc.asyncProperty(small, async (model) => {
        const read = JSON.parse(JSON.stringify(model)) as Model;
        expect(read).toEqual(model);
        const [before, after] = await Promise.all([found(model), found(read)]);
        expect(after).toEqual(before);
      }),
    );
  });

  test("reads back the words that its values are told in", () => {
    fc.assert(
      fc.property(small, (model) => {
        for (const { domain } of model.variables.filter(
          ({ domain: { kind } }) => kind === "enum" || kind === "names",
        ))
          for (const code of codes(domain)) expect(literalCode(domain, formatValue(domain, code))).toBe(code);
      }),
    );
  });
});
