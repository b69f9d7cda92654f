/**
 * P-LIVE: on no weakly fair run does an actor fault for ever on the same access, though each fault is handled. Whether
 * the entry permits the access by then is not asked: a handler that finds its work done, and has not done it, is one too
 * (the contiguous entries of commit 97c5550b7631). Actors are the devices whose faults somebody handles, and the CPUs on
 * which user code runs. Fair are the steps of threads, the handling of interrupts, the effect of invalidations, the
 * draining of store buffers and the retries of devices; eviction, speculation and prefetch are not, so no end of the
 * faults may rest on them.
 */
import type { System } from "../kernel/system.ts";
import { bool, type UnwantedRun } from "../model/builder.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import { or } from "../model/term.ts";
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
  says: "no device and no CPU faults for ever on an access, though its faults are handled",
  attach: (system) => {
    needTlb(system, NAME);
    const actors = [...devices(system), ...cpus(system)];
    if (actors.length === 0)
      throw new TlbcheckError("TLB204", `the property ${NAME} is about faults, and nobody can fault`, {
        hint: "declare a device that a thread serves, or a thread with an address space",
      });
    const runs = actors.map(({ name, faultsForEver }) => ({
      ...faultsForEver,
      consequence: `${name} faults for ever on the same access, though each fault is handled`,
    }));
    system.builder.liveness(NAME, runs, { aliases: endlessFault.aliases });
  },
};

/** A device tries again the access that has faulted, so that it stands in one of two states until that succeeds. */
function devices(system: System): Actor[] {
  return system.machine.devices
    .filter(({ reportsFaults }) => reportsFaults)
    .map((device) => ({
      name: device.name,
      faultsForEver: {
        eventuallyAlways: or(device.faulted(), device.retries()),
        infinitelyOften: [device.faulted(), device.retries()],
      },
    }));
}

/** The CPUs that user code runs on, each with whether its last access has faulted and not succeeded since. */
function cpus(system: System): Actor[] {
  const { builder, machine, observers, lazyAtFirst } = system;
  const numbers = machine.cpus().flatMap((_, number) => (lazyAtFirst[number] ? [] : [number]));
  if (numbers.length === 0) return [];
  const faulting = builder.array("faulting", [machine.domains.cpu], bool, false);
  /** Changes with each fault. */
  const odd = builder.array("faulting.odd", [machine.domains.cpu], bool, false);
  machine.access.onFault((fault) => [
    faulting.at(fault.cpu).set(true),
    odd.at(fault.cpu).set(odd.at(fault.cpu).not()),
  ]);
  machine.access.onTranslate((access) => faulting.at(access.cpu).set(false));
  // A signal ends the access: what faults next is another one.
  observers.add({ signalled: (cpu) => faulting.at(cpu).set(false) });
  return numbers.map((number) => {
    const at = machine.cpu(number);
    return {
      name: `CPU${number}`,
      faultsForEver: {
        eventuallyAlways: faulting.at(at),
        infinitelyOften: [odd.at(at), odd.at(at).not()],
      },
    };
  });
}
