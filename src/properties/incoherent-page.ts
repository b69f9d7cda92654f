/**
 * P-COHERENT: once a fault or mmap has returned a new page at an address, no architectural access completes at
 * another page through that address; else two CPUs see different memory at one address.
 */
import { assert, orNone } from "../model/builder.ts";
import { exists, or } from "../model/term.ts";
import type { KernelProperty } from "./property.ts";

const NAME = "incoherent-page";

export const incoherentPage: KernelProperty = {
  name: NAME,
  aliases: ["P-COHERENT"],
  says: "after a fault or mmap has returned a new page, no access completes at another page through its address",
  attach: ({ builder, machine, observers }) => {
    const { space, page, frame } = machine.domains;
    builder.assertion(NAME, {
      aliases: incoherentPage.aliases,
      consequence: "an access completed at another page than the one that was mapped last",
    });
    /** The frame that a fault or a call has returned for the page, until it is unmapped. */
    const current = builder.array("installed", [space, page], orNone(frame), null);
    builder.goal(
      "some page is installed",
      exists(space, (s) => exists(page, (p) => current.at(s, p).isNot(null))),
    );
    machine.access.onPerform((access) => {
      const installed = current.at(access.space, access.page);
      return assert(NAME, or(installed.is(null), installed.is(access.frame)), [
        access.cpu,
        " accesses ",
        access.frame,
        " through ",
        access.page,
        ", where ",
        installed,
        " is mapped",
      ]);
    });
    observers.add({
      installed: (at, mapped) => current.at(at.space, at.page).set(mapped),
      cleared: (at) => current.at(at.space, at.page).set(null),
    });
  },
};
