/**
 * Accesses of CPUs and devices as they are performed, with what had been revoked of them by then and as they began. Kept
 * once a system, since several properties ask.
 */
import { type Body, bool } from "../model/builder.ts";
import type { Place, Term } from "../model/term.ts";
import type { System } from "../kernel/system.ts";
import { word } from "../arch/text.ts";
import { revocationsOf, type TranslatedAccess } from "./revocations.ts";

/** An access that is performed. */
export interface RevocableAccess {
  readonly by: "CPU" | "device";
  /** What it needs had been revoked as it began. */
  readonly revokedBefore: Term;
  /** What it needs is revoked by now. */
  readonly revoked: Term;
  /** "page0 is written by CPU1". */
  readonly told: readonly (string | Term)[];
}

type Observer = (access: RevocableAccess) => Body;

const known = new WeakMap<System, Observer[]>();

/** Has a part of each step that performs an access written. */
export function onRevocableAccess(system: System, observer: Observer): void {
  const found = known.get(system);
  if (found) {
    found.push(observer);
    return;
  }
  const observers = [observer];
  known.set(system, observers);
  watchCpus(system, observers);
  watchDevices(system, observers);
}

function watchCpus(system: System, observers: readonly Observer[]): void {
  const { builder, machine } = system;
  const revocations = revocationsOf(system);
  const began = builder.array("access.revoked", [machine.domains.cpu], bool, false);
  machine.access.onTranslate((access) => began.at(access.cpu).set(revocations.covers(access)));
  machine.access.onPerform((access) =>
    performed(observers, began.at(access.cpu), {
      by: "CPU",
      revoked: revocations.covers(access),
      told: told(access, access.cpu),
    }),
  );
}

function watchDevices(system: System, observers: readonly Observer[]): void {
  const revocations = revocationsOf(system);
  for (const device of system.machine.devices) {
    const began = system.builder.variable(`${device.name}.revoked`, bool, false);
    device.onTranslate((access) => began.set(revocations.covers(access)));
    device.onPerform((access) =>
      performed(observers, began, {
        by: "device",
        revoked: revocations.covers(access),
        told: told(access, device.name),
      }),
    );
  }
}

function performed(
  observers: readonly Observer[],
  began: Place,
  access: Omit<RevocableAccess, "revokedBefore">,
): Body {
  return [observers.map((observe) => observe({ ...access, revokedBefore: began })), began.set(false)];
}

function told({ page, store }: Pick<TranslatedAccess, "page" | "store">, by: string | Term) {
  return [page, " is ", word(store, "written", "read"), " by ", by];
}
