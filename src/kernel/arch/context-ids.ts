/** `mm->context.id`: the ASID of each address space, where it has the same one on all CPUs and for ever. */
import type { ArrayVariable } from "../../model/builder.ts";
import type { Term } from "../../model/term.ts";
import type { Mm } from "../handles.ts";
import type { KernelState } from "../kernel-state.ts";

export class ContextIds {
  readonly #system: KernelState;
  readonly #ids: ArrayVariable;

  constructor(system: KernelState) {
    this.#system = system;
    const { space, asid } = system.machine.domains;
    const initial = system.mms.map((mm) => mm.asid);
    this.#ids = system.builder.arrayOf("context.id", [space], asid, initial);
    system.machine.assignIdentifiers((each) => this.#ids.at(each));
  }

  of(mm: Mm): Term {
    return this.#ids.at(this.#system.space(mm));
  }
}
