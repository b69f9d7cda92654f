/**
 * A thread of a scenario, `k`: its steps, its control flow, and the words of the kernel's vocabulary. A word
 * that takes several steps is an event: a trace tells it in one row.
 */
import type { AccessKind } from "../arch/access.ts";
import { type ArrayVariable, bool, type Body, type TermText, when } from "../model/builder.ts";
import { type Domain, type Literal, lowestValue } from "../model/domain.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { StepKind } from "../model/model.ts";
import { callerSource } from "../model/source.ts";
import { condition, type Operand, type Place, type Term } from "../model/term.ts";
import { accessPage, type AccessOptions } from "./access.ts";
import {
  type BatchOptions,
  flushTlbBatchedPending,
  setTlbUbcFlushPending,
  tryToUnmapFlush,
} from "./batched-unmap.ts";
import {
  contextTrackingWork,
  type Deferral,
  flushKernelHere,
  flushTlbKernelRange,
  loadKernelTables,
  loadUserTables,
} from "./kernel-entry.ts";
import { vmalloc, vunmapRangeNoflush } from "./vmalloc.ts";
import { handleMmFault, populate } from "./fault.ts";
import type { Cell } from "./cells.ts";
import { type Lock, maySpinLock } from "./locks.ts";
import type { Mm, Page, Permission, Table } from "./handles.ts";
import { onEachCpuMask, smpCallFunction } from "./interrupts.ts";
import type { KernelCode } from "./kernel-arch.ts";
import { gupFast, pteOffsetMap } from "./lockless-walk.ts";
import { munmapTable, type TableRemoval } from "./mmu-gather.ts";
import { pmdClear } from "./pmd.ts";
import { changePteRange, mprotect, type MprotectOptions } from "./mprotect.ts";
import { munmap, type MunmapOptions } from "./munmap.ts";
import { type Event, type Op, type StepOptions, Program } from "./program.ts";
import { type OldEntry, pageVmaMappedWalk, ptepGetAndClear, readEntry, setSwapEntry } from "./pte.ts";
import { callRcuFree, rcuReadLock, rcuReadUnlock, synchronizeRcu } from "./rcu.ts";
import type { Seat } from "./seat.ts";
import type { System } from "./system.ts";
import { kthreadUnuseMm, kthreadUseMm } from "./use-mm.ts";

export class Thread {
  readonly name: string;
  readonly system: System;
  /** The address space whose user code the thread runs; null for a kernel thread. */
  readonly mm: Mm | null;
  readonly seat: Seat;
  #ops: Op[] = [];
  #event: Event | null = null;
  /** The entry of a system call whose first event is still to come. */
  #entry: { readonly name: string; readonly steps: () => void } | null = null;
  #events = 0;
  #program: Program | null = null;
  readonly #registers = new Map<string, Place>();
  readonly #arrays = new Map<string, ArrayVariable>();

  /** Whether it is a task of its own, or a routine that a CPU runs when something starts it. */
  readonly #role: "task" | "routine";

  constructor(system: System, name: string, mm: Mm | null, seat: Seat, role: "task" | "routine" = "task") {
    this.system = system;
    this.name = name;
    this.mm = mm;
    this.seat = seat;
    this.#role = role;
  }

  /** The CPU that the thread runs on. */
  cpu(): Term {
    return this.seat.cpu();
  }

  // The language of programs.

  /** One atomic step. */
  step(options: StepOptions): void {
    this.#ops.push({ kind: "step", options, event: this.#event, source: callerSource() });
  }

  /** A step of your own: a guard and a body of terms, as one atomic transition. */
  do(label: string, kind: StepKind, body: () => Body, guard: () => readonly Operand[] = () => []): void {
    this.event(label, () => this.step({ label, kind, ways: [{ guard, body }] }));
  }

  if(holds: Operand, then: () => void, otherwise: () => void = () => undefined): void {
    if (typeof holds === "boolean") return holds ? then() : otherwise();
    const when = condition(holds);
    this.#ops.push({ kind: "if", condition: when, then: this.block(then), otherwise: this.block(otherwise) });
  }

  while(holds: Operand, body: () => void): void {
    this.#ops.push({ kind: "while", condition: condition(holds), body: this.block(body) });
  }

  /** Tells everything in `body` as one event; inside of another event it is a part of that one. */
  event<Result>(text: TermText | (() => TermText), body: () => Result): Result {
    if (this.#event) return body();
    const entry = this.#entry;
    this.#entry = null;
    const tell = (): TermText => prefixed(entry?.name ?? "", typeof text === "function" ? text() : text);
    this.#event = { id: `${this.name}/${this.#events++}`, text: tell };
    entry?.steps();
    const result = body();
    this.#event = null;
    return result;
  }

  /** Writes `body` as events of its own though an event is being written: the handler of a fault in it. */
  outsideEvent(body: () => void): void {
    const event = this.#event;
    this.#event = null;
    body();
    this.#event = event;
  }

  /** A variable of the thread alone. The same name gives the same register. */
  register(name: string, domain: Domain, initial: Literal): Place {
    const known = this.#registers.get(name);
    if (known) return known;
    const made = this.system.builder.variable(`${this.name}.${name}`, domain, initial);
    this.#registers.set(name, made);
    return made;
  }

  /** An array of the thread alone. */
  registerArray(name: string, index: readonly Domain[], domain: Domain, initial: Literal): ArrayVariable {
    const known = this.#arrays.get(name);
    if (known) return known;
    const made = this.system.builder.array(`${this.name}.${name}`, index, domain, initial);
    this.#arrays.set(name, made);
    return made;
  }

  /** The operations that `body` would write, to be looked at and not to be a part of the program. */
  draft(body: () => void): readonly Op[] {
    const entry = this.#entry;
    const events = this.#events;
    this.#entry = null;
    const written = this.block(() => this.event("", body));
    this.#entry = entry;
    this.#events = events;
    return written;
  }

  /** The operations that `body` writes, for control flow of other words. */
  block(body: () => void): readonly Op[] {
    const outer = this.#ops;
    this.#ops = [];
    body();
    const written = this.#ops;
    this.#ops = outer;
    return written;
  }

  // Entry and exit.

  /**
   * A system call: exception entry, the body, exception return. The entry is told in the same row as the
   * first event of the body.
   */
  syscall(name: string, body: () => void, returned: () => Body = () => []): void {
    if (this.#event)
      throw new TlbcheckError("TLB201", `${name} is called in the middle of another event`, {
        source: callerSource(),
      });
    this.#entry = { name, steps: () => this.#enter(name) };
    this.#finishCall(name, body, [], returned);
  }

  /**
   * A system call that changes an address space, under `mmap_write_lock()`. `done` is told as the lock is
   * dropped, when all of the work is done; the call returns after that.
   */
  mmCall(
    name: string,
    mm: Mm,
    body: () => void,
    { done = () => [], returned = () => [] }: { done?: () => Body; returned?: () => Body },
  ): void {
    const lock = this.system.mmapLock(mm);
    this.#entry = {
      name,
      steps: () => {
        this.#enter(name);
        this.step({
          label: `mmap_write_lock(${mm.name})`,
          kind: "lock",
          sleeps: true,
          ways: [{ guard: () => lock.mayWrite(this.cpu()), body: () => lock.write(this.cpu(), this.name) }],
        });
      },
    };
    const unlock: StepOptions = {
      label: `mmap_write_unlock(${mm.name})`,
      kind: "lock",
      ways: [
        {
          guard: () => lock.mayUnlock(this.cpu()),
          body: () => [lock.writeUnlock(this.cpu()), done()],
        },
      ],
    };
    this.#finishCall(name, body, [unlock], () => [
      this.system.observers.tell("returned", this.name),
      returned(),
    ]);
  }

  #finishCall(name: string, body: () => void, before: readonly StepOptions[], returned: () => Body): void {
    body();
    if (this.#entry) this.event("nothing to do", () => undefined);
    this.event(`${name} returns`, () => {
      for (const step of before) this.step(step);
      this.step({
        label: `return from ${name}`,
        kind: "control",
        ways: [{ body: () => [this.system.machine.synchronizeContext(this.cpu()), returned()] }],
      });
    });
  }

  #enter(name: string): void {
    this.step({
      label: `enter ${name}`,
      kind: "control",
      ways: [{ body: () => this.system.machine.synchronizeContext(this.cpu()) }],
    });
  }

  // Instructions.

  /** A barrier of the architecture, such as `dsb(ish)`, and the weaker ones that may stand in its place. */
  barrier(name: string, weaker: readonly string[] = []): void {
    const { machine } = this.system;
    const form = (barrier: string) => ({
      guard: () => [machine.barrier(this.cpu(), barrier)],
      body: () => machine.barrierEffect(this.cpu(), barrier),
    });
    this.event(name, () =>
      this.step({
        label: name,
        kind: "barrier",
        ways: [form(name)],
        weaker: weaker.map((each) => ({ name: each, ...form(each) })),
      }),
    );
  }

  /** Loads from a user page. */
  load(page: Page, options: AccessOptions = {}): void {
    this.#access(page, ["load"], options);
  }

  /** Stores to a user page. */
  store(page: Page, options: AccessOptions = {}): void {
    this.#access(page, ["store"], options);
  }

  /** Loads from a user page or stores to it: either may happen. */
  access(page: Page, options: AccessOptions = {}): void {
    this.#access(page, ["load", "store"], options);
  }

  #access(page: Page, kinds: readonly AccessKind[], options: AccessOptions): void {
    accessPage(this, page, kinds, options);
  }

  // Interrupts.

  localIrqDisable(): void {
    this.#localIrq("local_irq_disable()", true);
  }

  localIrqEnable(): void {
    this.#localIrq("local_irq_enable()", false);
  }

  /** `local_irq_save()`: turns interrupts off; gives whether they were. */
  localIrqSave(): Place {
    const { interrupts } = this.system.machine;
    const flags = this.register("irq flags", bool, false);
    const section = this.#irqSection();
    const body = (): Body => {
      const off = interrupts.mask(this.cpu(), true);
      return [flags.set(interrupts.on(this.cpu()).not()), off, section.enter()];
    };
    this.event("local_irq_save()", () =>
      this.step({ label: "local_irq_save()", kind: "lock", ways: [{ body }] }),
    );
    return flags;
  }

  /** `local_irq_restore()`: as they were before `localIrqSave()`. */
  localIrqRestore(flags: Place): void {
    const { interrupts } = this.system.machine;
    const section = this.#irqSection();
    const body = (): Body => [
      interrupts.mask(this.cpu(), flags),
      when(flags.not(), section.leave()),
      flags.set(false),
    ];
    this.event("local_irq_restore()", () =>
      this.step({ label: "local_irq_restore()", kind: "lock", ways: [{ body }] }),
    );
  }

  #localIrq(label: string, off: boolean): void {
    const { interrupts } = this.system.machine;
    const section = this.#irqSection();
    const body = (): Body => [interrupts.mask(this.cpu(), off), off ? section.enter() : section.leave()];
    this.event(label, () => this.step({ label, kind: "lock", ways: [{ body }] }));
  }

  /** Interrupts off are a read-side section of RCU, which matters where tables can go away. */
  #irqSection(): { readonly enter: () => Body; readonly leave: () => Body } {
    const { rcu, tables } = this.system;
    if (this.#role !== "task" || !tables) return { enter: () => [], leave: () => [] };
    rcu.announce(this.name, "irqs off");
    return {
      enter: () => rcu.enter(this.name, "irqs off"),
      leave: () => rcu.leave(this.name, "irqs off"),
    };
  }

  // Locks.

  lock(lock: Lock): void {
    const cell = this.system.locks.cell(lock);
    this.event(`spin_lock(${lock.name})`, () =>
      this.step({
        label: `spin_lock(${lock.name})`,
        kind: "lock",
        ways: [
          {
            guard: () => maySpinLock(cell, this.cpu()),
            body: () => cell.exchange(this.cpu(), "acquire", { holder: this.name }),
          },
        ],
      }),
    );
  }

  unlock(lock: Lock): void {
    const cell = this.system.locks.cell(lock);
    this.event(`spin_unlock(${lock.name})`, () =>
      this.step({
        label: `spin_unlock(${lock.name})`,
        kind: "lock",
        ways: [
          {
            guard: () => cell.mayStore(this.cpu()),
            body: () => cell.store(this.cpu(), { holder: null }),
          },
        ],
      }),
    );
  }

  // Variables of the scenario's own, `system.sharedVariable()`.

  /** `WRITE_ONCE()`: a plain store. */
  writeOnce(cell: Cell, value: Operand): void {
    const label = `WRITE_ONCE(${cell.name})`;
    const way = {
      guard: () => cell.mayStore(this.cpu()),
      body: () => cell.store(this.cpu(), { value }),
    };
    this.event(label, () => this.step({ label, kind: "data", ways: [way] }));
  }

  /** `READ_ONCE()`: a plain load into a register of this thread, which it gives. */
  readOnce(cell: Cell): Place {
    const { domain } = cell.memory.fields.value;
    const register = this.register(`${cell.name} as read`, domain, lowestValue(domain));
    const label = `READ_ONCE(${cell.name})`;
    const body = (): Body => register.set(cell.seenBy(this.cpu()).value);
    this.event(label, () => this.step({ label, kind: "re-check", ways: [{ body }] }));
    return register;
  }

  // Page-table entries.

  /** `page_vma_mapped_walk()`: takes the page-table lock and says whether the page is mapped. */
  pageVmaMappedWalk(page: Page): OldEntry {
    return pageVmaMappedWalk(this, page);
  }

  /** `ptep_get()`: reads the entry. */
  ptepGet(page: Page): OldEntry {
    return readEntry(this, page);
  }

  /** `ptep_get_and_clear()`: exchanges the entry for an empty one; gives the old one. */
  ptepGetAndClear(page: Page): OldEntry {
    return ptepGetAndClear(this, page);
  }

  /** `ptep_clear_flush()`: exchanges the entry for an empty one and flushes the page. */
  ptepClearFlush(page: Page): OldEntry {
    const old = ptepGetAndClear(this, page);
    this.if(old.present, () => this.flushTlbPage(page));
    return old;
  }

  /** `set_pte_at()` of a swap entry. */
  setSwapEntry(page: Page): void {
    setSwapEntry(this, page);
  }

  /** `change_pte_range()` for one page; gives whether it was present, so that the caller has to flush. */
  changePteRange(page: Page, permission: Permission): Term {
    return changePteRange(this, page, permission);
  }

  // TLB flushes.

  /** `flush_tlb_mm()`. */
  flushTlbMm(mm: Mm): void {
    this.system.arch.flushTlbMm(this, mm);
  }

  flushTlbPage(page: Page): void {
    this.system.arch.flushTlbPage(this, page);
  }

  flushTlbRange(...pages: Page[]): void {
    this.system.arch.flushTlbRange(this, pages);
  }

  /** The barrier that waits for what this CPU has invalidated, and for nobody else. */
  awaitOwnInvalidations(): void {
    this.system.arch.awaitOwnInvalidations(this);
  }

  // Batched unmap.

  /** `should_defer_flush()`: whether the flush of an unmapped page is to be queued rather than done at once. */
  shouldDeferFlush(mm: Mm): Operand {
    return this.system.arch.tlbbatchShouldDefer?.(this, mm) ?? true;
  }

  /** `set_tlb_ubc_flush_pending()`: queues the flush of a page that was unmapped, and remembers that. */
  setTlbUbcFlushPending(page: Page, options: BatchOptions = {}): void {
    setTlbUbcFlushPending(this, page, options);
  }

  /** `try_to_unmap_flush()`: completes the flushes that this thread has queued. */
  tryToUnmapFlush(flush: KernelCode = this.system.arch.tlbbatchFlush): void {
    tryToUnmapFlush(this, flush);
  }

  /** `flush_tlb_batched_pending()`: completes flushes of the address space that others have queued. */
  flushTlbBatchedPending(mm: Mm, flush: KernelCode = (k) => k.flushTlbMm(mm)): void {
    flushTlbBatchedPending(this, mm, flush);
  }

  // Kernel memory and its translations.

  /** `vunmap_range_noflush()`: clears the entry of a kernel page and flushes nothing. */
  vunmapRangeNoflush(page: Page): OldEntry {
    return vunmapRangeNoflush(this, page);
  }

  /** `vmalloc()` at an address that was handed out before. */
  vmalloc(page: Page): void {
    vmalloc(this, page);
  }

  /** `flush_tlb_kernel_range()`: on every CPU, or on those that the deferral does not leave to their next entry. */
  flushTlbKernelRange(page: Page, deferral: Deferral = "none"): void {
    flushTlbKernelRange(this, page, deferral);
  }

  // Entering the kernel and leaving it.

  /** MOV CR3 of the kernel's page tables, on entry with page-table isolation. */
  loadKernelTables(kernel: Mm, options: { readonly pcid: boolean }): void {
    loadKernelTables(this, kernel, options);
  }

  /** MOV CR3 of the user's page tables. */
  loadUserTables(options: { readonly pcid: boolean }): void {
    loadUserTables(this, options);
  }

  /** Drops all kernel translations of this CPU: what was put off until it entered. */
  flushKernelHere(): void {
    flushKernelHere(this);
  }

  /** Where context tracking says that the CPU is. */
  contextTracking(state: "kernel" | "user"): void {
    this.system.kernelEntry.setState(this, state);
  }

  /** `ct_work_flush()`: does what `ct_set_cpu_work()` has left. */
  contextTrackingWork(): void {
    contextTrackingWork(this);
  }

  /** `kernel_cr3_loaded`. */
  setKernelCr3Loaded(loaded: boolean): void {
    this.system.kernelEntry.setFlag(this, loaded);
  }

  // Whole operations.

  mprotect(pages: Page | readonly Page[], permission: Permission, options: MprotectOptions = {}): void {
    mprotect(this, [pages].flat(), permission, options);
  }

  munmap(page: Page, options: MunmapOptions = {}): void {
    munmap(this, page, options);
  }

  /** `mmap(MAP_POPULATE)` at an address that is not mapped: a free frame is mapped there before it returns. */
  populate(page: Page): void {
    populate(this, page);
  }

  /** The handler of a fault on a page that nothing is mapped at: maps a free frame, then the access is retried. */
  handleMmFault(page: Page): void {
    handleMmFault(this, page);
  }

  // Page tables that go away, of scenarios that declare them: `mm.table()`.

  /** `munmap()` of all pages of a table, which frees the table too. */
  munmapTable(table: Table, removal: TableRemoval = { path: "batched" }): void {
    munmapTable(this, table, removal);
  }

  /** `pmd_clear()`: unlinks the table, and gives it. */
  pmdClear(table: Table): Place {
    return pmdClear(this, table);
  }

  /** `smp_call_function()` of a function that does nothing, waiting for all other CPUs. */
  smpCallFunction(name: string): void {
    smpCallFunction(this, name);
  }

  rcuReadLock(): void {
    rcuReadLock(this);
  }

  rcuReadUnlock(): void {
    rcuReadUnlock(this);
  }

  /** `synchronize_rcu()`: waits for the read-side sections that are open. */
  synchronizeRcu(): void {
    synchronizeRcu(this);
  }

  /** `call_rcu()` of a callback that frees the frame, when the read-side sections that are open have ended. */
  callRcuFree(frame: Term): void {
    callRcuFree(this, frame);
  }

  /** The walk of `get_user_pages_fast()`: interrupts off, no lock. */
  gupFast(page: Page): void {
    gupFast(this, page);
  }

  /** `pte_offset_map()`: a walk in an RCU read-side section, interrupts on. */
  pteOffsetMap(page: Page): void {
    pteOffsetMap(this, page);
  }

  /** `kthread_use_mm()`: a kernel thread borrows an address space. */
  kthreadUseMm(mm: Mm): void {
    kthreadUseMm(this, mm);
  }

  kthreadUnuseMm(mm: Mm): void {
    kthreadUnuseMm(this, mm);
  }

  /** Gives a frame back to the allocator. */
  freeFrame(frame: Term): void {
    this.event(["free ", frame], () =>
      this.step({
        label: "free frame",
        kind: "data",
        // The last reference is dropped by an atomic that is fully ordered, put_page_testzero().
        ways: [
          {
            guard: () => [this.system.machine.mayComplete(this.cpu(), "full atomic")],
            body: () => this.system.frames.free(frame),
          },
        ],
      }),
    );
  }

  /** `on_each_cpu_mask()`: runs code on the CPUs of the mask by interrupt and waits for all of them. */
  onEachCpuMask(mask: (cpu: Term) => Operand, barrier: string): void {
    onEachCpuMask(this, mask, barrier);
  }

  // For the scenario that owns the thread.

  /** Ends the writing of the program. */
  link(merge = true): Program {
    const task = this.#role === "task";
    this.#program ??= new Program(
      this.system.builder,
      {
        name: this.name,
        running: () => [...this.seat.running(), ...(task ? [this.system.routines.idle(this.cpu())] : [])],
        place: () => this.cpu(),
        registers: new Set([...this.#registers.keys()].map((name) => `${this.name}.${name}`)),
        merge,
        begins: task ? "at once" : "when started",
      },
      this.#ops,
    );
    return this.#program;
  }

  /** True while the thread stands before a step of this label. */
  at(label: string): Term {
    return this.link().at(label);
  }

  /** True while the thread sleeps for a lock that it cannot have. */
  sleeps(): Term {
    return this.link().sleeps();
  }

  /** True once the thread has come to the end of its program. */
  ended(): Term {
    return this.link().ended();
  }
}

function prefixed(heading: string, text: TermText): TermText {
  if (!heading) return text;
  return typeof text === "string" ? `${heading}: ${text}` : [`${heading}: `, ...text];
}
