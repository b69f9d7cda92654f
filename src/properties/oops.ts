/** No access of kernel code takes a page fault that nobody handles (`page_fault_oops()`, `die_kernel_fault()`). */
import { assert } from "../model/builder.ts";
import { FALSE } from "../model/term.ts";
import { type KernelProperty, needTlb } from "./property.ts";

const NAME = "oops";

export const oops: KernelProperty = {
  name: NAME,
  aliases: [],
  says: "no access of kernel code takes a page fault that nobody handles",
  attach: (system) => {
    needTlb(system, NAME);
    system.builder.assertion(NAME, {
      consequence: "the kernel took a page fault on an address that it may use",
    });
    system.observers.add({
      oopsed: (thread, cpu) => assert(NAME, FALSE, [cpu, `: ${thread} takes a page fault in the kernel`]),
    });
  },
};
