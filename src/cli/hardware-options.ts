/** Options about the hardware that several commands have. */
import type { Options } from "yargs";
import { hardwareForms } from "../arch/machine.ts";
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

/** `--hardware` of the commands that take scenarios: `--set hardware=` in a word of its own. */
export const hardwareForm: Options = {
  ...hardware,
  type: "string",
  requiresArg: true,
  describe: `what a state says of TLBs: what is cached or what may be, ${hardwareForms.join(" or ")}; by default closed`,
};
