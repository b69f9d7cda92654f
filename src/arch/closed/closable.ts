/** What has no closed form yet: a machine that has it is enumerated. */
import { eachOf, TRUE } from "../../model/term.ts";
import type { Machine, MachineOptions } from "../machine.ts";

/** Why the hardware is enumerated although the closed form was asked for, in some words; null if it need not be. */
export function whyEnumerated(machine: Machine, options: MachineOptions): string | null {
  const { architecture, flags } = machine;
  const { rules, entriesOnly } = architecture;
  if (entriesOnly) return "no CPU translates anything";
  if (!walksAtAnyTime(machine)) return "walks are not made at any time";
  if (options.walk === "atomic") return "walks are one step";
  if (options.tables && !(rules.keepsUpperEntry.choice && rules.mayCacheTable.choice().node === TRUE.node))
    return "walks do not keep upper entries";
  if (flags) return "hardware sets flags of entries";
  if (rules.remembersWalks.choice(options.features)) return "no ETS2";
  if (!options.evict || rules.mayEvict.choice().node !== TRUE.node) return "entries are never evicted";
  if (!rules.cancelsWalks.choice) return "walks survive invalidations";
  return null;
}

/** Whether every page of the loaded context may be walked at any time (HW-1), and not only when an access asks for it. */
function walksAtAnyTime(machine: Machine): boolean {
  const { cpu, page } = machine.domains;
  const { mayWalk } = machine.architecture.rules;
  return eachOf(cpu).every((c) =>
    eachOf(page).every((p) => {
      const isLoaded = machine.spaceOf(c, p).isNot(null);
      return JSON.stringify(mayWalk.choice(machine, c, p).node) === JSON.stringify(isLoaded.node);
    }),
  );
}
