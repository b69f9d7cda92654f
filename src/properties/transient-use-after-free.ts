/**
 * P-SPEC: no transient access lands in a page that is free or has another owner. Violated wherever a page is
 * freed before the flush of its translations, on purpose too; checked with `--strict`, or where a scenario names it.
 */
import { assert } from "../model/builder.ts";
import { type KernelProperty, needTlb } from "./property.ts";

const NAME = "transient-use-after-free";

export const transientUseAfterFree: KernelProperty = {
  name: NAME,
  aliases: ["P-SPEC"],
  says: "no transient access lands in a page that is free or has another owner",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder, machine, frames } = system;
    builder.assertion(NAME, {
      aliases: transientUseAfterFree.aliases,
      consequence: "a transient access landed in a page that was free or had another owner",
    });
    machine.transient.onAccess((access) =>
      assert(NAME, frames.inUse(access.frame), [
        access.cpu,
        " transiently reads ",
        access.frame,
        " through ",
        access.page,
        " after the frame was freed",
      ]),
    );
  },
};
