/**
 * What x86 Linux keeps of TLBs (arch/x86/mm/tlb.c): for each address space a generation that every flush
 * increases and the mask of the CPUs that may hold its translations, and for each CPU what is loaded there,
 * whether lazily, and up to which generation each PCID slot has been flushed.
 */
import {
  type ArrayVariable,
  bool,
  type Body,
  enumeration,
  orNone,
  range,
  when,
} from "../../../model/builder.ts";
import { type Domain, formatValue, indexSize } from "../../../model/domain.ts";
import { and, choose, eachOf, FALSE, literal, type Operand, or, type Term } from "../../../model/term.ts";
import type { Mm } from "../../handles.ts";
import type { PerCpuCell } from "../../locking/cells.ts";
import type { KernelOptions } from "../kernel-options.ts";
import { MmCpumask } from "../mm-cpumask.ts";
import type { KernelState } from "../../kernel-state.ts";

/** How many flushes of one address space can be counted. */
const MAX_GENERATION = 7;

/** PCIDs that Linux gives to address spaces on one CPU: `TLB_NR_DYN_ASIDS`. */
const DYNAMIC_SLOTS = 6;

/** The names of the PCIDs: dynamic slots, no more than there are address spaces, and one global one for each. */
export function pcids(mms: readonly Mm[], { invlpgb }: KernelOptions): string[] {
  if (invlpgb) return mms.map(globalAsid);
  return Array.from({ length: Math.min(DYNAMIC_SLOTS, mms.length) }, (_, slot) => slotName(slot));
}

/** The PCID under which an address space is loaded at first, on any CPU. */
export function firstPcid(mm: Mm, { invlpgb }: KernelOptions): string {
  return invlpgb ? globalAsid(mm) : slotName(0);
}

function globalAsid(mm: Mm): string {
  return `global:${mm.name}`;
}

function slotName(slot: number): string {
  return `PCID${slot + 1}`;
}

const INIT_MM = "init_mm";
const SWITCHING = "LOADED_MM_SWITCHING";

export class TlbState {
  readonly system: KernelState;
  readonly options: KernelOptions;
  /** `mm->context.tlb_gen`, by address space. */
  readonly generation: ArrayVariable;
  readonly generations: Domain;
  readonly #mask: MmCpumask;
  /** `cpu_tlbstate_shared.is_lazy`, by CPU. */
  readonly #lazy: PerCpuCell<"lazy">;
  /** The generation that the flush under way on a CPU asks for: `flush_tlb_info.new_tlb_gen`. */
  readonly wanted: ArrayVariable;
  /** The PCID slots. */
  readonly slots: Domain;
  /** Who asked for the flush that a CPU is about. */
  readonly askedBy: ArrayVariable;
  /** `cpu_tlbstate.loaded_mm`, by CPU. */
  readonly #loaded: PerCpuCell<"loaded">;
  readonly #slotSpace: ArrayVariable;
  readonly #slotGeneration: ArrayVariable;
  readonly #nextSlot: ArrayVariable;

  constructor(system: KernelState, options: KernelOptions) {
    this.system = system;
    this.options = options;
    const { builder, machine, lazyAtFirst } = system;
    const { cpu, space, asid } = machine.domains;
    const first = eachOf(cpu).map((_, number) => system.loadedAtFirst[number]!);
    this.generations = range(0, MAX_GENERATION);
    this.slots = asid;
    const loadedMm = enumeration("loaded_mm", [INIT_MM, SWITCHING, ...system.mms.map(({ name }) => name)]);
    this.generation = builder.array("tlb_gen", [space], this.generations, 0);
    this.#mask = new MmCpumask(system);
    this.#lazy = system.cells.perCpu(builder.arrayOf("is_lazy", [cpu], bool, [...lazyAtFirst]), "lazy");
    this.wanted = builder.array("new_tlb_gen", [cpu], this.generations, 0);
    this.askedBy = builder.array("flush asked by", [cpu], orNone(cpu), null);
    this.#loaded = system.cells.perCpu(builder.arrayOf("loaded_mm", [cpu], loadedMm, first), "loaded");
    this.#slotSpace = builder.arrayOf(
      "slot.ctx_id",
      [cpu, asid],
      orNone(space),
      first.flatMap((mm) => eachOf(asid).map((_, slot) => (slot === 0 && !options.invlpgb ? mm : null))),
    );
    this.#slotGeneration = builder.array("slot.tlb_gen", [cpu, asid], this.generations, 0);
    this.#nextSlot = builder.array("next_asid", [cpu], asid, formatValue(asid, indexSize(asid) > 1 ? 1 : 0));
  }

  /** The PCID that an address space has on all CPUs, with INVLPGB. */
  globalAsid(mm: Mm): Term {
    return literal(this.slots, globalAsid(mm));
  }

  /** What a CPU reads of itself: whether its `loaded_mm` is this address space. */
  loads(cpu: Term, mm: Mm): Term {
    return this.#loaded.seenByOwner(cpu).loaded.is(mm.name);
  }

  loadsKernelOnly(cpu: Term): Term {
    return this.#loaded.seenByOwner(cpu).loaded.is(INIT_MM);
  }

  isLazy(cpu: Term): Term {
    return this.#lazy.seenByOwner(cpu).lazy;
  }

  /** What other CPUs read of a CPU: whether it is switching, or its `loaded_mm` is this address space. */
  isSeenToUse(cpu: Term, mm: Mm): Term {
    const { loaded } = this.#loaded.memory(cpu);
    const switching = this.options.lacks === "switching" ? FALSE : loaded.is(SWITCHING);
    return or(switching, loaded.is(mm.name));
  }

  isSeenLazy(cpu: Term): Term {
    return this.#lazy.memory(cpu).lazy;
  }

  /** `loaded_mm` of this CPU, by a plain store. */
  setLoaded(cpu: Term, mm: Mm | "init_mm" | "switching"): Body {
    if (typeof mm !== "string") return this.#loaded.store(cpu, { loaded: mm.name });
    const loaded = mm === "init_mm" ? INIT_MM : SWITCHING;
    return this.#loaded.store(cpu, { loaded });
  }

  /** `is_lazy` of this CPU, by a plain store. */
  setLazy(cpu: Term, lazy: boolean): Body {
    return this.#lazy.store(cpu, { lazy });
  }

  /** When a CPU may execute so many plain stores. */
  mayStore(cpu: Term, stores = 1): Term[] {
    return [this.system.cells.hasRoom(cpu, stores)];
  }

  /** A slot of the CPU holds the address space as flushed up to the generation. */
  isFlushedTo(cpu: Term, mm: Mm, generation: Term): Term {
    return or(
      ...eachOf(this.slots).map((slot) =>
        and(this.slotHolds(cpu, slot, mm), this.slotGeneration(cpu, slot).atLeast(generation)),
      ),
    );
  }

  inMask(mm: Mm, cpu: Term) {
    return this.#mask.has(mm, cpu);
  }

  generationOf(mm: Mm) {
    return this.generation.at(this.system.space(mm));
  }

  /** The generation up to which the loaded slot of a CPU is flushed. */
  local(cpu: Term) {
    return this.#slotGeneration.at(cpu, this.system.machine.loadedAsid(cpu));
  }

  /** The generation of whichever address space a CPU has loaded; 0 while it has none. */
  generationOfLoaded(cpu: Term): Term {
    return this.system.mms.reduce<Term>(
      (other, mm) => choose(this.loads(cpu, mm), this.generationOf(mm), other),
      literal(this.generations, 0),
    );
  }

  /** A slot holds an address space. */
  slotHolds(cpu: Term, slot: Operand, mm: Mm): Term {
    return this.#slotSpace.at(cpu, slot).is(mm.name);
  }

  slotGeneration(cpu: Term, slot: Operand) {
    return this.#slotGeneration.at(cpu, slot);
  }

  holdsNowhere(cpu: Term, mm: Mm): Term {
    return and(...eachOf(this.slots).map((slot) => this.slotHolds(cpu, slot, mm).not()));
  }

  nextSlot(cpu: Term): Term {
    return this.#nextSlot.at(cpu);
  }

  /** Gives a slot to an address space, as flushed up to its generation. */
  giveSlot(cpu: Term, slot: Term, mm: Mm): Body {
    return [this.#slotSpace.at(cpu, slot).set(mm.name), this.#advanceNextSlot(cpu)];
  }

  /** Slots are given away in turn. */
  #advanceNextSlot(cpu: Term): Body {
    const slots = eachOf(this.slots);
    const next = this.#nextSlot.at(cpu);
    const cases = slots.map((slot, i) => ({ slot, after: slots[(i + 1) % slots.length]! }));
    return cases.reduce<Body>((other, { slot, after }) => when(next.is(slot), next.set(after), other), []);
  }
}
