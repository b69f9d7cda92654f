/** Asks SPIN. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promelaSurplus, promelaVectorBytes } from "../export/promela-types.ts";
import {
  type Answer,
  optimisation,
  outOfMemory,
  type Peer,
  type Question,
  timedOut,
  Transcript,
} from "./peer.ts";

export const spin: Peer = {
  name: "spin",
  format: "promela",
  needs: [
    { command: "spin", debian: "spin" },
    { command: "gcc", debian: "gcc" },
  ],
  versions: [
    ["spin", "-V"],
    ["gcc", "--version"],
  ],
  ask: async (question) => {
    const { folder, exported, mode, model, states } = question;
    const transcript = new Transcript("spin", question);
    await writeFile(join(folder, "model.pml"), exported.text);
    const vector = `-DVECTORSZ=${promelaVectorBytes(model)}`;
    const breadth = mode === "judge" ? ["-DBFS"] : [];
    const compiler = [optimisation(states), "-w", "-DSAFETY", "-DNOREDUCE", vector, ...breadth];
    if (!(await transcript.require(["spin", "-a", "model.pml"], true))) return timedOut;
    if (!(await transcript.require(["gcc", ...compiler, "-o", "pan", "pan.c"]))) return timedOut;
    const slots = Math.max(16, Math.ceil(Math.log2(states * 2)));
    const ended = await transcript.run(["./pan", "-n", "-E", `-w${slots}`, `-m${2 * states + 1000}`]);
    if (!ended) return timedOut;
    if (/out of memory|memory limit|cannot allocate/i.test(ended.output)) return outOfMemory;
    const answer =
      mode === "count" ? countsIn(ended.output, question) : await verdictIn(ended.output, question);
    if (!answer) throw transcript.failure(ended.output);
    return answer;
  },
};

function countsIn(output: string, { model }: Question): Answer | null {
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? NaN);
  const states = number(/^\s*(\d+(?:\.\d+)?(?:e\+\d+)?) states, stored/m);
  const transitions = number(/^\s*(\d+(?:\.\d+)?(?:e\+\d+)?) transitions/m);
  if (Number.isNaN(states) || !/errors: 0/.test(output) || isCut(output)) return null;
  const surplus = promelaSurplus(model);
  return { kind: "counts", states: states - surplus.states, transitions: transitions - surplus.transitions };
}

async function verdictIn(output: string, { folder, model }: Question): Promise<Answer | null> {
  if (/errors: 0/.test(output)) return isCut(output) ? null : { kind: "holds", counts: null };
  if (!/assertion violated/.test(output)) return null;
  const trail = await readFile(join(folder, "model.pml.trail"), "utf8");
  // Lines with negative numbers tell how the trail was made.
  const steps = trail.split("\n").filter((line) => /^\d/.test(line)).length;
  const beforeLoop = promelaSurplus(model).states;
  // A step that judges the state goes before each action.
  return { kind: "violated", length: Math.floor((steps - beforeLoop) / 2) };
}

/** Whether SPIN left out states for want of depth. */
function isCut(output: string): boolean {
  return /max search depth too small|Search not completed/.test(output);
}
