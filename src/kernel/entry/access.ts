/** User accesses as steps of a thread: translated and then performed, or faulting. */
import { CODE, primitive } from "../threads/primitive.ts";
import { optional, options, parameterOf } from "../../model/arguments.ts";
import { PAGE } from "../arguments.ts";
import type { AccessKind, AccessWay } from "../../arch/access.ts";
import { TlbcheckError } from "../../model/diagnostic.ts";
import type { Body } from "../../model/builder.ts";
import { callerSource } from "../../model/source.ts";
import type { Page } from "../handles.ts";
import type { KernelCode } from "../threads/thread-program.ts";
import type { Op, Way } from "../../program/step.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** Whose access it is: a fault of user code without a handler is a signal, one of kernel code an oops. */
type Whose = "user" | "kernel";

export interface AccessOptions {
  /**
   * The handler of a fault; the access is tried again after it. Without one a fault ends the access: the
   * thread gets a signal and goes on behind it.
   */
  readonly onFault?: KernelCode;
}

export function accessPage(
  k: ThreadProgram,
  page: Page,
  kinds: readonly AccessKind[],
  { onFault, whose = "user" }: AccessOptions & { readonly whose?: Whose },
): void {
  if (k.system.machine.architecture.entriesOnly)
    throw new TlbcheckError("TLB207", `${k.system.machine.architecture.name} translates no accesses here`, {
      hint: "only its page-table entries are modelled; ask arm64, intel, amd or riscv",
      source: callerSource(),
    });
  requireReach(k, page);
  k.event(`${kinds.join(" or ")} ${page.name}`, () =>
    k.step({
      label: `${kinds.join("/")} ${page.name}`,
      kind: "data",
      ways: kinds.flatMap((kind) => {
        const ways = k.system.machine.access.ways(k.cpu(), kind, k.system.page(page));
        return ways.map((way) => asStep(k, page, { kind, way, whose, handled: onFault !== undefined }));
      }),
      exits: {
        translated: { block: k.block(() => perform(k, page)), then: "next" },
        again: { block: [], then: "again" },
        // Who oopses goes no further.
        fault: {
          block: faultBlock(k, page, onFault),
          then: onFault ? "again" : whose === "kernel" ? "end" : "next",
        },
      },
    }),
  );
}

/** Refuses, with TLB201, a page of no address space that the thread uses: the access would be one of some other page. */
function requireReach(k: ThreadProgram, page: Page): void {
  const { usedMm, system } = k;
  if (usedMm === page.mm || system.machine.globals.certainlyHas(system.page(page))) return;
  const uses = usedMm ? `uses ${usedMm.name}` : "has no address space";
  throw new TlbcheckError(
    "TLB201",
    `${k.name} accesses ${page.name} of ${page.mm.name}, but the thread ${uses}`,
    {
      hint: "give it one, m.thread(name, { cpu, mm }, …), or have it borrow one, k.kthreadUseMm(mm)",
      source: callerSource(),
    },
  );
}

interface TriedAccess {
  readonly kind: AccessKind;
  readonly way: AccessWay;
  readonly whose: Whose;
  /** Whether somebody handles its fault. */
  readonly handled: boolean;
}

function asStep(k: ThreadProgram, page: Page, { kind, way, whose, handled }: TriedAccess): Way {
  const told = (choices: Parameters<AccessWay["told"]>[0]) => [
    `${kind} ${page.name}: `,
    ...way.told(choices),
  ];
  const exit = way.outcome === "translated" || way.outcome === "again" ? way.outcome : "fault";
  return {
    name: `${kind} ${way.name}`,
    get choices() {
      return way.choices;
    },
    guard: way.guard,
    // A fault is an exception entry. It is found before stores drain, which the return or a lock waits for.
    body: (choices) => [
      way.body(choices),
      exit === "fault" ? k.system.machine.synchronizeContext(k.cpu()) : [],
      exit === "fault" && !handled ? unhandled(k, page, whose) : [],
    ],
    exit,
    text: told,
    told,
  };
}

function unhandled(k: ThreadProgram, page: Page, whose: Whose): Body {
  const { observers } = k.system;
  return whose === "user"
    ? observers.tell("signalled", k.cpu())
    : observers.tell("oopsed", k.name, k.cpu(), k.system.at(page));
}

function perform(k: ThreadProgram, page: Page): void {
  const { machine } = k.system;
  k.step({
    label: `perform ${page.name}`,
    kind: "data",
    ways: [
      { body: () => machine.access.perform(k.cpu()), text: () => `the access to ${page.name} is performed` },
    ],
  });
}

/** The handler, and the exception return behind it. */
function faultBlock(k: ThreadProgram, page: Page, onFault: KernelCode | undefined): readonly Op[] {
  if (!onFault) return [];
  return k.block(() =>
    k.outsideEvent(() => {
      k.run(onFault);
      k.event("return to the access", () =>
        k.step({
          label: `return to the access to ${page.name}`,
          kind: "control",
          ways: [
            {
              guard: () => [k.system.machine.mayComplete(k.cpu(), "exception")],
              body: () => k.system.machine.synchronizeContext(k.cpu()),
            },
          ],
        }),
      );
    }),
  );
}

const accessParameters = [
  parameterOf("page", PAGE),
  parameterOf("options", optional(options<AccessOptions>({ onFault: optional(CODE) }))),
] as const;

/** One kind of access, or one of several. */
function accessing(...kinds: readonly AccessKind[]) {
  return (k: ThreadProgram, page: Page, options: AccessOptions = {}): void =>
    accessPage(k, page, kinds, options);
}

/** An access of kernel code to a page that its page tables map. */
function byKernel(kind: AccessKind) {
  return (k: ThreadProgram, page: Page, options: AccessOptions = {}): void =>
    accessPage(k, page, [kind], { ...options, whose: "kernel" });
}

export const accessPrimitives = {
  /** Loads from a user page. */
  load: primitive(accessing("load"), accessParameters),
  /** Stores to a user page. */
  store: primitive(accessing("store"), accessParameters),
  /** Loads from a user page or stores to it: either may happen. */
  access: primitive(accessing("load", "store"), accessParameters),
  /** Loads by kernel code: a fault that nobody handles is an oops, which ends the thread. */
  kernelLoad: primitive(byKernel("load"), accessParameters),
  /** Stores by kernel code: the same. */
  kernelStore: primitive(byKernel("store"), accessParameters),
};
