/** Every block of `docs/model-language.md` is a model file that does what the page says of it. */
import { describe, expect, test } from "vitest";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { TlbcheckError } from "../../src/model/diagnostic.ts";
import { configurations, expectedVerdict } from "../../src/model/family.ts";
import type { Model } from "../../src/model/model.ts";
import { validate } from "../../src/model/validate.ts";
import { replayFault } from "../../src/trace/replay.ts";
import { familyOf, snippetsOf, typeErrors } from "./snippets.ts";

const snippets = snippetsOf("docs/model-language.md");

/** What a block comes to: the violated properties with the lengths of their traces, or a diagnostic's code. */
type Outcome = Readonly<Record<string, number>> | string;

/** One line a block of the page, and one more a variant where there are several. */
const outcomes: readonly (readonly [block: string, variant: string, outcome: Outcome])[] = [
  ["counter", "default", { small: 3 }],
  ["domains", "default", {}],
  ["staging", "default", {}],
  ["staged-by-mistake", "default", "TLB101"],
  ["ticket", "default", {}],
  ["properties", "default", { fresh: 2 }],
  ["endless-fault", "no-flush", { "P-LIVE": 2 }],
  ["endless-fault", "flush", {}],
  ["test-and-set", "atomic", {}],
  ["test-and-set", "torn", { exclusion: 4 }],
  ["overflow", "default", "TLB120"],
  ["nobody", "default", "TLB121"],
  ["own-step", "default", {}],
];

async function explored(model: Model): Promise<Outcome> {
  expect(validate(model)).toEqual([]);
  const result = await interpreter.search(model, { exhaustive: true });
  if (result.fault) return replayFault(model, result.fault.path!, result.fault.action).error.diagnostic.code;
  expect(result.stopped).toBeNull();
  const goals = model.properties.filter(({ kind }) => kind === "goal").map(({ name }) => name);
  expect(result.reached, "goals").toEqual(goals);
  return Object.fromEntries(result.violations.map(({ property, path }) => [property, path!.actions.length]));
}

describe("docs/model-language.md", () => {
  test("the table above has every block of the page and nothing else", () => {
    expect([...new Set(outcomes.map(([block]) => block))]).toEqual(snippets.map(({ name }) => name));
  });

  test.each(outcomes)("%s, variant %s", async (block, variant, outcome) => {
    const family = await familyOf(snippets.find(({ name }) => name === block)!);
    const [configuration] = configurations(family, { variant });
    const found = await (async () => explored(family.build(configuration!)))().catch((error: unknown) => {
      if (error instanceof TlbcheckError) return error.diagnostic.code;
      throw error;
    });
    expect(found).toEqual(outcome);
  });

  test("expected verdicts in a block are those that exploration finds", async () => {
    for (const [block, variant, outcome] of outcomes) {
      const family = await familyOf(snippets.find(({ name }) => name === block)!);
      const [configuration] = configurations(family, { variant });
      for (const property of Object.keys(family.variants[variant]!.expect))
        expect(expectedVerdict(family, configuration!, property)).toBe(
          typeof outcome !== "string" && property in outcome ? "violated" : "holds",
        );
    }
  });

  test("each block is well typed", () => {
    expect(typeErrors(snippets)).toEqual([]);
    const wrong = {
      name: "wrong",
      line: 1,
      code: 'import { range } from "tlbcheck/rules";\nrange("0", 1);\n',
    };
    expect(typeErrors([wrong])).toEqual([expect.stringMatching(/^wrong\.mts\(2,7\): error TS2345/)]);
  });
});
