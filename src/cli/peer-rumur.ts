/** Asks rumur. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Answer,
  type Mode,
  optimisation,
  outOfMemory,
  type Peer,
  timedOut,
  Transcript,
} from "./peer.ts";

/** Every state, one thread, so that the first violation found is a shortest one. */
const OPTIONS = [
  "--deadlock-detection=off",
  "--symmetry-reduction=off",
  "--value-type=int32_t",
  "--output-format=machine-readable",
  "--threads=1",
];

export const rumur: Peer = {
  name: "rumur",
  format: "murphi",
  needs: [
    { command: "rumur", debian: "rumur" },
    { command: "gcc", debian: "gcc" },
  ],
  versions: [
    ["rumur", "--version"],
    ["gcc", "--version"],
  ],
  ask: async (question) => {
    const { folder, exported, mode, states } = question;
    const transcript = new Transcript("rumur", question);
    await writeFile(join(folder, "model.m"), exported.text);
    const compiler = [optimisation(states), "-w", "-std=c11", "-mcx16", "-o", "model", "model.c"];
    if (!(await transcript.require(["rumur", ...OPTIONS, "--output", "model.c", "model.m"], true)))
      return timedOut;
    if (!(await transcript.require(["gcc", ...compiler, "-lpthread", "-latomic"]))) return timedOut;
    const ended = await transcript.run(["./model"]);
    if (!ended) return timedOut;
    if (/out of memory|cannot allocate|allocating/i.test(ended.output)) return outOfMemory;
    const answer = answerIn(ended.output, mode);
    if (!answer) throw transcript.failure(ended.output);
    return answer;
  },
};

function answerIn(output: string, mode: Mode): Answer | null {
  const [, states, transitions, errors] =
    /<summary states="(\d+)" rules_fired="(\d+)" errors="(\d+)"/.exec(output) ?? [];
  if (errors === "0") {
    const counts = { kind: "counts", states: Number(states), transitions: Number(transitions) } as const;
    return mode === "judge" ? { kind: "holds", counts } : counts;
  }
  // Other messages are of faults in the model, not of its properties.
  if (mode === "count" || !/<message>\s*(?:invariant|assertion)/i.test(output)) return null;
  return { kind: "violated", length: output.match(/<transition>Rule/g)?.length ?? 0 };
}
