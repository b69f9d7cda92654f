/** What it looks like when the system gives no memory, and what to do then. */
import { TlbcheckError } from "./diagnostic.ts";

/** Whether an error says that the system gave no memory. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOMEM" || code === "ERR_WORKER_OUT_OF_MEMORY") return true;
  return error instanceof RangeError && /allocat|out of memory/i.test(error.message);
}

/** The error of a search that does not get the memory to begin or to go on with. */
export function withoutMemory(cause: unknown): TlbcheckError {
  return new TlbcheckError("TLB402", "the system does not give the memory that the search needs", {
    hint:
      "where address space is limited (ulimit -v): NODE_OPTIONS=--disable-wasm-trap-handler takes some 20 GiB less of it, " +
      "--engine interpret takes none for WebAssembly; otherwise end other programs, or use fewer --threads",
    cause,
  });
}
