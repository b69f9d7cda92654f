/** WebAssembly text to binary, with the `wabt` package, which is loaded when it is first needed. */
import type wabt from "wabt";

type Wabt = Awaited<ReturnType<typeof wabt>>;

const FEATURES = { threads: true, bulk_memory: true, simd: true };

let loading: Promise<Wabt> | undefined;

/** Assembles a module in text form. Throws wabt's error if the text is not a valid module. */
export async function assemble(text: string): Promise<Uint8Array> {
  loading ??= import("wabt").then(({ default: load }) => load());
  const assembler = await loading;
  const module = assembler.parseWat("search.wat", text, FEATURES);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
