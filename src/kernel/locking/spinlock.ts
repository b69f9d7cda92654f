/** Taking and dropping a spinlock, as steps of a thread. */
import type { Body } from "../../model/builder.ts";
import { type Lock, maySpinLock } from "./locks.ts";
import { requireHandle } from "../require.ts";
import type { ThreadProgram } from "../program/thread-program.ts";

export function spinLock(k: ThreadProgram, lock: Lock): void {
  requireHandle(lock, "spinlock");
  const cell = k.system.locks.cell(lock);
  const label = `spin_lock(${lock.name})`;
  const way = {
    guard: () => maySpinLock(cell, k.cpu()),
    body: () => cell.exchange(k.cpu(), "acquire", { holder: k.name }),
  };
  k.event(label, () => k.step({ label, kind: "lock", ways: [way] }));
}

/** `besides` is done in the same step. */
export function spinUnlock(k: ThreadProgram, lock: Lock, besides: () => Body = () => []): void {
  requireHandle(lock, "spinlock");
  const cell = k.system.locks.cell(lock);
  const label = `spin_unlock(${lock.name})`;
  const way = {
    guard: () => cell.mayStore(k.cpu()),
    body: () => [cell.store(k.cpu(), { holder: null }), besides()],
  };
  k.event(label, () => k.step({ label, kind: "lock", ways: [way] }));
}
