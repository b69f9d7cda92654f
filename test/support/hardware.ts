/** Hardware of which a test replaces some rules. */
import { type HardwareOverride, type HardwareRules, withRules } from "../../src/index.ts";

/** An architecture with these rules in the place of its own; of two for one rule the last. */
export const replaced =
  (...rules: readonly Partial<HardwareRules>[]): HardwareOverride =>
  (architecture) =>
    withRules(architecture, Object.assign({}, ...rules) as Partial<HardwareRules>);
