/** What has no closed form yet: a machine that has it is enumerated. */
import { TRUE } from "../../model/term.ts";
import type { Machine, MachineOptions } from "../machine.ts";
import { contextIsLoaded } from "../rules/common-choices.ts";

/** Why the hardware is enumerated although the closed form was asked for, in some words; null if it need not be. */
export function whyEnumerated({ architecture, flags }: Machine, options: MachineOptions): string | null {
  const { rules, entriesOnly } = architecture;
  if (entriesOnly) return "no CPU translates anything";
  if (rules.mayWalk.choice !== contextIsLoaded) return "walks are not made at any time";
  if (options.walk === "atomic") return "walks are one step";
  if (options.tables && !(rules.keepsUpperEntry.choice && rules.mayCacheTable.choice().node === TRUE.node))
    return "walks do not keep upper entries";
  if (flags) return "hardware sets flags of entries";
  if (rules.remembersWalks.choice(options.features)) return "no ETS2";
  if (!options.evict || rules.mayEvict.choice().node !== TRUE.node) return "entries are never evicted";
  if (!rules.cancelsWalks.choice) return "walks survive invalidations";
  return null;
}
