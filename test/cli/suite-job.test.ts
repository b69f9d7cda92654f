/** What a worker of the suite is handed and gives back has to be plain data. */
import { expect, test } from "vitest";
import { carryOut, type SuiteJob } from "../../src/cli/suite-job.ts";
import { planTasks } from "../../src/session/plan.ts";
import { compiledEngine } from "../../src/explorer/wasm-engine.ts";
import reclaim from "../../models/reclaim-mprotect.ts";

const signal = { aborted: false };

test("a violation of closed hardware is found by one worker, and told by the reference in another", async () => {
  const [task] = planTasks(reclaim, {
    file: "models/reclaim-mprotect.ts",
    arch: "arm64",
    variant: "barrier-only",
    parameters: { hardware: "closed" },
    properties: [],
  });
  const { variants } = reclaim;
  const job: SuiteJob = {
    task: task!,
    family: { variants, spec: {} },
    engine: "compiled",
    limits: { threads: 1 },
  };
  const plain = structuredClone({ ...job, task: { ...job.task, reference: null } });
  const first = structuredClone(await carryOut(plain, compiledEngine, signal));
  if (!("found" in first)) throw new Error("the first worker needs no reference");
  const rest = { found: first.found, reference: task!.reference!() };
  const second = await carryOut(structuredClone({ ...plain, rest }), compiledEngine, signal);
  const alone = await carryOut(job, compiledEngine, signal);
  if (!("outcome" in second && "outcome" in alone)) throw new Error("no outcome");
  expect(second.outcome.properties).toEqual(alone.outcome.properties);
  expect(second.outcome.properties.find(({ property }) => property === "revoked-access")?.verdict).toBe(
    "violated",
  );
});
