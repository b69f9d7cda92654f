/** WebAssembly text to binary, with the `wabt` package, which is loaded when it is first needed. */

const FEATURES = { threads: true, bulk_memory: true, simd: true };

/** Assembles a module in text form. Throws wabt's error if the text is not a valid module. */
export async function assemble(text: string): Promise<Uint8Array> {
  const { default: load } = await import("wabt");
  const wabt = await load();
  const module = wabt.parseWat("search.wat", text, FEATURES);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
