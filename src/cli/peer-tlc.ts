/** Asks TLC. It comes as a jar and is in no Debian package, so it is asked only where its jar is named. */
import { copyFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { initialStates } from "../export/initial.ts";
import type { Model } from "../model/model.ts";
import { type Answer, type Mode, type Peer, timedOut, Transcript } from "./peer.ts";

/** TLC from the jar named. */
export function tlcFrom(jar: string): Peer {
  return {
    name: "tlc",
    format: "tla",
    needs: [{ command: "java", debian: "default-jre-headless" }],
    versions: [["java", "-cp", resolve(jar), "tlc2.TLC", "-version"]],
    ask: async (question) => {
      const { folder, exported, mode, model, limits } = question;
      const { maxMemory } = limits;
      await writeFile(join(folder, "model.tla"), exported.text);
      await writeFile(join(folder, "model.cfg"), exported.companion ?? "");
      await copyFile(resolve(jar), join(folder, "tla2tools.jar"));
      // Java reserves far more addresses than it uses: its own limit is the one that counts.
      const free = { ...question, limits: { ...limits, maxMemory: Infinity } };
      const transcript = new Transcript("tlc", free);
      const heap = `-Xmx${Math.floor(maxMemory / 2 ** 20)}m`;
      const words = ["-cp", "tla2tools.jar", "tlc2.TLC", "-deadlock", "-workers", "1", "model.tla"];
      const ended = await transcript.run(["java", heap, ...words]);
      if (!ended) return timedOut;
      const answer = answerIn(ended.output, mode, model);
      if (!answer) throw transcript.failure(ended.output);
      return answer;
    },
  };
}

function answerIn(output: string, mode: Mode, model: Model): Answer | null {
  if (/Model checking completed\. No error/.test(output)) {
    const [, generated, states] =
      /^(\d+) states generated, (\d+) distinct states found, 0 states left/m.exec(output) ?? [];
    if (generated === undefined) return null;
    // TLC counts each initial state as generated.
    const transitions = Number(generated) - initialStates(model).states.length;
    const counts = { kind: "counts", states: Number(states), transitions } as const;
    return mode === "judge" ? { kind: "holds", counts } : counts;
  }
  if (mode === "count") return null;
  if (/Invariant \w+ is violated by the initial state/.test(output)) return { kind: "violated", length: 0 };
  if (/Invariant \w+ is violated/.test(output))
    return { kind: "violated", length: (output.match(/^State \d+:/gm)?.length ?? 1) - 1 };
  // The action whose assertion fails is not a part of the trace.
  return /The first argument of Assert evaluated to FALSE/.test(output)
    ? { kind: "violated", length: null }
    : null;
}
