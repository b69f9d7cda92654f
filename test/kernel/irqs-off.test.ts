/** Interrupts off and on: a section that ends leaves them as it found them. */
import { expect, test } from "vitest";
import { type KernelCode, scenario } from "../../src/index.ts";
import { violated } from "../support/verdicts.ts";

/** Whether a thread that has run the program goes on with interrupts on. */
async function areOnAfter(program: KernelCode): Promise<boolean> {
  const family = scenario("irqs", { about: "one thread", arch: ["arm64"] }, (m) => {
    m.mm().page("page0");
    m.thread("task", { cpu: 0 }, (k) => {
      program(k);
      k.do(
        "interrupts are on",
        "data",
        () => [],
        () => [k.system.machine.interrupts.on(k.cpu())],
      );
    });
  });
  return (await violated(family)).length === 0;
}

test("local_irq_save() inside of local_irq_save() restores to off, and the outer one to what was before", async () => {
  const nested: KernelCode = (k) => {
    const outer = k.localIrqSave();
    const inner = k.localIrqSave();
    k.localIrqRestore(inner);
    k.localIrqRestore(outer);
  };
  expect(await areOnAfter(nested)).toBe(true);
  expect(
    await areOnAfter((k) => {
      k.localIrqDisable();
      nested(k);
    }),
  ).toBe(false);
  expect(
    await areOnAfter((k) => {
      k.localIrqSave();
      k.localIrqRestore(k.localIrqSave());
    }),
  ).toBe(false);
});
