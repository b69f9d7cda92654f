/** Taking and dropping a spinlock, as steps of a thread. */
import { type Lock, maySpinLock, requireLock } from "./locks.ts";
import type { Thread } from "./thread.ts";

const HANDLES = 'page.ptl, or m.spinlock("name")';

export function spinLock(k: Thread, lock: Lock): void {
  requireLock(lock, "spinlock", HANDLES);
  const cell = k.system.locks.cell(lock);
  const label = `spin_lock(${lock.name})`;
  const way = {
    guard: () => maySpinLock(cell, k.cpu()),
    body: () => cell.exchange(k.cpu(), "acquire", { holder: k.name }),
  };
  k.event(label, () => k.step({ label, kind: "lock", ways: [way] }));
}

export function spinUnlock(k: Thread, lock: Lock): void {
  requireLock(lock, "spinlock", HANDLES);
  const cell = k.system.locks.cell(lock);
  const label = `spin_unlock(${lock.name})`;
  const way = {
    guard: () => cell.mayStore(k.cpu()),
    body: () => cell.store(k.cpu(), { holder: null }),
  };
  k.event(label, () => k.step({ label, kind: "lock", ways: [way] }));
}
