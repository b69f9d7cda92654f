/** `--emit`: prints what an engine makes of a model instead of searching it. */
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Task } from "../session/plan.ts";

/** What can be printed, by the words of `--emit`. */
export const emissions: Readonly<Record<string, (task: Task) => Promise<string>>> = {
  wat: async ({ model, searched }) => {
    const { emitWat } = await import("../explorer/wasm-engine.ts");
    return emitWat(model, { properties: searched });
  },
};

/**
 * The text for the one task there is.
 *
 * @throws TlbcheckError TLB306 if there are several
 */
export async function emission(kind: string, tasks: readonly Task[]): Promise<string> {
  const [task] = tasks;
  if (!task || tasks.length > 1)
    throw new TlbcheckError(
      "TLB306",
      `--emit ${kind} takes one configuration, and ${tasks.length} are selected`,
      {
        hint: "select one with --variant and --arch",
      },
    );
  return emissions[kind]!(task);
}
