/** Taking and dropping a semaphore, as steps of a thread. */
import { primitive } from "../threads/primitive.ts";
import { parameterOf } from "../../model/arguments.ts";
import { RWSEM } from "../arguments.ts";
import type { Body } from "../../model/builder.ts";
import type { Term } from "../../model/term.ts";
import { mightSleep, mustHoldForReading, mustHoldForWriting, mustNotBeHeldForReading } from "./lockdep.ts";
import type { RwSem, RwSemaphore } from "./locks.ts";
import { awaitsRelease } from "../threads/awaits.ts";
import type { Awaited } from "../../program/step.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export function downRead(k: ThreadProgram, sem: RwSem): void {
  const lock = semaphore(k, sem);
  lock.announceReader(k.name);
  take(k, lock, "down_read", {
    guard: () => lock.mayRead(k.cpu()),
    awaits: () => [awaitsReading(lock)],
    body: () => [mustNotBeHeldForReading(k, lock), lock.read(k.cpu(), k.name)],
  });
}

export function downWrite(k: ThreadProgram, sem: RwSem): void {
  const lock = semaphore(k, sem);
  lock.announceWriter(k.name);
  take(k, lock, "down_write", {
    guard: () => lock.mayWrite(k.cpu()),
    awaits: () => [awaitsWriting(lock)],
    body: () => lock.write(k.cpu(), k.name),
  });
}

export function upRead(k: ThreadProgram, sem: RwSem): void {
  drop(k, sem, "up_read", (lock) => [mustHoldForReading(k, lock), lock.readUnlock(k.cpu(), k.name)]);
}

export function upWrite(k: ThreadProgram, sem: RwSem): void {
  drop(k, sem, "up_write", (lock) => [mustHoldForWriting(k, lock), lock.writeUnlock(k.cpu())]);
}

/** What keeps a thread from taking it for reading: a writer. */
export function awaitsReading(lock: RwSemaphore): Awaited {
  return awaitsRelease(lock.name, lock.isFree("writers"), lock.writers());
}

/** What keeps a thread from taking it for writing: anybody. */
export function awaitsWriting(lock: RwSemaphore): Awaited {
  return awaitsRelease(lock.name, lock.isFree("anybody"), [...lock.writers(), ...lock.readers()]);
}

interface Taking {
  readonly guard: () => Term[];
  readonly awaits: () => readonly Awaited[];
  readonly body: () => Body;
}

function take(k: ThreadProgram, { name }: RwSemaphore, word: string, taking: Taking): void {
  const { guard, awaits, body } = taking;
  const label = `${word}(${name})`;
  const way = { guard, body: () => [mightSleep(k, label), body()] };
  k.event(label, () =>
    k.step({ label, kind: "lock", sleeps: true, section: k.opens(name), awaits, ways: [way] }),
  );
}

function drop(k: ThreadProgram, sem: RwSem, word: string, body: (lock: RwSemaphore) => Body): void {
  const lock = semaphore(k, sem);
  const label = `${word}(${sem.name})`;
  const way = { guard: () => lock.mayUnlock(k.cpu()), body: () => body(lock) };
  k.event(label, () => k.step({ label, kind: "lock", section: k.closes(sem.name), ways: [way] }));
}

function semaphore(k: ThreadProgram, sem: RwSem): RwSemaphore {
  return k.system.semaphore(sem.name);
}

const sem = parameterOf("sem", RWSEM);

export const semaphorePrimitives = {
  /** `down_read()`: waits until nobody holds the semaphore for writing, and takes it for reading. */
  downRead: primitive(downRead, [sem]),
  /** `up_read()`. */
  upRead: primitive(upRead, [sem]),
  /** `down_write()`: waits until nobody holds the semaphore, and takes it alone. */
  downWrite: primitive(downWrite, [sem]),
  /** `up_write()`. */
  upWrite: primitive(upWrite, [sem]),
};
