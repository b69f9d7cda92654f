/** What a scenario declares before anything is built: address spaces, pages, frames, threads. */
import { TlbcheckError } from "../model/diagnostic.ts";
import { callerSource } from "../model/source.ts";
import type { InitialDescriptor } from "../arch/memory.ts";
import type { Frame, Mm, Page, PageOptions, Permission } from "./handles.ts";
import type { KernelCode } from "./kernel-arch.ts";

export interface MmOptions {
  readonly batched?: "counters" | "boolean";
}

export interface ThreadOptions {
  /** The CPU that the thread runs on, or those that it may be scheduled on. */
  readonly cpu: number | readonly number[];
  /** The address space whose user code it runs; none for a kernel thread. */
  readonly mm?: Mm;
}

export interface DeclaredThread {
  readonly name: string;
  readonly cpus: readonly number[];
  readonly mm: Mm | null;
  readonly program: KernelCode;
}

interface DeclaredPage {
  readonly page: Page;
  readonly frame: Frame | null;
  readonly permission: Permission | null;
}

export class Declarations {
  readonly mms: Mm[] = [];
  readonly frames: Frame[] = [];
  readonly threads: DeclaredThread[] = [];
  readonly #pages: DeclaredPage[] = [];

  mm(name: string, { batched = "counters" }: MmOptions): Mm {
    this.#unique("address space", name, this.mms);
    const mm: Mm = {
      name,
      asid: `asid:${name}`,
      batched,
      page: (page, options = {}) => this.#page(mm, page, options),
    };
    this.mms.push(mm);
    return mm;
  }

  frame(name: string): Frame {
    this.#unique("frame", name, this.frames);
    const frame = { name };
    this.frames.push(frame);
    return frame;
  }

  thread(name: string, { cpu, mm }: ThreadOptions, program: KernelCode): void {
    this.#unique("thread", name, this.threads);
    const cpus = typeof cpu === "number" ? [cpu] : [...cpu];
    if (cpus.length === 0 || cpus.some((each) => !Number.isInteger(each) || each < 0))
      throw misuse(`the thread ${name} needs a CPU, a whole number from 0`);
    this.threads.push({ name, cpus, mm: mm ?? null, program });
  }

  /** The names of all pages, and each address space's first descriptors in that order. */
  pageNames(): string[] {
    return [...new Set(this.#pages.map(({ page }) => page.name))];
  }

  descriptorsOf(mm: Mm): InitialDescriptor[] {
    return this.pageNames().map((name) => {
      const found = this.#pages.find(({ page }) => page.mm === mm && page.name === name);
      return { frame: found?.permission ? found.frame!.name : null, writable: found?.permission === "rw" };
    });
  }

  /** Whether some page maps the frame at first. */
  isMapped(frame: Frame): boolean {
    return this.#pages.some((each) => each.permission !== null && each.frame === frame);
  }

  #page(mm: Mm, name: string, { permission = "rw", frame, table = "" }: PageOptions): Page {
    if (this.#pages.some(({ page }) => page.mm === mm && page.name === name))
      throw misuse(`${mm.name} has two pages named ${name}`);
    const page: Page = { name, mm, ptl: { name: table ? `${mm.name}.ptl(${table})` : `${mm.name}.ptl` } };
    const own = permission === null ? null : (frame ?? this.frame(`frame:${name}`));
    this.#pages.push({ page, frame: own, permission });
    return page;
  }

  #unique(what: string, name: string, others: readonly { readonly name: string }[]): void {
    if (others.some((other) => other.name === name))
      throw misuse(`there are two of the same name: ${what} ${name}`);
  }
}

function misuse(message: string): TlbcheckError {
  return new TlbcheckError("TLB201", message, { source: callerSource() });
}
