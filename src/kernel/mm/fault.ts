/** Faults: a new page where nothing is mapped, also by a call that populates its mapping; a page that becomes writable. */
import { primitive } from "../threads/primitive.ts";
import { optional, options, parameterOf } from "../../model/arguments.ts";
import { CONDITION } from "../../model/argument-terms.ts";
import { page } from "../arguments.ts";
import { mmCall } from "../entry/syscall.ts";
import { bool, type Body, orNone, when } from "../../model/builder.ts";
import { and, condition, type Operand, or, type Place, type Term } from "../../model/term.ts";
import { allocPage } from "./alloc-page.ts";
import type { Page } from "../handles.ts";
import { pteAlloc } from "./pmd.ts";
import type { EntryUpgrade } from "../arch/kernel-arch.ts";
import { exchangeForEmpty, readEntry, storeMapping } from "./pte.ts";
import { hasFlags, isPresent, isProtNone, oldEntry, seenEntry, tellRead } from "./pte-read.ts";
import { pteOffsetMapLock, pteUnmapUnlock } from "./pte-lock.ts";
import { mmapReadLock, mmapReadUnlock } from "../locking/mmap-lock.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** What a fault was about. */
export interface FaultOptions {
  /** FAULT_FLAG_WRITE, of a mapping that may be written: an entry that is read-only becomes writable. */
  readonly write?: Operand;
}

export function handleMmFault(k: ThreadProgram, page: Page, { write = false }: FaultOptions = {}): void {
  const { machine } = k.system;
  k.event(`handle_mm_fault(${page.name})`, () => {
    mmapReadLock(k, page.mm);
    if (write === false && !hasFlags(k)) mapNewFrame(k, page);
    else handlePteFault(k, page, write);
    mmapReadUnlock(k, page.mm);
    k.step({
      label: `return from the fault on ${page.name}`,
      kind: "control",
      ways: [
        {
          guard: () => [machine.mayComplete(k.cpu(), "exception")],
          body: () => [
            machine.synchronizeContext(k.cpu()),
            installed(k, page),
            write === false && !hasFlags(k) ? [] : forgetFault(k, page),
          ],
        },
      ],
    });
  });
}

export function populate(k: ThreadProgram, page: Page): void {
  mmCall(
    k,
    `mmap(${page.name}, MAP_POPULATE)`,
    page.mm,
    () => k.event(`handle_mm_fault(${page.name})`, () => mapFor(k, page)),
    { returned: () => installed(k, page) },
  );
}

/** Until the page is mapped: as long as its table goes away under the fault, there is another one. */
function mapFor(k: ThreadProgram, page: Page): void {
  mapNewFrame(k, page);
  if (page.table) k.while(newFrame(k, page).is(null), () => mapNewFrame(k, page));
}

/**
 * `handle_pte_fault()` under the page-table lock: maps a frame where none is, makes an entry young, and dirty and
 * writable if that is what the fault was about (`wp_page_reuse()`; a page is never copied), or finds that there is
 * nothing to do: the fault was spurious.
 */
export function handlePteFault(k: ThreadProgram, page: Page, write: Operand): void {
  const { arch } = k.system;
  const { frame, ...old } = faultRegisters(k, page);
  const read = (): Body => {
    const seen = seenEntry(k, page);
    return [
      tellRead(k, page),
      old.present.set(isPresent(k, page)),
      old.protNone.set(isProtNone(k, page)),
      old.writable.set(seen.writable),
      frame.set(seen.frame),
      flagsRead(k, page),
    ];
  };
  const upgrade = (): void =>
    k.if(
      lacks(k, page, write),
      () => arch.ptepSetAccessFlags(k, page, upgraded(k, page, write)),
      () => arch.flushTlbFixSpuriousFault?.(k, page),
    );
  const handle = (): void => {
    k.step({ label: `ptep_get(${page.name})`, kind: "re-check", ways: [{ body: read }] });
    k.if(
      old.present,
      () => k.if(old.protNone, () => doNumaPage(k, page, frame, write), upgrade),
      () => mapFrame(k, page, frame),
    );
    pteUnmapUnlock(k, page);
  };
  k.if(pteOffsetMapLock(k, page), handle, () => giveUp(k, page, frame));
}

/** Whether an entry lacks what a fault was about. */
function lacks(k: ThreadProgram, page: Page, write: Operand): Term {
  const { writable } = faultRegisters(k, page);
  if (!hasFlags(k)) return and(condition(write), writable.not());
  const { young, dirty } = flagRegisters(k, page);
  return or(young.not(), and(condition(write), or(writable.not(), dirty.not())));
}

/** What the entry is made for it. Without flags it is for a write in any case. */
function upgraded(k: ThreadProgram, page: Page, write: Operand): EntryUpgrade {
  const { frame, writable } = faultRegisters(k, page);
  if (!hasFlags(k)) return { frame, writable: true, dirty: true, write: true };
  const { dirty } = flagRegisters(k, page);
  return { frame, writable: or(writable, write), dirty: or(dirty, write), write };
}

/**
 * `do_numa_page()`: makes a PROT_NONE entry accessible again, as for a hint of NUMA balancing, which every fault on one
 * is taken for: mprotect(PROT_NONE) would have the fault end in a signal before it got here. Nothing is flushed.
 */
function doNumaPage(k: ThreadProgram, page: Page, frame: Term, write: Operand): void {
  const label = (half: string): string => `ptep_modify_prot_${half}(${page.name})`;
  const kept = hasFlags(k) ? { dirty: oldEntry(k, page).dirty } : {};
  k.step({ label: label("start"), kind: "data", ways: [exchangeForEmpty(k, page)] });
  k.if(
    write,
    () => storeMapping(k, page, { frame, writable: true, ...kept }, label("commit")),
    () => storeMapping(k, page, { frame, writable: false, ...kept }, label("commit")),
  );
  k.system.arch.updateMmuCache?.(k, page);
}

/** The page table went away under the fault, which returns: the access is tried again. */
function giveUp(k: ThreadProgram, page: Page, frame: Place): void {
  k.step({
    label: `no table of ${page.name}`,
    kind: "re-check",
    ways: [{ body: () => frame.set(null) }],
  });
}

/** What `handlePteFault` has left in registers is not needed any more. */
export function forgetFault(k: ThreadProgram, page: Page): Body {
  const { frame, present, protNone, writable } = faultRegisters(k, page);
  return [
    present.set(false),
    protNone.set(false),
    writable.set(false),
    frame.set(null),
    hasFlags(k) ? Object.values(flagRegisters(k, page)).map((flag) => flag.set(false)) : [],
    k.system.observers.tell("forgetsEntries", k.name),
  ];
}

function faultRegisters(k: ThreadProgram, page: Page) {
  return {
    present: k.register(`${page.name}.present`, bool, false),
    protNone: k.register(`${page.name}.PROT_NONE`, bool, false),
    writable: k.register(`${page.name}.writable`, bool, false),
    frame: newFrame(k, page),
  };
}

/** Of scenarios with flags of small pages. */
function flagRegisters(k: ThreadProgram, page: Page) {
  return {
    young: k.register(`${page.name}.young`, bool, false),
    dirty: k.register(`${page.name}.dirty`, bool, false),
  };
}

function flagsRead(k: ThreadProgram, page: Page): Body {
  if (!hasFlags(k)) return [];
  const { accessed, dirty } = seenEntry(k, page);
  const to = flagRegisters(k, page);
  return [
    to.young.set(accessed),
    to.dirty.set(dirty),
    k.system.observers.tell("flagsTaken", k.system.at(page)),
  ];
}

/** do_anonymous_page(): allocates and maps a frame under the page-table lock, unless somebody else did. */
function mapNewFrame(k: ThreadProgram, page: Page): void {
  const frame = newFrame(k, page);
  const { table } = page;
  if (table) k.event(`__pte_alloc(${table.name})`, () => pteAlloc(k, table));
  const alreadyMapped = (mapped: Term): void => {
    const protNone = k.register(`${page.name}.PROT_NONE`, bool, false);
    k.step({
      label: `${page.name} is mapped`,
      kind: "data",
      ways: [{ body: () => [frame.set(mapped), protNone.set(isProtNone(k, page))] }],
    });
    k.if(
      protNone,
      () => doNumaPage(k, page, mapped, true),
      () => k.system.arch.updateMmuTlb?.(k, page),
    );
  };
  const map = (): void => {
    const old = readEntry(k, page);
    k.if(
      old.present,
      () => alreadyMapped(old.frame),
      () => mapFrame(k, page, frame),
    );
    pteUnmapUnlock(k, page);
  };
  k.if(pteOffsetMapLock(k, page), map, () => giveUp(k, page, frame));
}

function mapFrame(k: ThreadProgram, page: Page, frame: Place): void {
  allocPage(k, page, frame);
  storeMapping(k, page, { frame, writable: true, fresh: true }, `set_pte_at(${page.name}, new page)`);
  k.system.arch.updateMmuCache?.(k, page);
}

/** What the page is from now on: the frame that was mapped, unless it has been unmapped again meanwhile. */
export function installed(k: ThreadProgram, page: Page) {
  const frame = newFrame(k, page);
  const { valid, frame: mapped } = seenEntry(k, page);
  return when(and(valid, mapped.is(frame)), k.system.observers.tell("installed", k.system.at(page), frame));
}

function newFrame(k: ThreadProgram, page: Page): Place {
  return k.register(`${page.name}.new`, orNone(k.system.machine.domains.frame), null);
}

export const faultPrimitives = {
  /** `mmap(MAP_POPULATE)` at an address that is not mapped: a free frame is mapped there before it returns. */
  populate: primitive(populate, [page]),
  /**
   * The handler of a fault on a page that nothing is mapped at: maps a free frame, then the access is retried. With
   * `write: true` it also upgrades a read-only entry.
   */
  handleMmFault: primitive(handleMmFault, [
    page,
    parameterOf("options", optional(options<FaultOptions>({ write: optional(CONDITION) }))),
  ]),
};
