/** Descriptions of what kernel primitives and declarations take. */
import { handle } from "../model/argument-handles.ts";
import { term } from "../model/argument-terms.ts";
import { type Description, either, oneOf, parameterOf, refined } from "../model/arguments.ts";
import { handleOf } from "../model/handles.ts";
import type { Term } from "../model/term.ts";
import type { Device, Frame, HugePage, Mm, Page, Permission, Table } from "./handles.ts";
import type { Cell } from "./locking/cells.ts";
import type { Completion, Seqcount, StaticKey } from "./locking/handles.ts";
import type { Lock, RwSem } from "./locking/locks.ts";

export const MM = handle<Mm>("mm", "an address space", "m.mm()");
export const PAGE = handle<Page>("page", "a page", 'mm.page("name")');
export const TABLE = handle<Table>("table", "a page table", 'mm.table("name")');
export const HUGE_PAGE = handle<HugePage>("huge page", "a huge page", 'mm.hugePage("name")');
export const DEVICE = handle<Device>("device", "a device", 'm.device("name", { mm })');
export const SPINLOCK = handle<Lock>("spinlock", "a spinlock", 'page.ptl, or m.spinlock("name")');
export const RWSEM = handle<RwSem>("rwsem", "a semaphore", 'm.rwsem("name")');
export const COMPLETION = handle<Completion>("completion", "a completion", 'm.completion("name")');
export const SEQCOUNT = handle<Seqcount>("seqcount", "a seqcount", 'm.seqcount("name")');
export const STATIC_KEY = handle<StaticKey>("static key", "a static key", 'm.staticKey("name")');
export const CELL = handle<Cell>(
  "shared variable",
  "a shared variable",
  'k.system.sharedVariable("name", domain, initial)',
);
export const FRAME_HANDLE = handle<Frame>("frame", "a frame", 'm.spareFrame("name")');

/** A frame: one that was declared, or what an entry was read to map. */
export const FRAME: Description<Term | Frame> = either(
  (given) => handleOf(given) !== undefined,
  FRAME_HANDLE,
  term("names frame", "an expression of a frame", "such as k.ptepGetAndClear(page).frame"),
);

export const PERMISSION: Description<Permission> = oneOf("none", "ro", "rw");

/** A page that has an entry of its own. */
export const SMALL_PAGE = refined(PAGE, "a page with an entry of its own", ({ name, huge }) =>
  huge ? `${name} is a huge page: see k.splitHugePmd(), k.mprotectHuge() and k.gupFastHuge()` : null,
);

/** A page whose table can go away. */
export const PAGE_OF_TABLE = refined(SMALL_PAGE, "a page that table.page() declared", ({ name, table }) =>
  table ? null : `${name} lies in no table that can go away`,
);

/** The parameters that most primitives have. */
export const page = parameterOf("page", SMALL_PAGE);
export const mm = parameterOf("mm", MM);
export const frame = parameterOf("frame", FRAME);
export const huge = parameterOf("huge", HUGE_PAGE);
export const table = parameterOf("table", TABLE);

/** What is wrong with pages that have to belong to one address space; null if nothing. */
export function notOfOneMm(pages: readonly Page[]): string | null {
  const [first] = pages;
  const other = pages.find((each) => each.mm !== first?.mm);
  return first && other ? `${first.name} and ${other.name} belong to two address spaces` : null;
}
