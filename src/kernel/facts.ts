/** The state of the kernel in words, for traces: page-table entries, frames, locks. */
import { addMachineFacts } from "../arch/facts.ts";
import { permission, word } from "../arch/text.ts";
import type { TermText } from "../model/builder.ts";
import { formatValue } from "../model/domain.ts";
import { and, eachOf, type Term, TRUE } from "../model/term.ts";
import type { System } from "./system.ts";

/** Adds the facts of a system, when all programs are written. */
export function addFacts(system: System): void {
  addEntryFacts(system);
  addMachineFacts(system.builder, system.machine);
  addFrameFacts(system);
  system.locks.addFacts();
  for (const semaphore of system.semaphores()) semaphore.addFacts();
}

function addEntryFacts(system: System): void {
  const { builder, pageTables } = system;
  for (const mm of system.mms)
    for (const page of system.pagesOf(mm)) {
      const { huge } = system;
      const name = system.mms.length > 1 ? `${page.name} in ${mm.name}` : page.name;
      const stored = pageTables.stored(system.space(mm), system.page(page));
      const { valid, frame, writable, software } = stored;
      const fact = (when: Term, text: TermText): void => builder.fact(name, when, text, true);
      if (huge && page.huge) {
        fact(TRUE, ["PMD entry: ", huge.pmd(system.space(mm), system.page(page))]);
        continue;
      }
      const flags = pageTables.storesFlags
        ? [word(stored.accessed, ", young", ", old"), word(stored.dirty, ", dirty", ", clean")]
        : [];
      fact(valid, ["entry -> ", frame, " ", permission(writable), ...flags]);
      fact(and(valid.not(), software.is("swap")), "swap entry");
      fact(and(valid.not(), software.is("none"), frame.isNot(null)), ["not present, ", frame, " kept in it"]);
      fact(and(valid.not(), software.is("none"), frame.is(null)), "no entry");
    }
}

function addFrameFacts({ builder, frames, machine }: System): void {
  const { frame: domain } = machine.domains;
  eachOf(domain).forEach((frame, number) => {
    const name = formatValue(domain, number);
    builder.fact(name, frames.isFree(frame), "free", true);
    builder.fact(name, frames.isReused(frame), "has another owner", true);
    builder.fact(name, frames.isTable(frame), "a page table");
  });
}
