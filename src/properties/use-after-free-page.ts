/** P-UAF-PAGE: no architectural access lands in a frame that is free or has another owner. */
import { word } from "../arch/text.ts";
import { assert } from "../model/builder.ts";
import { forbidDmaAfterFree } from "./device-accesses.ts";
import { type KernelProperty, needTlb } from "./property.ts";

const NAME = "use-after-free-page";

export const useAfterFreePage: KernelProperty = {
  name: NAME,
  aliases: ["P-UAF-PAGE"],
  says: "no access lands in a page that is free or has another owner",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder, machine, frames } = system;
    builder.assertion(NAME, {
      aliases: useAfterFreePage.aliases,
      consequence: "an access landed in a page that was free or had another owner",
    });
    machine.access.onPerform((access) =>
      assert(NAME, frames.inUse(access.frame), [
        access.cpu,
        word(access.store, " writes to ", " reads from "),
        access.frame,
        " through ",
        access.page,
        " after the frame was freed",
      ]),
    );
    forbidDmaAfterFree(system, NAME);
  },
};
