/** What a scenario declares before anything is built: address spaces, pages, frames, threads. */
import { TlbcheckError } from "../model/diagnostic.ts";
import { callerSource } from "../model/source.ts";
import { issueHandle } from "../model/handles.ts";
import type { GlobalPagesOf } from "../arch/global-pages.ts";
import type { InitialDescriptor } from "../arch/memory.ts";
import type { TableLayout } from "../arch/walk/table-memory.ts";
import type { FrameUse } from "./mm/frames.ts";
import type {
  Device,
  FixedTable,
  Frame,
  HugePage,
  HugePageOptions,
  Mm,
  Page,
  PageOptions,
  Permission,
  Table,
} from "./handles.ts";
import { checked } from "../model/checked.ts";
import type { Parameter } from "../model/arguments.ts";
import type { MmOptions, ThreadOptions } from "./declaration-options.ts";
import { mmParameters, tableParameters } from "./declaration-arguments.ts";
import type { KernelCode, Role } from "./threads/thread-program.ts";
import type { Completion, Seqcount, StaticKey } from "./locking/handles.ts";
import type { Lock, RwSem } from "./locking/locks.ts";

export interface DeclaredThread {
  readonly name: string;
  readonly cpus: readonly number[];
  readonly mm: Mm | null;
  readonly role: Exclude<Role, "routine">;
  readonly serves: Device | null;
  readonly program: KernelCode;
}

interface DeclaredPage {
  readonly page: Page;
  readonly frame: Frame | null;
  readonly permission: Permission | null;
  /** The flags that it was declared with. */
  readonly flags: Pick<PageOptions, "dirty" | "young">;
}

/** Where the entry of a page lies, unless it is in the one table that nobody names. */
interface Place {
  readonly table?: Table;
  readonly fixed?: FixedTable;
  readonly huge?: boolean;
}

export class Declarations {
  readonly mms: Mm[] = [];
  readonly frames: Frame[] = [];
  readonly threads: DeclaredThread[] = [];
  readonly tables: Table[] = [];
  readonly hugePages: HugePage[] = [];
  readonly devices: Device[] = [];
  readonly #pages: DeclaredPage[] = [];
  readonly #global: Mm[] = [];
  readonly #fixedTables: FixedTable[] = [];
  #closed = false;

  /** From here on nothing is declared any more: the machine is built for what there is. */
  close(): void {
    this.#closed = true;
  }

  /** Refuses what comes too late to count, with TLB201. */
  requireOpen(word: string): void {
    if (this.#closed)
      throw misuse(`${word} is too late here: the machine is built before threads write their programs`);
  }

  mm(name: string, options: MmOptions): Mm {
    this.requireOpen("m.mm()");
    const { batched = "counters", global = false, asidOf } = options;
    this.#unique("address space", name, this.mms);
    const mm: Mm = issueHandle("mm", this, {
      kind: "mm",
      name,
      asid: asidOf?.asid ?? `asid:${name}`,
      batched,
      ...this.#checked("mm", mmParameters, {
        page: (page: string, options: PageOptions = {}) => this.#page(mm, page, options),
        table: (table: string) => this.#table(mm, table),
        fixedTable: (table: string) => this.#fixedTable(mm, table),
        hugePage: (page: string, options: HugePageOptions = {}) => this.#hugePage(mm, page, options),
      }),
    } as const);
    this.mms.push(mm);
    if (global) this.#global.push(mm);
    return mm;
  }

  frame(name: string): Frame {
    this.requireOpen("m.spareFrame()");
    this.#unique("frame", name, this.frames);
    const frame = issueHandle("frame", this, { name });
    this.frames.push(frame);
    return frame;
  }

  spinlock(name: string): Lock {
    return issueHandle("spinlock", this, { kind: "spinlock", name });
  }

  rwsem(name: string): RwSem {
    return issueHandle("rwsem", this, { kind: "rwsem", name });
  }

  completion(name: string): Completion {
    return issueHandle("completion", this, { kind: "completion", name });
  }

  seqcount(name: string): Seqcount {
    return issueHandle("seqcount", this, { kind: "seqcount", name });
  }

  staticKey(name: string, enabled: boolean): StaticKey {
    return issueHandle("static key", this, { kind: "static key", name, enabled });
  }

  device(name: string, mm: Mm): Device {
    this.requireOpen("m.device()");
    this.#unique("device", name, this.devices);
    const device = issueHandle("device", this, { name, mm });
    this.devices.push(device);
    return device;
  }

  thread(name: string, options: ThreadOptions, program: KernelCode): void {
    const { cpu, mm, serves, daemon = false } = options;
    this.#unique("thread", name, this.threads);
    this.requireOpen("m.thread()");
    const cpus = [cpu].flat();
    if (serves && this.threads.some((each) => each.serves === serves))
      throw misuse(`the faults of ${serves.name} are handled by two threads`);
    if (serves && daemon)
      throw misuse(`${name} serves ${serves.name}, so that it runs whenever that faults: it is no daemon`);
    const role = serves ? "worker" : daemon ? "daemon" : "task";
    this.threads.push({ name, cpus, mm: mm ?? null, role, serves: serves ?? null, program });
  }

  /** All pages of all address spaces. */
  pages(): Page[] {
    return this.#pages.map(({ page }) => page);
  }

  /** The names of all pages, and each address space's first descriptors in that order. */
  pageNames(): string[] {
    return [...new Set(this.#pages.map(({ page }) => page.name))];
  }

  descriptorsOf(mm: Mm): InitialDescriptor[] {
    return this.pageNames().map((name) => {
      const found = this.#pages.find(({ page }) => page.mm === mm && page.name === name);
      return {
        frame: found?.frame?.name ?? null,
        writable: found?.permission === "rw",
        valid: found?.permission !== "none",
        accessed: found?.flags.young ?? true,
        dirty: found?.flags.dirty ?? true,
      };
    });
  }

  /** The pages that are mapped globally, by their address space. */
  globals(): GlobalPagesOf[] {
    const found = this.#global.map((mm) => ({
      space: mm.name,
      pages: this.#pages.filter(({ page }) => page.mm === mm).map(({ page }) => page.name),
    }));
    const elsewhere = this.#pages.find(({ page }) =>
      found.some(({ space, pages }) => space !== page.mm.name && pages.includes(page.name)),
    );
    if (elsewhere)
      throw misuse(
        `${elsewhere.page.name} is mapped globally, so ${elsewhere.page.mm.name} cannot map it too`,
      );
    return found;
  }

  /** What the scenario has a frame for at first. */
  useOf(frame: Frame): FrameUse {
    if (this.tables.some((table) => table.frame === frame)) return "table";
    const ofHugePage = this.hugePages.some(({ folio, part }) => folio === frame || part === frame);
    const mapped = this.#pages.some((each) => each.frame === frame);
    return ofHugePage || mapped ? "used" : "spare";
  }

  /** The tables and what lies in them; null if none can go away. */
  tableLayout(): TableLayout | null {
    if (this.tables.length === 0) return null;
    const outside = this.#pages.find(({ page }) => !page.table);
    if (outside)
      throw misuse(`the page ${outside.page.name} lies in no table, though the scenario has tables`);
    const walked = this.devices.find((device) => this.tables.some(({ mm }) => mm === device.mm));
    if (walked)
      throw misuse(
        `no IOMMU is modelled over page tables of ${walked.mm.name} that can go away yet: ${walked.name} is bound to it`,
      );
    const empty = this.tables.find(({ pages }) => pages.length === 0);
    if (empty) throw misuse(`no page lies in the table ${empty.name}: call table.page()`);
    return {
      regions: [...new Set(this.tables.map(({ name }) => name))],
      regionOfPage: this.pageNames().map((name) => this.#regionOf(name)),
      tables: this.tables.map(({ name, mm, frame }) => ({
        space: mm.name,
        region: name,
        frame: frame.name,
      })),
    };
  }

  /** The huge pages; null if the scenario has none. */
  hugeLayout(): readonly HugePage[] | null {
    if (this.hugePages.length === 0) return null;
    const other = this.#pages.find(({ page }) => !this.hugePages.some((each) => each.page === page));
    if (other || this.tables.length > 0)
      throw misuse(
        `${other?.page.name ?? this.tables[0]!.name} is no huge page, though the scenario has huge pages`,
      );
    if (this.devices.length > 0) throw misuse("no IOMMU is modelled over entries that map huge pages yet");
    return this.hugePages;
  }

  /** Whether the flags of small pages can be clear, as was asked; refuses, with TLB201, what they do not go with yet. */
  smallFlags(asked: boolean): boolean {
    const declared = this.#pages.find(({ flags }) => Object.keys(flags).length > 0);
    if (declared && !asked)
      throw misuse(`${declared.page.name} is declared with flags: say m.details({ flags: true }) too`);
    if (!asked) return false;
    const [table, huge, device] = [this.tables[0], this.hugePages[0], this.devices[0]];
    const other =
      (table && `page tables that can go away yet: ${table.name} is one`) ??
      (huge && `huge pages, which have flags in any case: ${huge.name} is one`) ??
      (device && `devices yet: ${device.name} is one`);
    if (other) throw misuse(`m.details(): flags of small pages are not modelled beside ${other}`);
    return true;
  }

  /** The one table name that a page's address belongs to, in all address spaces. */
  #regionOf(page: string): string {
    const found = this.#pages.filter((each) => each.page.name === page).map((each) => each.page.table!.name);
    const [region, ...others] = [...new Set(found)];
    if (others.length > 0) throw misuse(`${page} lies in tables of several names: ${found.join(", ")}`);
    return region!;
  }

  #table(mm: Mm, name: string): Table {
    const pages: Page[] = [];
    const table: Table = issueHandle("table", this, {
      name,
      mm,
      frame: this.frame(`${mm.name}.${name}`),
      get pages() {
        return Object.freeze([...pages]);
      },
      ...this.#checked("table", tableParameters, {
        page: (page: string, options: PageOptions = {}) => {
          const made = this.#page(mm, page, options, { table });
          pages.push(made);
          return made;
        },
      }),
    } satisfies Table);
    this.tables.push(table);
    return table;
  }

  #fixedTable(mm: Mm, name: string): FixedTable {
    this.requireOpen("mm.fixedTable()");
    this.#unique(
      "table",
      name,
      [...this.#fixedTables, ...this.tables].filter((each) => each.mm === mm),
    );
    const fixed: FixedTable = issueHandle("fixed table", this, {
      name,
      mm,
      ...this.#checked("table", tableParameters, {
        page: (page: string, options: PageOptions = {}) => this.#page(mm, page, options, { fixed }),
      }),
    } satisfies FixedTable);
    this.#fixedTables.push(fixed);
    return fixed;
  }

  #hugePage(
    mm: Mm,
    name: string,
    { entry = "mapping", permission = "rw", dirty = true, young = true }: HugePageOptions,
  ): HugePage {
    const page = this.#page(mm, name, { permission: null }, { huge: true });
    const folio = this.frame(`${name}:folio`);
    const part = this.frame(`${name}:page`);
    const ptl = this.spinlock(`${mm.name}.pmd_lock`);
    const made: HugePage = issueHandle("huge page", this, {
      name,
      mm,
      ptl,
      page,
      small: this.#pageHandle({ name, mm, ptl: page.ptl, huge: false, table: null }, null),
      folio,
      part,
      options: Object.freeze({ entry, permission, dirty, young }),
    });
    this.hugePages.push(made);
    return made;
  }

  #page(mm: Mm, name: string, options: PageOptions, { table, fixed, huge = false }: Place = {}): Page {
    this.requireOpen("mm.page()");
    const { permission = "rw", frame, ...flags } = options;
    if (this.#pages.some(({ page }) => page.mm === mm && page.name === name))
      throw misuse(`${mm.name} has two pages named ${name}`);
    const lies = table ?? fixed;
    const ptl = this.spinlock(lies ? `${mm.name}.ptl(${lies.name})` : `${mm.name}.ptl`);
    const mapped = permission === null ? null : (frame ?? this.frame(`frame:${name}`));
    const page = this.#pageHandle({ name, mm, ptl, huge, table: table ?? null }, mapped);
    this.#pages.push({ page, frame: mapped, permission, flags });
    return page;
  }

  #pageHandle(page: Omit<Page, "kind" | "frame">, frame: Frame | null): Page {
    const mapped = (): Frame => {
      if (frame) return frame;
      throw misuse(`${page.name} maps no frame at first: declare it with a permission, or name the frame`);
    };
    const handle = Object.defineProperty({ kind: "page", ...page }, "frame", { get: mapped }) as Page;
    return issueHandle("page", this, handle);
  }

  /** The methods of a handle, which check what they are given. */
  #checked<Methods extends object>(
    receiver: string,
    parameters: { readonly [Name in keyof Methods]: readonly Parameter<unknown>[] },
    methods: Methods & Record<string, (...given: never[]) => unknown>,
  ): Methods {
    const entries = Object.entries<readonly Parameter<unknown>[]>(parameters).map(([name, takes]) => [
      name,
      checked(`${receiver}.${name}`, takes, "TLB201", methods[name]!, () => this),
    ]);
    return Object.fromEntries(entries) as Methods;
  }

  #unique(what: string, name: string, others: readonly { readonly name: string }[]): void {
    if (others.some((other) => other.name === name))
      throw misuse(`there are two of the same name: ${what} ${name}`);
  }
}

function misuse(message: string): TlbcheckError {
  return new TlbcheckError("TLB201", message, { source: callerSource() });
}
