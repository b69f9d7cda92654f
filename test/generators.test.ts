import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interpreter } from "../src/explorer/interpreter.ts";
import { layoutOf } from "../src/model/layout.ts";
import type { Model } from "../src/model/model.ts";
import { eachExpr, eachStatement, ruleExprs } from "../src/model/walk.ts";
import { arbitraryModel } from "./generators.ts";

/** A fixed seed: what is asked here is whether the generator covers the language, not a property of it. */
const sample = fc.sample(arbitraryModel(), { numRuns: 300, seed: 1 });

function constructs(model: Model): string[] {
  const found: string[] = [];
  const note = (expr: Parameters<typeof eachExpr>[0]): void =>
    eachExpr(expr, (each) => {
      found.push(each.kind);
      if (each.kind === "read" && each.index.some(({ kind }) => kind !== "constant"))
        found.push("computed index");
    });
  for (const rule of model.rules) {
    ruleExprs(rule).forEach(note);
    eachStatement(rule.body, ({ kind }) => found.push(`statement ${kind}`));
    if (rule.parameters.length > 0) found.push("rule with parameters");
    found.push(rule.fair && rule.fairnessClass ? "fairness class" : `fair ${rule.fair}`);
  }
  for (const property of model.properties) {
    found.push(`property ${property.kind}`);
    if (property.kind === "liveness")
      found.push(
        ...property.runs.flatMap((run) => run.infinitelyOften.map(({ kind }) => `recurrence ${kind}`)),
      );
  }
  for (const { index, domain } of model.variables) {
    for (const each of [domain, ...index])
      if (each.kind === "range") found.push(`begins at ${each.min}`, `ends at ${each.max}`);
    found.push(`${index.length} dimensions`, `domain ${domain.kind}`);
  }
  if (model.initially.length > 0) found.push("initially");
  found.push(`${layoutOf(model).words} words`, `${layoutOf(model).bits} bits`);
  for (const { name } of [...model.variables, ...model.rules, ...model.properties])
    found.push(`named ${name}`);
  return found;
}

describe("random models", () => {
  test("use every construct of the language", () => {
    const found = new Set(sample.flatMap(constructs));
    const kinds = "constant parameter read not and or equal less add subtract multiply remainder if".split(
      " ",
    );
    expect([...found]).toEqual(
      expect.arrayContaining([
        ...kinds,
        "computed index",
        "statement assign",
        "statement if",
        "statement assert",
        "rule with parameters",
        "property invariant",
        "property assertion",
        "property goal",
        "property deadlock",
        "property liveness",
        "recurrence state",
        "recurrence taken",
        "fair true",
        "fair false",
        "fairness class",
        "0 dimensions",
        "1 dimensions",
        "2 dimensions",
        "domain bool",
        "domain range",
        "domain enum",
        "domain names",
        "initially",
        "1 words",
        "2 words",
        "3 words",
        ...[63, 64, 65, 127, 128, 129].map((bits) => `${bits} bits`),
        `begins at ${-(2 ** 31)}`,
        `ends at ${2 ** 31 - 1}`,
        ...["__proto__", "constructor", "a\u200b", "a[0]", "a,b", "\u0000", ""].map(
          (name) => `named ${name}`,
        ),
      ]),
    );
  });

  test("some have a fault, some violate a property, and many have more than a few states", async () => {
    const results = await Promise.all(sample.map((model) => interpreter.search(model, { exhaustive: true })));
    expect(results.filter(({ fault }) => fault).length).toBeGreaterThan(20);
    expect(results.filter(({ violations }) => violations.length > 0).length).toBeGreaterThan(50);
    expect(results.filter(({ counts }) => counts.states > 10).length).toBeGreaterThan(50);
    expect(results.filter(({ counts }) => counts.depth > 3).length).toBeGreaterThan(20);
  });

  test("have no fault where none is asked for", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryModel({ faults: false, maxStates: 200 }), async (model) => {
        const { fault } = await interpreter.search(model, { exhaustive: true });
        expect(fault).toBeNull();
      }),
      { numRuns: 100 },
    );
  });
});
