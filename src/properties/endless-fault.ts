/**
 * P-LIVE: on no weakly fair run does an actor fault for ever although the entry permits the access. Actors are the
 * devices whose faults somebody handles, and the CPUs on which user code runs. Fair are the steps of threads, the
 * handling of interrupts, the effect of invalidations, the draining of store buffers and the retries of devices;
 * eviction, speculation and prefetch are not, so no end of the faults may rest on them.
 */
import type { System } from "../kernel/system.ts";
import { bool, orNone, type UnwantedRun } from "../model/builder.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import { and, not, or, type Term } from "../model/term.ts";
import { type KernelProperty, needTlb } from "./property.ts";

const NAME = "endless-fault";

/** Somebody who may fault for ever, and the runs on which it does. */
interface Actor {
  readonly name: string;
  readonly faultsForEver: UnwantedRun;
}

export const endlessFault: KernelProperty = {
  name: NAME,
  aliases: ["P-LIVE"],
  says: "no device and no CPU faults for ever although the entry permits the access",
  attach: (system) => {
    needTlb(system, NAME);
    const actors = [...devices(system), ...cpus(system)];
    if (actors.length === 0)
      throw new TlbcheckError("TLB204", `the property ${NAME} is about faults, and nobody can fault`, {
        hint: "declare a device that a thread serves, or a thread with an address space",
      });
    for (const { name, faultsForEver } of actors) {
      const told = (word: string): string => (actors.length > 1 ? `${word} of ${name}` : word);
      system.builder.liveness(told(NAME), faultsForEver, {
        aliases: endlessFault.aliases.map(told),
        consequence: `${name} faults for ever, though the entry permits the access`,
      });
    }
  },
};

function devices(system: System): Actor[] {
  return system.machine.devices
    .filter(({ reportsFaults }) => reportsFaults)
    .map((device) => ({
      name: device.name,
      faultsForEver: {
        eventuallyAlways: or(
          not(or(device.faulted(), device.retries())),
          permits(system, device.space, device.page, device.store),
        ),
        // It stands in the one state and in the other, and so comes from the one to the other again and again.
        infinitelyOften: [device.faulted(), device.retries()],
      },
    }));
}

/** The CPUs that user code runs on, each with its last fault until an access succeeds. */
function cpus(system: System): Actor[] {
  const { builder, machine, lazyAtFirst } = system;
  const numbers = machine.cpus().flatMap((_, number) => (lazyAtFirst[number] ? [] : [number]));
  if (numbers.length === 0) return [];
  const { cpu, space, page } = machine.domains;
  const faulting = {
    space: builder.array("faulting.space", [cpu], orNone(space), null),
    page: builder.array("faulting.page", [cpu], orNone(page), null),
    store: builder.array("faulting.store", [cpu], bool, false),
  };
  /** Changes with each fault. */
  const odd = builder.array("faulting.odd", [cpu], bool, false);
  machine.access.onFault((fault) => [
    faulting.space.at(fault.cpu).set(fault.space),
    faulting.page.at(fault.cpu).set(fault.page),
    faulting.store.at(fault.cpu).set(fault.store),
    odd.at(fault.cpu).set(odd.at(fault.cpu).not()),
  ]);
  machine.access.onTranslate((access) => [
    faulting.space.at(access.cpu).set(null),
    faulting.page.at(access.cpu).set(null),
    faulting.store.at(access.cpu).set(false),
  ]);
  return numbers.map((number) => {
    const at = machine.cpu(number);
    const last = { page: faulting.page.at(at), space: faulting.space.at(at), store: faulting.store.at(at) };
    return {
      name: `CPU${number}`,
      faultsForEver: {
        eventuallyAlways: or(last.page.is(null), permits(system, last.space, last.page, last.store)),
        infinitelyOften: [odd.at(at), odd.at(at).not()],
      },
    };
  });
}

/** True if the entry of a page permits an access. */
function permits({ machine }: System, space: Term, page: Term, store: Term): Term {
  const { valid, accessed, writable } = machine.memory.descriptor(space, page);
  return and(valid, accessed, or(store.not(), writable));
}
