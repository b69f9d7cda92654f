/** Options about the hardware that several commands have. */
import type { Options } from "yargs";
import { memoryOrders } from "../arch/store-buffer.ts";

export const hardware = { group: "Hardware:" } as const;

/** `--strict` of the commands that take scenarios: `--set strict=true` in a word of its own. */
export const strict: Options = {
  ...hardware,
  type: "boolean",
  describe: "transient accesses too, and with them transient-use-after-free",
};

/** `--order` of the commands that take scenarios: `--set order=` in a word of its own. */
export const scenarioOrder: Options = {
  ...hardware,
  type: "string",
  requiresArg: true,
  describe: `how stores reach memory: ${memoryOrders.join(" or ")}; by default sc`,
};
