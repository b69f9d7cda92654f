/** User accesses as steps of a thread: translated by a cached entry and then performed, or faulting. */
import type { AccessKind, CachedTranslation } from "../arch/access.ts";
import { word } from "../arch/text.ts";
import { type Arguments, bool, type TermText } from "../model/builder.ts";
import type { Term } from "../model/term.ts";
import type { Page } from "./handles.ts";
import type { KernelCode } from "./kernel-arch.ts";
import type { Choices, Op, Way } from "./program.ts";
import type { Thread } from "./thread.ts";

export interface AccessOptions {
  /**
   * The handler of a fault; the access is tried again after it. Without one a fault ends the access: the
   * thread gets a signal and goes on behind it.
   */
  readonly onFault?: KernelCode;
}

export function accessPage(
  k: Thread,
  page: Page,
  kinds: readonly AccessKind[],
  { onFault }: AccessOptions,
): void {
  k.event(`${kinds.join(" or ")} ${page.name}`, () =>
    k.step({
      label: `${kinds.join("/")} ${page.name}`,
      kind: "data",
      ways: [
        ...kinds.flatMap((kind) =>
          kind === "store" ? [hit(k, page, kind), forbidden(k, page)] : [hit(k, page, kind)],
        ),
        miss(k, page, kinds),
        absent(k, page, kinds),
      ],
      exits: {
        miss: { block: [], then: "again" },
        hit: { block: k.block(() => perform(k, page)), then: "next" },
        fault: { block: faultBlock(k, onFault), then: onFault ? "again" : "next" },
      },
    }),
  );
}

function hit(k: Thread, page: Page, kind: AccessKind): Way {
  const { machine } = k.system;
  const told = (entry: Arguments<Choices>): TermText => [
    `${kind} ${page.name} through a cached `,
    word(entry["writable"]!, "RW", "RO"),
    " entry",
  ];
  return {
    name: `${kind} hits`,
    choices: entryChoices(k),
    guard: (entry) => machine.access.hits(k.cpu(), kind, cached(k, page, entry)),
    body: (entry) => machine.access.translate(k.cpu(), kind, cached(k, page, entry)),
    exit: "hit",
    text: told,
    told,
  };
}

/** Reading is never forbidden here: an entry that exists allows it. */
function forbidden(k: Thread, page: Page): Way {
  const { machine } = k.system;
  const told = (): TermText => `store ${page.name}: permission fault`;
  return {
    name: "store forbidden",
    choices: entryChoices(k),
    guard: (entry) => machine.access.storeFaults(k.cpu(), cached(k, page, entry)),
    body: () => fault(k, page),
    exit: "fault",
    text: told,
    told,
  };
}

function miss(k: Thread, page: Page, kinds: readonly AccessKind[]): Way {
  const { machine } = k.system;
  const told = (): TermText => `${kinds.join(" or ")} ${page.name}: TLB miss, walk`;
  return {
    name: "miss",
    guard: () => machine.access.misses(k.cpu(), k.system.page(page)),
    body: () => machine.walker.walkOnDemand(k.cpu(), k.system.page(page)),
    exit: "miss",
    text: told,
    told,
  };
}

function absent(k: Thread, page: Page, kinds: readonly AccessKind[]): Way {
  const { machine } = k.system;
  const told = (): TermText => `${kinds.join(" or ")} ${page.name}: translation fault`;
  return {
    name: "absent",
    guard: () => machine.access.faultsOnTranslation(k.cpu(), k.system.page(page)),
    body: () => fault(k, page),
    exit: "fault",
    text: told,
    told,
  };
}

/** A fault is an exception entry. */
function fault(k: Thread, page: Page) {
  const { machine } = k.system;
  return [machine.access.fault(k.cpu(), k.system.page(page)), machine.synchronizeContext(k.cpu())];
}

function perform(k: Thread, page: Page): void {
  const { machine } = k.system;
  k.step({
    label: `perform ${page.name}`,
    kind: "data",
    ways: [
      { body: () => machine.access.perform(k.cpu()), text: () => `the access to ${page.name} is performed` },
    ],
  });
}

function faultBlock(k: Thread, onFault: KernelCode | undefined): readonly Op[] {
  return onFault ? k.block(() => k.outsideEvent(() => onFault(k))) : [];
}

/** Which entry a lookup uses is the hardware's choice among those that match. */
function entryChoices(k: Thread): Choices {
  const { asid, frame } = k.system.machine.domains;
  return { asid, frame, writable: bool };
}

function cached(k: Thread, page: Page, entry: Arguments<Choices>): CachedTranslation {
  const { asid, frame, writable } = entry as Record<"asid" | "frame" | "writable", Term>;
  return { asid, page: k.system.page(page), frame, writable };
}
