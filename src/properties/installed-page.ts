/**
 * What two properties share: once a page has been handed out at an address, accesses through that address are
 * expected to complete at that page. Translations of what was there before may exist; they may not be used.
 */
import { assert, type Body, orNone } from "../model/builder.ts";
import { exists, or, type Term } from "../model/term.ts";
import { type KernelProperty, needTlb } from "./property.ts";
import type { TranslatedAccess } from "./revocations.ts";

export function installedPageProperty(
  told: Pick<KernelProperty, "name" | "aliases" | "says"> & { readonly consequence: string },
): KernelProperty {
  const { name, aliases, says, consequence } = told;
  return {
    name,
    aliases,
    says,
    attach: (system) => {
      needTlb(system, name);
      const { builder, machine, observers } = system;
      const { space, page, frame } = machine.domains;
      builder.assertion(name, { aliases, consequence });
      /** The frame that a fault or a call has returned for the page, until it is unmapped. */
      const current = builder.array(`${name}: installed`, [space, page], orNone(frame), null);
      builder.goal(
        `some page is installed (${name})`,
        exists(space, (s) => exists(page, (p) => current.at(s, p).isNot(null))),
        { of: name },
      );
      const lands = (access: Omit<TranslatedAccess, "store">, who: readonly (string | Term)[]): Body => {
        const installed = current.at(access.space, access.page);
        return assert(name, or(installed.is(null), installed.is(access.frame)), [
          ...who,
          " accesses ",
          access.frame,
          " through ",
          access.page,
          ", where ",
          installed,
          " is mapped",
        ]);
      };
      machine.access.onPerform((access) => lands(access, [access.cpu]));
      for (const device of machine.devices) device.onPerform((access) => lands(access, [access.device]));
      observers.add({
        installed: (at, mapped) => current.at(at.space, at.page).set(mapped),
        cleared: (at) => current.at(at.space, at.page).set(null),
      });
    },
  };
}
