import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePeers, type Compared } from "../../src/cli/compare-peers.ts";
import { inOrder } from "../../src/cli/slots.ts";
import type { Model } from "../../src/model/model.ts";
import { arbitraryModel } from "../generators.ts";
import { comparison, installed } from "./peers.ts";

/** More of them are compared by `npm run verify:all`. */
const MODELS = Number(process.env["TLBCHECK_GENERATED"] ?? 20);
/** A fixed seed, so that a run can be repeated; another one can be given. */
const SEED = Number(process.env["TLBCHECK_SEED"] ?? 5);

test.skipIf(installed.length === 0)(
  `${MODELS} generated models: every checker counts the same and judges the same`,
  async () => {
    const models = fc.sample(arbitraryModel({ faults: false, maxStates: 300 }), {
      numRuns: MODELS,
      seed: SEED,
    });
    const options = comparison();
    const compare = (model: Model): Promise<Compared> => comparePeers(model.name, model, installed, options);
    await inOrder(models, options.slots.count, compare, (compared) =>
      expect(compared).toMatchObject({ agree: true, skipped: null, kept: null }),
    );
  },
  MODELS * 30_000,
);
