/** The parts of the WebAssembly interface that the explorer uses and that Node's types leave out. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: true });
    readonly buffer: SharedArrayBuffer;
  }
  interface Module {}
  const Module: new (bytes: BufferSource) => Module;
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory } });
    readonly exports: unknown;
  }
  type BufferSource = ArrayBufferView | ArrayBuffer;
}
