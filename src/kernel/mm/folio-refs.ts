/** References of folios of one page (include/linux/page_ref.h): the last that is dropped gives the frame back. */
import { primitive } from "../threads/primitive.ts";
import { frame } from "../arguments.ts";
import { bool, when } from "../../model/builder.ts";
import type { Place, Term } from "../../model/term.ts";
import type { Frame } from "../handles.ts";
import { mayBeFreed } from "./debug-vm.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `folio_try_get()`: takes a reference unless there is none left; gives whether. */
function folioTryGet(k: ThreadProgram, what: Term | Frame): Place {
  const frame = k.system.frame(what);
  const { folios, machine } = k.system;
  const taken = k.register("folio_try_get()", bool, false);
  const ordered = (): Term => machine.storesDrained(k.cpu());
  k.event(["folio_try_get(", frame, ")"], () =>
    k.step({
      label: "folio_try_get()",
      kind: "counter",
      ways: [
        {
          name: "taken",
          guard: () => [ordered(), folios.mayTake(frame)],
          body: () => [folios.take(frame), taken.set(true)],
          text: () => ["folio_try_get(", frame, "): one reference more"],
        },
        {
          name: "free",
          guard: () => [ordered(), folios.mayTake(frame).not()],
          body: () => taken.set(false),
          text: () => ["folio_try_get(", frame, ") fails: nobody refers to it"],
          told: () => ["folio_try_get(", frame, ") fails: nobody refers to it"],
        },
      ],
    }),
  );
  return taken;
}

/** `folio_put()`: drops a reference, and frees the frame with the last. */
function folioPut(k: ThreadProgram, what: Term | Frame): void {
  const frame = k.system.frame(what);
  const { folios, machine, frames, observers } = k.system;
  const told = [`${k.name} drops a reference of `, frame, ", which has none"];
  k.event(["folio_put(", frame, ")"], () =>
    k.step({
      label: "folio_put()",
      kind: "counter",
      ways: [
        {
          guard: () => [machine.storesDrained(k.cpu())],
          body: () => [
            observers.tell("required", "debug-vm", folios.mayTake(frame), told),
            when(
              folios.isLast(frame),
              [mayBeFreed(k.system, k.name, frame), frames.free(frame)],
              when(folios.mayTake(frame), folios.drop(frame)),
            ),
          ],
        },
      ],
    }),
  );
}

export const folioPrimitives = {
  /**
   * `folio_try_get()`: takes a reference of a frame that has one. A frame that is mapped at first, or allocated, has
   * one.
   */
  folioTryGet: primitive(folioTryGet, [frame], "whether a reference was taken, in a register"),
  /** `folio_put()`: drops a reference; the last one frees the frame. */
  folioPut: primitive(folioPut, [frame]),
};
