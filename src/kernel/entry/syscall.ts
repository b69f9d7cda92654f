/** System calls: exception entry, the body, exception return. */
import type { Body } from "../../model/builder.ts";
import type { Mm } from "../handles.ts";
import type { StepOptions } from "../program/program.ts";
import type { ThreadProgram } from "../program/thread-program.ts";

/** What a call that changes an address space tells besides its steps. */
export interface MmCallOptions {
  /** Done as the lock is dropped, when all of the work is done. */
  readonly done?: () => Body;
  /** Done as the call returns, after that. */
  readonly returned?: () => Body;
}

export function syscall(k: ThreadProgram, name: string, body: () => void, returned: () => Body): void {
  k.call(
    name,
    () => enter(k, name),
    body,
    () => leave(k, name, returned),
  );
}

export function mmCall(
  k: ThreadProgram,
  name: string,
  mm: Mm,
  body: () => void,
  { done = () => [], returned = () => [] }: MmCallOptions,
): void {
  const lock = k.system.mmapLock(mm);
  const takeLock: StepOptions = {
    label: `mmap_write_lock(${mm.name})`,
    kind: "lock",
    sleeps: true,
    ways: [{ guard: () => lock.mayWrite(k.cpu()), body: () => lock.write(k.cpu(), k.name) }],
  };
  const dropLock: StepOptions = {
    label: `mmap_write_unlock(${mm.name})`,
    kind: "lock",
    ways: [{ guard: () => lock.mayUnlock(k.cpu()), body: () => [lock.writeUnlock(k.cpu()), done()] }],
  };
  const entry = (): void => {
    enter(k, name);
    k.step(takeLock);
  };
  const exit = (): void => {
    k.step(dropLock);
    leave(k, name, () => [k.system.observers.tell("returned", k.name), returned()]);
  };
  k.call(name, entry, body, exit);
}

function enter(k: ThreadProgram, name: string): void {
  k.step({
    label: `enter ${name}`,
    kind: "control",
    ways: [
      {
        body: () => [
          k.system.machine.synchronizeContext(k.cpu()),
          k.system.observers.tell("forgetsEntries", k.name),
        ],
      },
    ],
  });
}

function leave(k: ThreadProgram, name: string, returned: () => Body): void {
  k.step({
    label: `return from ${name}`,
    kind: "control",
    ways: [{ body: () => [k.system.machine.synchronizeContext(k.cpu()), returned()] }],
  });
}
