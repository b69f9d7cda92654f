/** Frames taken from the allocator and given back to it. */
import { primitive } from "../threads/primitive.ts";
import { optional, parameterOf, TEXT } from "../../model/arguments.ts";
import { frame } from "../arguments.ts";
import { orNone } from "../../model/builder.ts";
import type { Frame } from "../handles.ts";
import type { Place, Term } from "../../model/term.ts";
import { mayBeFreed } from "./debug-vm.ts";
import { awaitsFrame } from "../threads/awaits.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `alloc_page()`: takes any frame that is free, into a register. */
export function allocPage(k: ThreadProgram, page: { readonly name: string }, frame: Place): void {
  const { frames, machine } = k.system;
  k.step({
    label: `alloc frame for ${page.name}`,
    kind: "data",
    awaits: () => [awaitsFrame(machine, frames)],
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

/** `alloc_page()` into a register of that name, which it gives. */
function allocInto(k: ThreadProgram, name = "page"): Place {
  const frame = k.register(`${name}.new`, orNone(k.system.machine.domains.frame), null);
  k.event("alloc_page()", () => allocPage(k, { name }, frame));
  return frame;
}

/** Gives a frame back to the allocator. */
export function freeFrame(k: ThreadProgram, what: Term | Frame): void {
  const frame = k.system.frame(what);
  const { machine, frames } = k.system;
  k.event(["free ", frame], () =>
    k.step({
      label: "free frame",
      kind: "data",
      // The last reference is dropped by an atomic that is fully ordered, put_page_testzero().
      ways: [
        {
          guard: () => [machine.storesDrained(k.cpu())],
          body: () => [mayBeFreed(k.system, k.name, frame), frames.free(frame)],
          text: () => ["free ", frame],
        },
      ],
    }),
  );
}

/** Copies what a frame holds, as migration does once nothing maps it. */
export function copyFrame(k: ThreadProgram, what: Term | Frame): void {
  const from = k.system.frame(what);
  k.event(["copy ", from], () =>
    k.step({
      label: "copy frame",
      kind: "data",
      ways: [{ body: () => k.system.observers.tell("copied", from) }],
    }),
  );
}

export const framePrimitives = {
  /** `alloc_page()`: takes a frame that is free, and waits while there is none. The name is that of the register. */
  allocPage: primitive(allocInto, [parameterOf("name", optional(TEXT))], "the frame, in a register"),
  /** Copies what a frame holds: from here on its content is looked for in the copy. */
  copyFrame: primitive(copyFrame, [frame]),
  /** Gives a frame back to the allocator. */
  freeFrame: primitive(freeFrame, [frame]),
};
