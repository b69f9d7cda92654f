/** The fast engine: the model compiled to WebAssembly, searched level by level by one or several threads. */
import { assemble } from "../compile/assemble.ts";
import { MAX_PART_BITS } from "../compile/memory-map.ts";
import { type CompileOptions, searchModule } from "../compile/search-module.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import { pack } from "../model/layout.ts";
import type { Model } from "../model/model.ts";
import { actorNumbers, Semantics } from "../model/semantics.ts";
import type { Engine, SearchOptions } from "./engine.ts";
import { memoryForStates } from "./memory.ts";
import { StateStore } from "./state-store.ts";
import type { SearchExports } from "./wasm-lanes.ts";
import { runtimeFile } from "./wasm-runtime-file.ts";
import { WasmSearch } from "./wasm-search.ts";
import { bytesOfWalks, WasmWalks } from "./wasm-walks.ts";

/** What tests vary besides a search's options. */
export interface WasmEngineOptions {
  /** A hash under which the states of small models collide. */
  readonly weakHash?: boolean;
  /** How many states are searched before the pool of workers is started. */
  readonly poolFrom?: number;
}

/** States that one thread has explored about when others have started. */
const POOL_FROM = 100_000;
/** Bytes from which on a search may spend some megabytes on parts. */
const PARTS_FROM = 2 ** 28;

export function wasmEngine({ weakHash = false, poolFrom = POOL_FROM }: WasmEngineOptions = {}): Engine {
  return {
    name: "wasm",
    search: async (model, options = {}) => {
      const threads = Math.max(1, options.threads ?? 1);
      const walks = options.strategy === "random";
      const maxMemory = options.maxMemory ?? memoryForStates(process.availableMemory(), threads);
      const compiled = searchModule(model, await runtimeFile(), {
        ...propertiesOf(options),
        lanes: threads,
        weakHash,
        partBits: walks || maxMemory < PARTS_FROM ? 0 : MAX_PART_BITS,
      });
      const semantics = new Semantics(model);
      const initial = semantics.initialStates();
      if (initial.length === 0)
        throw new TlbcheckError("TLB109", "no state fulfils the conditions on the initial states");
      // Before the assembler takes memory: that the system has too little for states is the clearer error.
      const bytes = walks ? bytesOfWalks(compiled.map, semantics.actions.length) : maxMemory;
      const store = new StateStore(compiled, { ...options, maxMemory: bytes });
      const module = new WebAssembly.Module(await assemble(compiled.text));
      const { exports } = new WebAssembly.Instance(module, { env: { memory: store.memory } });
      store.attach(exports as SearchExports);
      const parts = { model, options, store, module, exports: exports as SearchExports, threads, poolFrom };
      const searched = { ...parts, actors: actorNumbers(semantics.actions) };
      const packed = initial.map((state) => pack(compiled.layout, state));
      return walks ? new WasmWalks(searched, packed).run() : new WasmSearch(searched).run(packed);
    },
  };
}

export const compiledEngine: Engine = wasmEngine();

/**
 * The WebAssembly module of a model in text form: what the fast engine runs.
 *
 * Throws a TlbcheckError TLB401 for a model that it cannot compile.
 */
export async function emitWat(model: Model, options: CompileOptions = {}): Promise<string> {
  return searchModule(model, await runtimeFile(), options).text;
}

function propertiesOf({ properties }: SearchOptions): Pick<CompileOptions, "properties"> {
  return properties === undefined ? {} : { properties };
}
