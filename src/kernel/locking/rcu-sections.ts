/** RCU as threads use it: read-side sections, waiting for a grace period, and callbacks that free a frame after one. */
import { primitive } from "../threads/primitive.ts";
import { frame } from "../arguments.ts";
import type { Frame } from "../handles.ts";
import type { Body } from "../../model/builder.ts";
import type { Term } from "../../model/term.ts";
import { mustNotBeQueued } from "../mm/debug-vm.ts";
import { mightSleep, mustBeReading } from "./lockdep.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export function rcuReadLock(k: ThreadProgram): void {
  const { rcu } = k.system;
  rcu.announce(k.name, "rcu_read_lock");
  section(k, "rcu_read_lock()", k.opens("rcu"), () => rcu.enter(k.name, "rcu_read_lock"));
}

export function rcuReadUnlock(k: ThreadProgram): void {
  const { rcu } = k.system;
  section(k, "rcu_read_unlock()", k.closes("rcu"), () => [
    mustBeReading(k),
    rcu.leave(k.name, "rcu_read_lock"),
  ]);
}

function section(k: ThreadProgram, label: string, name: string, body: () => Body): void {
  k.event(label, () => k.step({ label, kind: "lock", section: name, ways: [{ body }] }));
}

/**
 * `call_rcu()` of a callback that frees the frame that the register holds. A grace period orders what precedes it
 * before what follows: here the stores before it are in memory as it begins.
 */
export function callRcuFree(k: ThreadProgram, what: Term | Frame): void {
  const frame = k.system.frame(what);
  k.event(["call_rcu(free ", frame, ")"], () =>
    k.step({
      label: "call_rcu()",
      kind: "data",
      ways: [
        {
          guard: () => [k.system.machine.storesDrained(k.cpu())],
          body: () => [mustNotBeQueued(k, frame), k.system.rcu.callFree(frame)],
        },
      ],
    }),
  );
}

export function synchronizeRcu(k: ThreadProgram): void {
  const { rcu } = k.system;
  k.event("synchronize_rcu()", () => {
    k.step({
      label: "synchronize_rcu() begins",
      kind: "control",
      ways: [
        {
          guard: () => [k.system.machine.storesDrained(k.cpu())],
          body: () => [mightSleep(k, "synchronize_rcu()"), rcu.begin(k.name)],
        },
      ],
    });
    k.step({
      label: "synchronize_rcu()",
      kind: "wait",
      ways: [{ guard: () => [rcu.over(k.name)] }],
      awaits: () => [
        {
          until: rcu.over(k.name),
          text: "a grace period to end",
          because: rcu.awaited(k.name).map(({ thread, during }) => ({
            during,
            text: `${thread} has been in a read-side section`,
            by: thread,
          })),
        },
      ],
    });
  });
}

export const rcuPrimitives = {
  /** `rcu_read_lock()`. */
  rcuReadLock: primitive(rcuReadLock, []),
  /** `rcu_read_unlock()`. */
  rcuReadUnlock: primitive(rcuReadUnlock, []),
  /** `synchronize_rcu()`: waits for the read-side sections that are open. */
  synchronizeRcu: primitive(synchronizeRcu, []),
  /** `call_rcu()` of a callback that frees the frame, when the read-side sections that are open have ended. */
  callRcuFree: primitive(callRcuFree, [frame]),
};
