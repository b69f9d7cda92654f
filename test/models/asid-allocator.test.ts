import { expect, test } from "vitest";
import family from "../../models/asid-allocator.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import { configurations } from "../../src/model/family.ts";
import type { SearchResult } from "../../src/explorer/engine.ts";

function search(variant: string, parameters: Readonly<Record<string, string>>): Promise<SearchResult> {
  const [configuration] = configurations(family, { variant, parameters });
  return compiledEngine.search(family.build(configuration!));
}

// What the commit describes takes three generations and five address spaces, or four of each.
const four = { cpus: "2", spaces: "4", asids: "3", generations: "4" };
const five = { cpus: "2", spaces: "5", asids: "3", generations: "3" };

test.each([
  { name: "four generations", parameters: four, length: 51 },
  { name: "five address spaces", parameters: five, length: 35 },
])(
  "with $name the exchanged entry gives two address spaces one ASID",
  async ({ parameters, length }) => {
    const { violations } = await search("buggy", parameters);
    expect(violations.map(({ property, path }) => [property, path?.actions.length])).toEqual([
      ["one-space-per-asid", length],
    ]);
  },
  120_000,
);

test("the fixed fast path holds in every state: 2 CPUs, 4 tasks, 3 ASIDs, 4 generations", async () => {
  const { stopped, violations, reached, counts } = await search("fixed", four);
  expect({ stopped, violations, reached }).toEqual({
    stopped: null,
    violations: [],
    reached: ["all-generations"],
  });
  expect(counts).toEqual({ states: 12_347_457, transitions: 25_376_120, depth: 79 });
}, 120_000);
