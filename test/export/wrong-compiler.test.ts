import { rmSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import family from "../../models/reclaim-mprotect-bench.ts";
import { comparePeers } from "../../src/cli/compare-peers.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import type { Engine } from "../../src/explorer/engine.ts";
import type { Expr, Model } from "../../src/model/model.ts";
import { modelOf } from "../support/verdicts.ts";
import { comparison, installed } from "./peers.ts";

/** A compiler that takes one operator for another, wherever it stands. */
function wrongCompiler(mutate: (expr: Expr) => Expr): Engine {
  const wrong = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(wrong);
    if (typeof part !== "object" || part === null) return part;
    const mutated = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, wrong(value)]));
    return mutate(mutated as Expr);
  };
  return {
    name: "wrong",
    search: (model, options) => compiledEngine.search(wrong(model) as Model, options),
  };
}

const mutations: Readonly<Record<string, (expr: Expr) => Expr>> = {
  "< is taken for =": (expr) => (expr.kind === "less" ? { ...expr, kind: "equal" } : expr),
  "the branches of an if are exchanged": (expr) =>
    expr.kind === "if" ? { ...expr, then: expr.otherwise, otherwise: expr.then } : expr,
  "a negation is lost": (expr) => (expr.kind === "not" ? expr.operand : expr),
};

const kept: string[] = [];
afterEach(() => kept.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

test.skipIf(installed.length === 0).each(Object.keys(mutations))(
  "a compiler by which %s is caught by every checker",
  async (name) => {
    const engine = wrongCompiler(mutations[name]!);
    const model = modelOf(family, "fixed");
    const compared = await comparePeers(name, model, installed, comparison(engine));
    if (compared.kept !== null) kept.push(compared.kept);
    expect(compared).toMatchObject({ skipped: null, agree: false });
    const differing = compared.modes.flatMap(({ peers }) => peers.filter(({ agrees }) => !agrees));
    expect(new Set(differing.map(({ peer }) => peer))).toEqual(new Set(installed.map((peer) => peer.name)));
  },
);
