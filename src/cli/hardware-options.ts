/** Options about the hardware that several commands have. */
import type { Options } from "yargs";
import { memoryOrders } from "../arch/store-buffer.ts";

export const hardware = { group: "Hardware:" } as const;

/** `--order` of the commands that take scenarios: `--set order=` in a word of its own. */
export const scenarioOrder: Options = {
  ...hardware,
  type: "string",
  requiresArg: true,
  describe: `how stores reach memory: ${memoryOrders.join(" or ")}; by default sc`,
};
