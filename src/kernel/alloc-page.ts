/** `alloc_page()`: takes any frame that is free, into a register. */
import type { Place } from "../model/term.ts";
import type { Page } from "./handles.ts";
import type { Thread } from "./thread.ts";

export function allocPage(k: Thread, page: Page, frame: Place): void {
  const { frames, machine } = k.system;
  k.step({
    label: `alloc frame for ${page.name}`,
    kind: "data",
    ways: [
      {
        choices: { free: machine.domains.frame },
        guard: ({ free }) => [frames.isAllocatable(free!)],
        body: ({ free }) => [frames.take(free!), frame.set(free!)],
        text: ({ free }) => ["alloc_page(): ", free!],
      },
    ],
  });
}
