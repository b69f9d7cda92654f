/** System calls: exception entry, the body, exception return. */
import { primitive } from "../threads/primitive.ts";
import { optional, options, parameterOf, TEXT } from "../../model/arguments.ts";
import { BODY, callback, NOTHING } from "../../model/argument-terms.ts";
import { MM } from "../arguments.ts";
import type { Body } from "../../model/builder.ts";
import type { Mm } from "../handles.ts";
import { mustHoldNothing } from "../locking/lockdep.ts";
import { mmapWriteLock, mmapWriteUnlock } from "../locking/mmap-lock.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** What a call that changes an address space tells besides its steps. */
export interface MmCallOptions {
  /** Done as the lock is dropped, when all of the work is done. */
  readonly done?: () => Body;
  /** Done as the call returns, after that. */
  readonly returned?: () => Body;
}

export function syscall(
  k: ThreadProgram,
  name: string,
  body: () => void,
  returned: () => Body = () => [],
): void {
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
  { done = () => [], returned = () => [] }: MmCallOptions = {},
): void {
  const takeLock = mmapWriteLock(k, mm);
  const dropLock = mmapWriteUnlock(k, mm, done);
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
    ways: [
      {
        body: () => [
          mustHoldNothing(k, `returns from ${name}`),
          k.system.machine.synchronizeContext(k.cpu()),
          returned(),
        ],
      },
    ],
  });
}

const OPTIONS = options<MmCallOptions>({
  done: optional(callback(BODY)),
  returned: optional(callback(BODY)),
});

export const syscallPrimitives = {
  /**
   * A system call: exception entry, the body, exception return. A trace prints the entry in the row of the first
   * event of the body. `returned` is done as the call returns.
   */
  syscall: primitive(syscall, [
    parameterOf("name", TEXT),
    parameterOf("body", callback(NOTHING)),
    parameterOf("returned", optional(callback(BODY))),
  ]),
  /**
   * A system call that changes an address space, under `mmap_write_lock()`. `done` is done as the lock is dropped,
   * when all of the work is done; the call returns after that.
   */
  mmCall: primitive(mmCall, [
    parameterOf("name", TEXT),
    parameterOf("mm", MM),
    parameterOf("body", callback(NOTHING)),
    parameterOf("options", optional(OPTIONS)),
  ]),
};
