/**
 * The instructions by which kernel code invalidates TLBs or loads page tables, one step each, for code that does it by
 * itself. What the kernel's functions keep of TLBs (`loaded_mm`, generations, masks) they do not touch.
 */
import { primitive } from "../threads/primitive.ts";
import {
  type Description,
  either,
  FLAG,
  oneOf,
  optional,
  options,
  orNull,
  parameterOf,
  TEXT,
  wholeNumber,
} from "../../model/arguments.ts";
import { MM, mm, PAGE } from "../arguments.ts";
import type { Scope } from "../../arch/architecture.ts";
import type { Body } from "../../model/builder.ts";
import { suggest, TlbcheckError } from "../../model/diagnostic.ts";
import { own } from "../../model/own.ts";
import { callerSource } from "../../model/source.ts";
import { eachOf, type Term } from "../../model/term.ts";
import type { Mm, Page } from "../handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** What an instruction names: a page of an address space, or all of one. */
type Named = Page | Mm;

/** `TLBI`: issued, and complete once a DSB has awaited it. */
function tlbi(k: ThreadProgram, name: string, of?: Named): void {
  requireInstruction(k, "TLBI", "VALE1IS");
  invalidation(k, name, of, `TLBI ${name}`);
}

function invlpgb(k: ThreadProgram, name: string, of?: Named): void {
  requireInstruction(k, "INVLPGB", "INVLPGB page");
  invalidation(k, `INVLPGB ${name}`, of, `INVLPGB ${name}`);
}

function invalidation(k: ThreadProgram, name: string, of: Named | undefined, told: string): void {
  const { machine } = k.system;
  const found = own(machine.architecture.invalidations, name);
  const same = Object.keys(machine.architecture.invalidations);
  if (!found) throw wrong(`${machine.architecture.name} has no invalidation ${name}`, suggest(name, same));
  const byPage = found.by.startsWith("page");
  if (byPage && of?.kind !== "page")
    throw wrong(`${told} invalidates by address, and names no page`, "name a page");
  if (found.by === "asid" && !of)
    throw wrong(`${told} invalidates by ASID, and names none`, "name an address space");
  if (found.by === "all" && of)
    throw wrong(`${told} invalidates everything, and takes no operand`, "leave it out");
  const operands = (): Scope => ({
    asid: found.by === "page" || found.by === "asid" ? identifierOf(k, spaceOf(of!)) : null,
    page: byPage ? k.system.page(of as Page) : null,
  });
  execute(k, `${told}${of ? ` ${of.name}` : ""}`, name, operands);
}

/** `INVLPG`: the address under the loaded PCID, and global entries. */
function invlpg(k: ThreadProgram, page: Page): void {
  requireInstruction(k, "INVLPG", "INVLPG");
  execute(k, `INVLPG ${page.name}`, "INVLPG", () => ({
    asid: k.system.machine.loadedAsid(k.cpu()),
    page: k.system.page(page),
  }));
}

/** The types of INVPCID that are modelled. */
type InvpcidType = "single-context" | "all";

function invpcid(k: ThreadProgram, type: InvpcidType, { slot }: { readonly slot?: number } = {}): void {
  requireInstruction(k, "INVPCID", "INVPCID all");
  const asid = (): Term | null => (type === "all" ? null : pcid(k, "k.invpcid()", slot));
  execute(k, `INVPCID ${type}`, `INVPCID ${type}`, () => ({ asid: asid(), page: null }));
}

/** How MOV CR3 loads page tables. */
export interface MovCr3 {
  /** Bit 63: keep what is cached under the PCID. Dropped unless given. */
  readonly keep?: boolean;
  /** The PCID, by its number from 0; the one that is loaded unless given. */
  readonly slot?: number;
}

function movCr3(k: ThreadProgram, mm: Mm, { keep = false, slot }: MovCr3 = {}): void {
  requireInstruction(k, "MOV CR3", "INVLPG");
  const asid = pcid(k, "k.movCr3()", slot);
  loadTables(k, mm, `MOV CR3: ${mm.name}${keep ? ", bit 63" : ""}`, { asid, preserve: keep });
}

function writeTtbr0(k: ThreadProgram, mm: Mm): void {
  requireInstruction(k, "MSR TTBR0_EL1", "VALE1IS");
  loadTables(k, mm, `MSR TTBR0_EL1: ${mm.name}`, { asid: identifierOf(k, mm), preserve: true });
}

function writeSatp(k: ThreadProgram, mm: Mm): void {
  requireInstruction(k, "CSRW satp", "SFENCE.VMA x0, x0");
  loadTables(k, mm, `CSRW satp: ${mm.name}`, { asid: identifierOf(k, mm), preserve: true });
}

/** From here on the user accesses of the thread are in this address space. */
function loadTables(
  k: ThreadProgram,
  mm: Mm,
  label: string,
  how: { readonly asid: Term; readonly preserve: boolean },
): void {
  const { machine } = k.system;
  const body = (): Body => machine.loadContext(k.cpu(), { space: k.system.space(mm), ...how });
  k.do(label, "data", body, () => [machine.mayComplete(k.cpu(), "context write")]);
  k.usedMm = mm;
}

/** `SFENCE.VMA`, whose operands may each be x0. */
function sfenceVma(k: ThreadProgram, page: Page | null, mm: Mm | null): void {
  requireInstruction(k, "SFENCE.VMA", "SFENCE.VMA x0, x0");
  const name = `SFENCE.VMA ${page ? "rs1" : "x0"}, ${mm ? "rs2" : "x0"}`;
  const label = `SFENCE.VMA ${page?.name ?? "x0"}, ${mm?.name ?? "x0"}`;
  execute(k, label, name, () => ({
    asid: mm ? identifierOf(k, mm) : null,
    page: page ? k.system.page(page) : null,
  }));
}

/** `ISB`: a context synchronization event. */
function isb(k: ThreadProgram): void {
  requireInstruction(k, "ISB", "VALE1IS");
  k.do("isb()", "barrier", () => k.system.machine.synchronizeContext(k.cpu()));
}

function execute(k: ThreadProgram, label: string, name: string, operands: () => Scope): void {
  const { machine } = k.system;
  const way = {
    guard: () => [machine.invalidateGuard(k.cpu(), name)],
    body: () => machine.invalidate(k.cpu(), name, operands()),
  };
  k.event(label, () => k.step({ label, kind: "flush", ways: [way] }));
}

function spaceOf(of: Named): Mm {
  return of.kind === "mm" ? of : of.mm;
}

/** The ASID of an address space; of what has PCIDs, the one that INVLPGB finds it under. */
function identifierOf(k: ThreadProgram, mm: Mm): Term {
  const { machine, tlbGenerations } = k.system;
  return tlbGenerations ? tlbGenerations.globalAsid(mm) : machine.identifierOf(k.system.space(mm));
}

function pcid(k: ThreadProgram, call: string, slot: number | undefined): Term {
  const { machine } = k.system;
  if (slot === undefined) return machine.loadedAsid(k.cpu());
  const slots = eachOf(machine.domains.asid);
  const found = slots[slot];
  if (found) return found;
  throw wrong(
    `${call}: there is no PCID ${slot}`,
    `slots are numbered from 0 to ${slots.length - 1}: each address space adds one`,
  );
}

/** Refuses an instruction that the architecture of the scenario lacks, which has no invalidation of this name. */
function requireInstruction(k: ThreadProgram, instruction: string, witness: string): void {
  const { name, invalidations } = k.system.machine.architecture;
  if (own(invalidations, witness)) return;
  throw wrong(
    `${name} has no instruction ${instruction}`,
    "ask m.arch before, or leave the architecture out",
  );
}

function wrong(message: string, hint: string | undefined): TlbcheckError {
  return new TlbcheckError("TLB201", message, { ...(hint ? { hint } : {}), source: callerSource() });
}

const NAMED: Description<Named> = either(
  (given) => typeof given === "object" && given !== null && "kind" in given && given.kind === "mm",
  MM,
  PAGE,
);
const named = parameterOf("of", optional(NAMED));
const SLOT = optional(wholeNumber(0));

export const tlbInstructionPrimitives = {
  /** `TLBI` of arm64, such as `k.tlbi("VALE1IS", page)`: issued here, complete behind a DSB. */
  tlbi: primitive(tlbi, [parameterOf("name", TEXT), named]),
  /** `INVLPG` of x86: an address under the loaded PCID. */
  invlpg: primitive(invlpg, [parameterOf("page", PAGE)]),
  /** `INVPCID` of x86: one PCID, the loaded one unless a slot is named, or all of them with global entries. */
  invpcid: primitive(invpcid, [
    parameterOf("type", oneOf<InvpcidType>("single-context", "all")),
    parameterOf("options", optional(options<{ readonly slot?: number }>({ slot: SLOT }))),
  ]),
  /** `INVLPGB` of AMD, such as `k.invlpgb("page", page)`, under the global ASID: complete behind `k.barrier("tlbsync")`. */
  invlpgb: primitive(invlpgb, [parameterOf("name", TEXT), named]),
  /** `MOV CR3` of x86: loads page tables, and drops what is cached under the PCID unless told to keep it. */
  movCr3: primitive(movCr3, [
    mm,
    parameterOf("options", optional(options<MovCr3>({ keep: optional(FLAG), slot: SLOT }))),
  ]),
  /** `MSR TTBR0_EL1` of arm64: loads page tables, and invalidates nothing. */
  writeTtbr0: primitive(writeTtbr0, [mm]),
  /** `CSRW satp` of riscv: loads page tables, and invalidates nothing. */
  writeSatp: primitive(writeSatp, [mm]),
  /** `SFENCE.VMA` of riscv on this hart; null is x0, which stands for any address, or any ASID. */
  sfenceVma: primitive(sfenceVma, [parameterOf("page", orNull(PAGE)), parameterOf("mm", orNull(MM))]),
  /** `ISB` of arm64. */
  isb: primitive(isb, []),
};
