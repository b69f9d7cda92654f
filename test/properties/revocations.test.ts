/** Which later mappings end a revocation, and which put back what had been revoked. */
import { describe, expect, test } from "vitest";
import { bool, type KernelCode, type Page, scenario, type Thread } from "../../src/index.ts";
import { literal } from "../../src/model/term.ts";
import { violated } from "../support/verdicts.ts";

interface Racing {
  /** What another thread does, told how to wait for the return of the revoking call. */
  readonly other: (k: Thread, page: Page, afterReturn: () => void) => void;
  /** What is revoked: all access by clearing the entry, or writing by making it read-only. */
  readonly what?: "all" | "write";
  /** What the revoking thread does after its call. */
  readonly then?: (k: Thread, page: Page) => void;
  readonly arch?: string;
}

/** A call revokes a page, if it is mapped, while another thread changes the entry; then the page is accessed. */
function race({ other, what = "all", then = (k, page) => k.access(page), arch = "arm64" }: Racing) {
  return scenario("race", { about: "an entry is mapped around a revocation", arch: [arch] }, (m) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.spareFrame("spare");
    m.thread("other", { cpu: 0, mm }, (k) => {
      const returned = k.system.sharedVariable("returned", bool, false);
      const wait: KernelCode = (by) =>
        by.do(
          "wait",
          "wait",
          () => [],
          () => [returned.memory.fields.value],
        );
      other(k, page, () => wait(k));
    });
    m.thread("revokes", { cpu: 1, mm }, (k) => {
      const returned = k.system.sharedVariable("returned", bool, false);
      const { system } = k;
      k.mmCall(
        "revoke",
        mm,
        () => {
          const old = k.ptepGet(page);
          k.if(old.present, () => {
            k.ptepGetAndClear(page);
            if (what === "write") k.setPteAt(page, old.frame, "ro");
          });
          k.flushTlbRange(page);
        },
        { done: () => system.observers.tell("revoking", k.name, system.at(page), what) },
      );
      k.writeOnce(returned, true);
      then(k, page);
    });
    m.check("revoked-access");
  });
}

/** The frame that the page lies in at first. */
const firstFrame = (k: Thread) => literal(k.system.machine.domains.frame, "frame:page0");

describe.each(["arm64", "intel", "riscv"])("on %s the page was revoked, and is reached again by", (arch) => {
  test.each<[string, Racing]>([
    [
      "the entry that a thread took out before the revocation and puts back after it",
      {
        other: (k, page, afterReturn) => {
          const old = k.ptepGetAndClear(page);
          k.flushTlbRange(page);
          afterReturn();
          k.if(old.present, () => k.setPteAt(page, old.frame, "ro"));
        },
      },
    ],
    [
      "the same, where the thread names the frame instead of remembering it",
      {
        other: (k, page, afterReturn) => {
          k.ptepGetAndClear(page);
          k.flushTlbRange(page);
          afterReturn();
          k.setPteAt(page, firstFrame(k));
        },
      },
    ],
    [
      "the same, where it wrote a swap entry over the mapping",
      {
        other: (k, page, afterReturn) => {
          k.setSwapEntry(page);
          k.flushTlbRange(page);
          afterReturn();
          k.setPteAt(page, firstFrame(k));
        },
      },
    ],
    [
      "a writable entry, read before it was made read-only and stored over it",
      {
        what: "write",
        then: (k, page) => k.store(page),
        other: (k, page, afterReturn) => {
          const old = k.ptepGet(page);
          afterReturn();
          k.if(old.present, () => k.setPteAt(page, old.frame, "rw"));
        },
      },
    ],
  ])("%s", async (_, racing) => {
    expect(await violated(race({ ...racing, arch }))).toEqual(["revoked-access"]);
  });

  test.each<[string, Racing]>([
    [
      "a thread that looks at the entry after the return and maps the old frame",
      {
        other: (k, page, afterReturn) => {
          afterReturn();
          k.ptepGet(page);
          k.setPteAt(page, firstFrame(k));
        },
      },
    ],
    [
      "a call that begins after the return and maps the old frame, whatever its thread saw before",
      {
        other: (k, page, afterReturn) => {
          k.ptepGetAndClear(page);
          k.flushTlbRange(page);
          afterReturn();
          k.syscall("remap", () => k.setPteAt(page, firstFrame(k)));
        },
      },
    ],
    [
      "a racing fault, which maps a new frame",
      { other: (k, page) => k.load(page, { onFault: (handler) => handler.handleMmFault(page) }) },
    ],
    [
      "the revoking thread itself, by mmap()",
      {
        other: () => {},
        then: (k, page) => {
          k.populate(page);
          k.access(page);
        },
      },
    ],
    [
      "mprotect(PROT_WRITE) after writing was revoked",
      {
        what: "write",
        other: () => {},
        then: (k, page) => {
          k.mprotect(page, "rw");
          k.store(page);
        },
      },
    ],
  ])("no revocation is left behind %s", async (_, racing) => {
    expect(await violated(race({ ...racing, arch }))).toEqual([]);
  });
});
