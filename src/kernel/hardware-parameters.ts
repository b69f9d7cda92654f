/**
 * The parameters that every scenario has besides its own: optional features of the hardware, and how much of
 * its freedom is explored. Whatever departs from the default is printed with the verdict.
 */
import type { ParameterSpec, ParameterValue } from "../model/family.ts";
import type { Details } from "./scenario.ts";

export const hardwareParameters = {
  ets2: {
    about: "FEAT_ETS2: no access uses a walk done before earlier accesses and barriers",
    default: true,
  },
  evict: { about: "TLB entries may disappear at any time (false: an assumption)", default: true },
  walk: {
    about: "walks in one step, in two with the walk under way in the state, or as the scenario says",
    default: "default",
    oneOf: ["default", "atomic", "stepwise"],
  },
} as const satisfies Readonly<Record<string, ParameterSpec>>;

/** What the parameters say; nothing where they are at their defaults. */
export function detailsOf(parameters: Readonly<Record<string, ParameterValue>>): Details {
  const { ets2, evict, walk } = parameters;
  return {
    ...(ets2 === false ? { ets2 } : {}),
    ...(evict === false ? { noEviction: true } : {}),
    ...(walk === "atomic" || walk === "stepwise" ? { walk } : {}),
  };
}
