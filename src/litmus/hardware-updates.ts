/** What the hardware of a CPU with FEAT_HAFDBS makes of descriptors by itself (ARM-11). */
import type { LitmusTest } from "./ast.ts";
import { flagsSetBy } from "./settings.ts";
import type { Descriptor, Value } from "./values.ts";

/** A valid descriptor once a walk has used it. */
export function asAccessed(descriptor: Descriptor): Descriptor {
  return descriptor.valid === 1 ? Object.freeze({ ...descriptor, af: 1 }) : descriptor;
}

/** A valid descriptor once a store has gone by it: one with DBM set becomes writable. */
export function asDirty(descriptor: Descriptor): Descriptor {
  const accessed = asAccessed(descriptor);
  return accessed.valid === 1 && accessed.dbm === 1 ? Object.freeze({ ...accessed, db: 1 }) : accessed;
}

/** Every value that hardware may make of one, itself first. */
export function updatesOf(test: LitmusTest): (value: Value) => readonly Value[] {
  const flags = test.threads.map(({ number }) => flagsSetBy(test, number));
  const accessed = flags.some((each) => each.accessed);
  const dirty = flags.some((each) => each.dirty);
  return (value) => {
    if (value.kind !== "descriptor") return [value];
    return [value, ...(accessed ? [asAccessed(value)] : []), ...(dirty ? [asDirty(value)] : [])];
  };
}
