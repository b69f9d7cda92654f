/**
 * The parameters that every scenario has besides its own: optional features of the hardware, and how much of
 * its freedom is explored. Whatever departs from the default is printed with the verdict.
 */
import { hardwareForms } from "../arch/machine.ts";
import { memoryOrders } from "../arch/store-buffer.ts";
import type { ParameterSpec, ParameterValue } from "../model/family.ts";
import { MAX_STORES, STORE_BUFFER_DEPTH } from "./locking/cells.ts";
import type { Details } from "./details.ts";

export const hardwareParameters = {
  ets2: {
    about: "FEAT_ETS2: no access uses a walk done before earlier accesses and barriers",
    default: true,
  },
  evict: { about: "TLB entries may disappear at any time (false: an assumption)", default: true },
  hardware: {
    about:
      "what a state says of TLBs: what may be cached (closed), what is (enumerated), or as the scenario says (closed)",
    default: "default",
    oneOf: ["default", ...hardwareForms],
  },
  rv7: {
    about: "riscv: walks may read what stores have overwritten, until SFENCE.VMA (RV-7)",
    default: true,
  },
  order: {
    about:
      "how stores reach memory: at once, through a store buffer of each CPU, or as the scenario says (sc)",
    default: "default",
    oneOf: ["default", ...memoryOrders],
  },
  stores: {
    about: "with order=tso: how many stores a store buffer holds",
    default: STORE_BUFFER_DEPTH,
    min: 1,
    max: MAX_STORES,
  },
  strict: {
    about: "transient accesses too, and with them the property transient-use-after-free",
    default: false,
  },
  walk: {
    about: "walks in one step (an assumption, and enumerated), in two, or as the scenario says",
    default: "default",
    oneOf: ["default", "atomic", "stepwise"],
  },
} as const satisfies Readonly<Record<string, ParameterSpec>>;

/** What the parameters say; nothing where they are at their defaults. */
export function detailsOf(parameters: Readonly<Record<string, ParameterValue>>): Details {
  const { ets2, evict, hardware, order, rv7, stores, strict, walk } = parameters;
  return {
    ...(ets2 === false ? { ets2 } : {}),
    ...(evict === false ? { noEviction: true } : {}),
    ...(hardware === "closed" || hardware === "enumerated" ? { hardware } : {}),
    ...(rv7 === false ? { oldDescriptors: false } : {}),
    ...(order === "sc" || order === "tso" ? { order } : {}),
    ...(typeof stores === "number" && stores !== STORE_BUFFER_DEPTH ? { storeBuffer: stores } : {}),
    ...(strict === true ? { strict } : {}),
    ...(walk === "atomic" || walk === "stepwise" ? { walk } : {}),
  };
}
