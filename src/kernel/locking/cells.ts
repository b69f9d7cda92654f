/**
 * Cells: words of the kernel's memory that several CPUs access, or CPUs and walkers. With memory order "sc" a
 * store is in memory at once. With "tso" it waits in the store buffer of its CPU (ARM-2, X86-11), whose own reads
 * see it there, until it gets to memory of itself or a thread waits for that at an instruction that drains.
 *
 * An atomic that drains works on memory. One that does not (`drains` of the architecture) reads what its CPU
 * sees, and its store joins the queue. It stays atomic: it waits for the stores of others that are on their way, and
 * until its own is in memory none of another CPU gets there. What it orders behind it waits (`separates`).
 */
import type { AtomicOrder } from "../../arch/architecture.ts";
import type { DescriptorAt } from "../../arch/flag-updates.ts";
import type { Machine } from "../../arch/machine.ts";
import type { Written } from "../../arch/written.ts";
import { type Fields, fieldsOf, mapFields } from "../../arch/store-buffer.ts";
import { type ArrayVariable, type Body, when } from "../../model/builder.ts";
import { TlbcheckError } from "../../model/diagnostic.ts";
import type { Domain } from "../../model/domain.ts";
import { callerSource } from "../../model/source.ts";
import { choose, FALSE, not, type Operand, type Place, type Term, TRUE } from "../../model/term.ts";

/** How many stores a store buffer holds unless a scenario says otherwise: no model here ever fills it. */
export const STORE_BUFFER_DEPTH = 10;

/** How many a scenario may give it. */
export const MAX_STORES = 16;

/** A cell in memory: its fields, which are read and written at once. */
export interface CellMemory<Field extends string> {
  readonly fields: Readonly<Record<Field, Term>>;
  readonly write: (value: Readonly<Record<Field, Operand>>) => Body;
  /** The descriptor that it is, whose flags the hardware may update; left out for anything else. */
  readonly descriptor?: DescriptorAt;
}

export class Cells {
  readonly #machine: Machine;
  readonly #cells: Cell<string>[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Whether all programs are written. */
  get written(): Written {
    return this.#machine.written;
  }

  /** Declares a cell; to be done while programs are written at the latest. */
  declare<Field extends string>(name: string, memory: CellMemory<Field>): Cell<Field> {
    if (this.#machine.buffersStores)
      throw new TlbcheckError("TLB201", `${name} is not known while programs are written`, {
        hint: "name it in the program of a thread",
        source: callerSource(),
      });
    const cell = new Cell(this.#machine, name, memory);
    this.#cells.push(cell);
    return cell;
  }

  /** Declares a cell made of places. */
  of<Field extends string>(name: string, places: Readonly<Record<Field, Place>>): Cell<Field> {
    return this.declare(name, {
      fields: places,
      write: (value) => fieldsOf(places).map(([field, place]) => place.set(value[field])),
    });
  }

  /** Declares a cell of each CPU, to which that CPU alone stores. */
  perCpu<Field extends string>(array: ArrayVariable, field: Field): PerCpuCell<Field> {
    const at = (cpu: Term) => ({ [field]: array.at(cpu) }) as Readonly<Record<Field, Place>>;
    const cpus = this.#machine.cpus();
    const cells = cpus.map((cpu, number) => this.of(`${array.name} of CPU${number}`, at(cpu)));
    return new PerCpuCell(cpus, cells, at);
  }

  /** When a CPU may execute so many plain stores. */
  hasRoom(cpu: Term, stores: number): Term {
    return this.#machine.storeBuffer?.hasRoom(cpu, stores) ?? TRUE;
  }

  /** Gives each CPU a store buffer; to be called once all programs are written, and before any is built. */
  useStoreBuffers(depth: number): void {
    const fields = new Map<string, Domain>();
    for (const cell of this.#cells)
      for (const [field, { domain }] of fieldsOf(cell.memory.fields)) {
        const name = cell.inBuffer(field);
        fields.set(name, wider(domain, fields.get(name)));
      }
    const targets = this.#cells.map((cell) => ({
      name: cell.name,
      write: (held: Fields) =>
        cell.memory.write(mapFields(cell.memory.fields, (_, field) => held[cell.inBuffer(field)]!)),
      descriptor: cell.memory.descriptor,
    }));
    this.#machine.useStoreBuffer({ targets, fields: Object.fromEntries(fields), depth, translated: false });
  }
}

export class Cell<Field extends string = "value"> {
  readonly name: string;
  readonly memory: CellMemory<Field>;
  readonly #machine: Machine;

  constructor(machine: Machine, name: string, memory: CellMemory<Field>) {
    this.name = name;
    this.memory = memory;
    this.#machine = machine;
  }

  /** What a CPU reads: its newest store that is on its way, or what is in memory. */
  seenBy(cpu: Term): Readonly<Record<Field, Term>> {
    const { storeBuffer } = this.#machine;
    return storeBuffer
      ? mapFields(this.memory.fields, (inMemory, field) =>
          storeBuffer.forward(cpu, this.name, this.inBuffer(field), inMemory),
        )
      : this.memory.fields;
  }

  /** When a CPU may execute a plain store. */
  mayStore(cpu: Term): Term[] {
    return [this.#machine.storeBuffer?.hasRoom(cpu) ?? this.#isUpdated()];
  }

  /** A plain store. */
  store(cpu: Term, value: Readonly<Record<Field, Operand>>): Body {
    return this.#push(cpu, value, false);
  }

  /** A store-release: in one queue every store comes behind all that precede it. */
  storeRelease(cpu: Term, value: Readonly<Record<Field, Operand>>): Body {
    return [this.store(cpu, value), this.#machine.separateBehind(cpu, "release store")];
  }

  /** When a CPU may execute an atomic read-modify-write. */
  mayExchange(cpu: Term, order: AtomicOrder): Term[] {
    const { storeBuffer } = this.#machine;
    if (this.#drains(order))
      return [
        this.#machine.mayComplete(cpu, `${order} atomic`),
        not(storeBuffer?.othersHoldAtomicTo(cpu, this.name) ?? FALSE),
        this.#isUpdated(),
      ];
    const acquires = order === "acquire" || order === "full";
    return [
      ...this.mayStore(cpu),
      // A store of another CPU that is on its way would come between the two halves.
      not(storeBuffer?.othersHoldStoreTo(cpu, this.name) ?? FALSE),
      this.#isUpdated(),
      acquires ? this.#machine.mayFollow(cpu, "acquire") : TRUE,
    ];
  }

  /** What an atomic read-modify-write, which reads what `seenBy` says, stores. */
  exchange(cpu: Term, order: AtomicOrder, value: Readonly<Record<Field, Operand>>): Body {
    if (this.#drains(order)) return this.memory.write(value);
    return [this.#push(cpu, value, true), this.#machine.separateBehind(cpu, `${order} atomic`)];
  }

  /** What a field is called in a store buffer, where cells share the fields that they have in common. */
  inBuffer(field: Field): string {
    return field === "value" ? `value of ${this.name}` : field;
  }

  /** True unless the hardware is to update flags of the descriptor, before which nothing else is written (ARM-11). */
  #isUpdated(): Term {
    const { descriptor } = this.memory;
    const { flagUpdates } = this.#machine;
    return descriptor && flagUpdates ? flagUpdates.underWay(descriptor).not() : TRUE;
  }

  #drains(order: AtomicOrder): boolean {
    return this.#machine.architecture.rules.drains.choice(`${order} atomic`);
  }

  #push(cpu: Term, value: Readonly<Record<Field, Operand>>, atomic: boolean): Body {
    const { storeBuffer } = this.#machine;
    if (!storeBuffer) return this.memory.write(value);
    const held = fieldsOf(value).map(([field, each]) => [this.inBuffer(field), each] as const);
    return storeBuffer.push(cpu, this.name, Object.fromEntries(held), { atomic });
  }
}

/** A cell of each CPU. Others read what is in memory, which `memory` gives. */
export class PerCpuCell<Field extends string> {
  readonly memory: (cpu: Term) => Readonly<Record<Field, Term>>;
  readonly #cpus: readonly Term[];
  readonly #cells: readonly Cell<Field>[];

  constructor(
    cpus: readonly Term[],
    cells: readonly Cell<Field>[],
    memory: (cpu: Term) => Readonly<Record<Field, Term>>,
  ) {
    this.#cpus = cpus;
    this.#cells = cells;
    this.memory = memory;
  }

  /** What a CPU reads in its own cell. */
  seenByOwner(cpu: Term): Readonly<Record<Field, Term>> {
    return this.#owned(cpu)
      .map(({ cell, owner }) => ({ owner, seen: cell.seenBy(owner) }))
      .reduceRight<Readonly<Record<Field, Term>> | null>(
        (rest, { owner, seen }) =>
          rest ? mapFields(seen, (term, field) => choose(cpu.is(owner), term, rest[field])) : seen,
        null,
      )!;
  }

  mayStore(cpu: Term): Term[] {
    return this.#cells[0]!.mayStore(cpu);
  }

  /** A plain store of a CPU to its own cell. */
  store(cpu: Term, value: Readonly<Record<Field, Operand>>): Body {
    return this.#owned(cpu).map(({ cell, owner }) => when(cpu.is(owner), cell.store(owner, value)));
  }

  /** The cells that may be the CPU's own: one where it is known which CPU it is. */
  #owned(cpu: Term): { readonly cell: Cell<Field>; readonly owner: Term }[] {
    return this.#cells
      .map((cell, number) => ({ cell, owner: this.#cpus[number]! }))
      .filter(({ owner }) => cpu.is(owner).node !== FALSE.node);
  }
}

/** The domain of a field that two cells share: of ranges the one with more values. */
function wider(domain: Domain, known: Domain | undefined): Domain {
  if (known?.kind !== "range" || domain.kind !== "range") return domain;
  return domain.max > known.max ? domain : known;
}
