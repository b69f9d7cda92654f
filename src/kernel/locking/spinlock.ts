/** Taking and dropping a spinlock, as steps of a thread. */
import { OMITTED } from "../../model/model.ts";
import type { Body } from "../../model/builder.ts";
import { primitive } from "../threads/primitive.ts";
import { parameterOf } from "../../model/arguments.ts";
import { SPINLOCK } from "../arguments.ts";
import { type Lock, maySpinLock } from "./locks.ts";
import { mustHoldSpinlock } from "./lockdep.ts";
import { awaitsRelease } from "../threads/awaits.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export function spinLock(k: ThreadProgram, lock: Lock): void {
  const cell = k.system.locks.cell(lock);
  k.system.locks.announce(lock, k.name);
  const label = `spin_lock(${lock.name})`;
  const way = {
    guard: () => maySpinLock(cell, k.cpu()),
    body: () => cell.exchange(k.cpu(), "acquire", { holder: k.name }),
  };
  const awaits = () => [
    awaitsRelease(lock.name, cell.memory.fields.holder.is(null), k.system.locks.holders(lock)),
  ];
  k.event(label, () => k.step({ label, kind: "lock", section: k.opens(lock.name), awaits, ways: [way] }));
}

/** `besides` is done in the same step. */
export function spinUnlock(k: ThreadProgram, lock: Lock, besides: () => Body = () => []): void {
  const cell = k.system.locks.cell(lock);
  const label = `spin_unlock(${lock.name})`;
  const way = {
    guard: () => cell.mayStore(k.cpu()),
    body: () => [mustHoldSpinlock(k, lock), cell.storeRelease(k.cpu(), { holder: null }), besides()],
  };
  const weaker = [{ name: OMITTED, body: besides }];
  const section = k.closes(lock.name);
  k.event(label, () => k.step({ label, kind: "lock", reads: false, section, ways: [way], weaker }));
}

const lock = parameterOf("lock", SPINLOCK);

export const spinlockPrimitives = {
  /** `spin_lock()`: waits until the lock is free, and takes it. */
  lock: primitive(spinLock, [lock]),
  /** `spin_unlock()`. */
  unlock: primitive((k: ThreadProgram, lock: Lock) => spinUnlock(k, lock), [lock]),
};
