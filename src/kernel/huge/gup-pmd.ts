/**
 * `get_user_pages_fast()` of a page that a PMD entry may map (mm/gup.c): with interrupts off and no lock it reads the
 * entry, takes a reference of the page that it finds there, and reads the entry again. Where it finds a table it gives
 * up here: what it does with the entries of that one is another walk's affair.
 */
import { primitive } from "../threads/primitive.ts";
import { FLAG, optional, options, parameterOf } from "../../model/arguments.ts";
import { huge } from "../arguments.ts";
import { setIrqs } from "../locking/irqs-off.ts";
import { choose, type Operand } from "../../model/term.ts";
import { orNone } from "../../model/builder.ts";
import type { HugePage } from "../handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

export interface GupFastOptions {
  /** Whether it asks `pmd_access_permitted()` before it takes the page, as `gup_huge_pmd()` does. True unless given. */
  readonly checksAccess?: boolean;
}

export function gupFastHuge(
  k: ThreadProgram,
  huge: HugePage,
  { checksAccess = true }: GupFastOptions = {},
): void {
  const { entries } = k.system.huge!;
  const { refcounts, observers } = k.system;
  const none = entries.named(entries.format.none);
  const entry = k.register(`${huge.name}.PMD entry`, entries.domain, none);
  const page = k.register(`${huge.name}.found`, orNone(entries.pages), null);
  const seen = () => k.system.pmd(huge).seenBy(k.cpu()).pmd;
  const found = (): Operand => {
    const mapped = entries.page(seen());
    return checksAccess ? choose(entries.is(seen(), entries.format.isAccessPermitted), mapped, null) : mapped;
  };

  setIrqs(k, "local_irq_disable()", true);
  k.event(
    () => [`gup_fast(${huge.name}) reads "`, seen(), '"'],
    () => {
      k.step({
        label: `pmdp_get_lockless(${huge.name})`,
        kind: "re-check",
        ways: [
          {
            body: () => [entry.set(seen()), page.set(found()), observers.tell("pmdRead", k.name, seen())],
            text: () => [`pmdp_get_lockless(${huge.name}): `, seen()],
          },
        ],
      });
      k.if(page.isNot(null), () => {
        k.step({
          label: `try_grab_folio(${huge.name})`,
          kind: "data",
          ways: [
            {
              name: "free",
              guard: () => [refcounts.mayTake(page).not()],
              body: () => page.set(null),
              text: () => ["try_grab_folio(): ", page, " is free"],
            },
            {
              name: "taken",
              guard: () => [refcounts.mayTake(page)],
              body: () => [observers.tell("pageTaken", k.name, page, entry), refcounts.take(page)],
              text: () => ["try_grab_folio(): ", page],
              exit: "taken",
            },
          ],
          exits: { taken: { block: k.block(() => recheck(k, huge, { entry, page, seen })), then: "next" } },
        });
      });
      k.step({ label: "forget", kind: "control", ways: [{ body: () => [entry.set(none), page.set(null)] }] });
    },
  );
  setIrqs(k, "local_irq_enable()", false);
}

/** Reads the entry again; if it is another one by now the reference is dropped. */
function recheck(
  k: ThreadProgram,
  huge: HugePage,
  { entry, page, seen }: { entry: Operand; page: Operand; seen: () => ReturnType<typeof choose> },
): void {
  k.step({
    label: `pmdp_get_lockless(${huge.name}) again`,
    kind: "re-check",
    ways: [
      { name: "same", guard: () => [seen().is(entry)], text: () => "the same entry" },
      {
        name: "another",
        guard: () => [seen().isNot(entry)],
        body: () => k.system.refcounts.drop(page),
        text: () => "another entry: gup_put_folio()",
      },
    ],
  });
}

export const gupPrimitives = {
  /** `get_user_pages_fast()` of a page that a PMD entry may map: takes a reference. */
  gupFastHuge: primitive(gupFastHuge, [
    huge,
    parameterOf("options", optional(options<GupFastOptions>({ checksAccess: optional(FLAG) }))),
  ]),
};
