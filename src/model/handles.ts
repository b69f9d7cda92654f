/**
 * Handles: what declarations give and other calls take, such as an address space or a page. A handle is known by
 * having been issued, not by its shape, and belongs to the scenario or model that issued it.
 */
/** What is known of a handle. */
export interface Issued {
  /** `page`, as messages print it. */
  readonly kind: string;
  readonly name: string;
  readonly owner: object;
}

const issued = new WeakMap<object, Issued>();

/** Makes an object a handle, and freezes it: what was declared is what the machine is built for. */
export function issueHandle<Handle extends { readonly name: string }>(
  kind: string,
  owner: object,
  handle: Handle,
): Handle {
  issued.set(handle, { kind, name: handle.name, owner });
  return Object.freeze(handle);
}

/** What is known of a value that is a handle; undefined of any other. */
export function handleOf(value: unknown): Issued | undefined {
  return typeof value === "object" && value !== null ? issued.get(value) : undefined;
}
