/**
 * `mmap_lock`, and the lock of each VMA (include/linux/mmap_lock.h, mm.h): a reader of a VMA tries once and falls back to
 * `mmap_lock` if it cannot; a writer holds `mmap_lock` for writing, waits for the readers, and keeps new ones out until it
 * drops `mmap_lock`. Each page that a scenario names lies in a VMA of its own.
 */
import { primitive } from "../threads/primitive.ts";
import { mm, page } from "../arguments.ts";
import { OMITTED } from "../../model/model.ts";
import { bool, type Body, when } from "../../model/builder.ts";
import { and, or, type Place, type Term } from "../../model/term.ts";
import type { Mm, Page } from "../handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";
import type { StepOptions } from "../../program/step.ts";
import { mightSleep, mustHoldForReading, mustHoldForWriting, mustNotBeHeldForReading } from "./lockdep.ts";
import type { RwSemaphore } from "./locks.ts";
import { awaitsReading, awaitsWriting } from "./semaphore.ts";

/** `mmap_read_lock()`; `besides` is done in the same step. */
export function mmapReadLock(k: ThreadProgram, mm: Mm, besides: () => Body = () => []): void {
  const lock = k.system.mmapLock(mm);
  lock.announceReader(k.name);
  const label = `mmap_read_lock(${mm.name})`;
  const body = (): Body => [
    mightSleep(k, label),
    mustNotBeHeldForReading(k, lock),
    lock.read(k.cpu(), k.name),
    besides(),
  ];
  k.step({
    label,
    kind: "lock",
    sleeps: true,
    section: k.opens(lock.name),
    awaits: () => [awaitsReading(lock)],
    ways: [{ guard: () => lock.mayRead(k.cpu()), body }],
    weaker: [{ name: OMITTED, body: besides }],
  });
}

export function mmapReadUnlock(k: ThreadProgram, mm: Mm): void {
  const lock = k.system.mmapLock(mm);
  const body = (): Body => [mustHoldForReading(k, lock), lock.readUnlock(k.cpu(), k.name)];
  const label = `mmap_read_unlock(${mm.name})`;
  k.step({
    label,
    kind: "lock",
    section: k.closes(lock.name),
    ways: [{ guard: () => lock.mayUnlock(k.cpu()), body }],
  });
}

/** `mmap_write_lock()` as a step. */
export function mmapWriteLock(k: ThreadProgram, mm: Mm): StepOptions {
  const lock = k.system.mmapLock(mm);
  lock.announceWriter(k.name);
  const label = `mmap_write_lock(${mm.name})`;
  const body = (): Body => [mightSleep(k, label), lock.write(k.cpu(), k.name)];
  return {
    label,
    kind: "lock",
    sleeps: true,
    section: k.opens(lock.name),
    awaits: () => [awaitsWriting(lock)],
    ways: [{ guard: () => lock.mayWrite(k.cpu()), body }],
  };
}

/** `mmap_write_unlock()` as a step, with the locks of VMAs (`vma_end_write_all()`); `besides` is done in it. */
export function mmapWriteUnlock(k: ThreadProgram, mm: Mm, besides: () => Body = () => []): StepOptions {
  const lock = k.system.mmapLock(mm);
  const endWriteAll = (): Body =>
    k.system.pagesOf(mm).map((page) => {
      const vma = k.system.semaphores().find(({ name }) => name === vmaLock(page));
      const mine = vma?.seenWritten(k.name, k.cpu());
      return vma && mine ? when(mine, vma.writeUnlock(k.cpu())) : [];
    });
  const body = (): Body => [mustHoldForWriting(k, lock), lock.writeUnlock(k.cpu()), endWriteAll(), besides()];
  const label = `mmap_write_unlock(${mm.name})`;
  return {
    label,
    kind: "lock",
    section: k.closes(lock.name),
    ways: [{ guard: () => lock.mayUnlock(k.cpu()), body }],
    weaker: [{ name: OMITTED, body: besides }],
  };
}

/** `vma_start_read()`: takes the lock of the page's VMA if no writer has it; gives whether. */
function vmaStartRead(k: ThreadProgram, page: Page): Place {
  const lock = vmaOf(k, page);
  lock.announceReader(k.name);
  const taken = k.register(`${lock.name} taken`, bool, false);
  const label = `vma_start_read(${page.name})`;
  k.event(label, () =>
    k.step({
      label,
      kind: "lock",
      section: k.opens(lock.name),
      weaker: [{ name: OMITTED, body: () => taken.set(true) }],
      ways: [
        {
          name: "taken",
          guard: () => lock.mayRead(k.cpu()),
          body: () => [mustNotBeHeldForReading(k, lock), lock.read(k.cpu(), k.name), taken.set(true)],
        },
        {
          name: "locked",
          guard: () => [lock.isWritten(k.cpu())],
          body: () => taken.set(false),
          text: () => `${label} fails: a writer has it`,
          told: () => `${label} fails: a writer has it`,
        },
      ],
    }),
  );
  return taken;
}

function vmaEndRead(k: ThreadProgram, page: Page): void {
  const lock = vmaOf(k, page);
  const label = `vma_end_read(${page.name})`;
  const body = (): Body => [mustHoldForReading(k, lock), lock.readUnlock(k.cpu(), k.name)];
  k.event(label, () =>
    k.step({
      label,
      kind: "lock",
      section: k.closes(lock.name),
      ways: [{ guard: () => lock.mayUnlock(k.cpu()), body }],
    }),
  );
}

/** `vma_start_write()`, under `mmap_lock` held for writing: waits for readers, and keeps others out. */
function vmaStartWrite(k: ThreadProgram, page: Page): void {
  const lock = vmaOf(k, page);
  lock.announceWriter(k.name);
  const label = `vma_start_write(${page.name})`;
  const body = (): Body => [
    mightSleep(k, label),
    mustHoldForWriting(k, k.system.mmapLock(page.mm)),
    lock.write(k.cpu(), k.name),
  ];
  const mayWrite = (): Term => or(and(...lock.mayWrite(k.cpu())), lock.seenWritten(k.name, k.cpu()));
  k.event(label, () =>
    k.step({
      label,
      kind: "lock",
      sleeps: true,
      awaits: () => [awaitsWriting(lock)],
      ways: [{ guard: () => [mayWrite()], body }],
    }),
  );
}

function vmaOf(k: ThreadProgram, page: Page): RwSemaphore {
  return k.system.semaphore(vmaLock(page));
}

function vmaLock({ name, mm }: Page): string {
  return `${mm.name}.${name}.vm_lock`;
}

/** A primitive by itself, as an event of the trace. */
function toldAs(word: string, write: (k: ThreadProgram, mm: Mm) => void) {
  return (k: ThreadProgram, mm: Mm): void => k.event(`${word}(${mm.name})`, () => write(k, mm));
}

export const mmapLockPrimitives = {
  /** `mmap_read_lock()`. */
  mmapReadLock: primitive(
    toldAs("mmap_read_lock", (k, mm) => mmapReadLock(k, mm)),
    [mm],
  ),
  /** `mmap_read_unlock()`. */
  mmapReadUnlock: primitive(toldAs("mmap_read_unlock", mmapReadUnlock), [mm]),
  /** `mmap_write_lock()`. */
  mmapWriteLock: primitive(
    toldAs("mmap_write_lock", (k, mm) => k.step(mmapWriteLock(k, mm))),
    [mm],
  ),
  /** `mmap_write_unlock()`, which drops the locks of VMAs too. */
  mmapWriteUnlock: primitive(
    toldAs("mmap_write_unlock", (k, mm) => k.step(mmapWriteUnlock(k, mm))),
    [mm],
  ),
  /** `vma_start_read()` of the VMA of a page: tries once. */
  vmaStartRead: primitive(vmaStartRead, [page], "whether the lock was taken, in a register"),
  /** `vma_end_read()`. */
  vmaEndRead: primitive(vmaEndRead, [page]),
  /** `vma_start_write()`, under `mmap_write_lock()`: waits for readers; until `mmap_write_unlock()`. */
  vmaStartWrite: primitive(vmaStartWrite, [page]),
};
