/** WebAssembly text to binary, with the `wabt` package, which is loaded when it is first needed. */
import type wabt from "wabt";
import { TlbcheckError } from "../model/diagnostic.ts";
import { withoutMemory } from "../model/out-of-memory.ts";

type Wabt = Awaited<ReturnType<typeof wabt>>;

const FEATURES = { threads: true, bulk_memory: true, simd: true };

let loading: Promise<Wabt> | undefined;

/** Assembles a module in text form. Throws wabt's error if the text is not a valid module. */
export async function assemble(text: string): Promise<Uint8Array> {
  const optimise = postponeOptimising();
  try {
    const assembler = await (loading ??= loadedAssembler());
    const module = assembler.parseWat("search.wat", text, FEATURES);
    const { buffer } = module.toBinary({});
    module.destroy();
    return buffer;
  } catch (error) {
    if (!(error instanceof Error && error.name === "RuntimeError")) throw error;
    // Its stack, which nesting uses up: it cannot be used again.
    loading = undefined;
    throw new TlbcheckError("TLB401", "an expression of the model is nested too deeply to be compiled", {
      hint: "write long sums and choices as trees or over fewer values, or use --engine interpret",
      cause: error,
    });
  } finally {
    optimise();
  }
}

/** The assembler, which says nothing of itself on standard error when it gets no memory. */
async function loadedAssembler(): Promise<Wabt> {
  const { default: load } = await import("wabt");
  try {
    return await (load as (module: object) => Promise<Wabt>)({ printErr: () => {} });
  } catch (cause) {
    throw withoutMemory(cause);
  }
}

/**
 * Keeps V8 from optimising wabt, itself a WebAssembly module, until the returned function is called: wabt runs
 * for some milliseconds, and to optimise it takes longer than the search of a small model (measured: 60 ms and
 * more until the event loop turns again).
 */
function postponeOptimising(): () => void {
  const v8 = (globalThis.process as NodeJS.Process | undefined)?.getBuiltinModule("node:v8");
  v8?.setFlagsFromString("--no-wasm-dynamic-tiering");
  v8?.setFlagsFromString("--no-wasm-tier-up");
  return () => {
    v8?.setFlagsFromString("--wasm-tier-up");
    v8?.setFlagsFromString("--wasm-dynamic-tiering");
  };
}
