/**
 * P-CONFLICT: no lookup of an access that executes finds two entries for its address that conflict. Entries of two sizes
 * do; those of one size that map different frames do on Arm (ARM-9) and RISC-V, and not on x86, whose rule is about the
 * page size (X86-13). That both are cached is no violation; that both are found is, whichever is used. Entries that
 * differ in permission alone are none: an upgrade leaves the old one behind.
 */
import { assert } from "../model/builder.ts";
import { FALSE } from "../model/term.ts";
import { type KernelProperty, needTlb } from "./property.ts";

const NAME = "tlb-conflict";

export const tlbConflict: KernelProperty = {
  name: NAME,
  aliases: ["P-CONFLICT"],
  says: "no lookup hits two entries that differ in size, or on arm64 and riscv in address",
  attach: (system) => {
    needTlb(system, NAME);
    const { builder, machine } = system;
    builder.assertion(NAME, {
      aliases: tlbConflict.aliases,
      consequence: "a lookup hit two entries that conflict",
    });
    machine.access.onTranslate(({ cpu, page }) =>
      assert(NAME, machine.tlb.conflicts(cpu, page).not(), [
        cpu,
        " looks up ",
        page,
        ", for which its TLB has entries that differ in size or address",
      ]),
    );
    machine.access.onConflict((cpu, page) =>
      assert(NAME, FALSE, [cpu, " reports that entries for ", page, " differ in size or address"]),
    );
  },
};
