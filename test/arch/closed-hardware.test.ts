/**
 * Closed hardware against the enumerated form, which is the reference: on every configuration of the models that come
 * with tlbcheck the same properties are violated and the same goals reached, the trace that is printed of a violation is
 * a run of the reference and as short as its shortest, and each step of the reference is matched by a closed one. Without
 * TLBCHECK_CLOSED_STATES a part of the configurations is compared; with it all of up to so many enumerated states.
 */
import { describe, expect, test } from "vitest";
import type { Rule, Statement } from "../../src/model/model.ts";
import { configurations } from "../../src/model/family.ts";
import { compared, inForm, MAX_STATES, scenarios } from "../support/bundled.ts";
import { closedFinds, enumeratedFinds, notSimulated } from "../support/forms.ts";

let closable = 0;

test.each(compared)("%s", { timeout: 0 }, async (_name, family, configuration) => {
  const closed = inForm(family, configuration, "closed");
  if (!closed.saturated) return;
  closable += 1;
  const reference = inForm(family, configuration, "enumerated");
  const expected = await enumeratedFinds(reference, MAX_STATES);
  if (!expected) return;
  expect(await closedFinds(closed, reference)).toEqual(expected);
  expect(await notSimulated(reference, closed)).toEqual([]);
});

test("most configurations have closed hardware", () => {
  expect(closable / compared.length).toBeGreaterThan(0.7);
});

describe("the simulation notices", () => {
  const family = scenarios.find(({ name }) => name === "reclaim-mprotect")!;
  const [configuration] = configurations(family, { arch: "arm64", variant: "no-drain" });
  const reference = inForm(family, configuration!, "enumerated");
  const closed = inForm(family, configuration!, "closed");

  /** The closed model with its rules made worse. */
  const failing = (worse: (rule: Rule) => Partial<Rule>): Promise<string[]> =>
    notSimulated(reference, { ...closed, rules: closed.rules.map((rule) => ({ ...rule, ...worse(rule) })) });

  /** A body without its assignments to a variable. */
  const without = (body: readonly Statement[], name: string): Statement[] =>
    body.flatMap((each): Statement[] => {
      if (each.kind === "assign") return each.target.variable === name ? [] : [each];
      if (each.kind !== "if") return [each];
      return [{ ...each, then: without(each.then, name), otherwise: without(each.otherwise, name) }];
    });

  test("an entry that the closed form does not allow", async () => {
    const found = await failing(({ body }) => ({ body: without(body, "tlb") }));
    expect(found).toContainEqual(expect.stringContaining("tlb: covered"));
  });

  test("a step that the closed form does not take", async () => {
    const never = { kind: "constant", value: 0, domain: { kind: "bool" } } as const;
    const found = await failing(({ name, guard }) => ({
      guard: name.endsWith(" hits)") ? [...guard, never] : guard,
    }));
    expect(found).toContainEqual(expect.stringContaining("a step of the closed model matches"));
  });

  test("a violation that the closed form does not have", async () => {
    const found = await failing(({ body }) => ({
      body: body.filter(({ kind }) => kind !== "assert"),
    }));
    expect(found).toContainEqual(expect.stringContaining("violates what the enumerated one does"));
  });
});
