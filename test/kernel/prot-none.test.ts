/**
 * PROT_NONE as a permission: the entry is present for the kernel, which finds the page in it, and of no use to walkers
 * (`pte_present()`, `pte_protnone()`: PTE_PRESENT_INVALID on arm64, _PAGE_PROTNONE on x86, _PAGE_PROT_NONE on riscv).
 */
import { describe, expect, test } from "vitest";
import {
  and,
  type Family,
  type Mm,
  type Page,
  type Scenario,
  scenario,
  type Thread,
} from "../../src/index.ts";
import { modelOf, verdictsOf } from "../support/verdicts.ts";

const ARCHES = ["arm64", "intel", "amd", "riscv"];

function family(body: (m: Scenario, mm: Mm) => void): Family {
  return scenario("prot-none", { about: "PROT_NONE", arch: ARCHES }, (m) => body(m, m.mm()));
}

async function unreached(made: Family, arch: string): Promise<readonly string[]> {
  const found = await verdictsOf(modelOf(made, undefined, undefined, arch));
  expect(found.violated).toEqual({});
  return found.unreached;
}

describe.each(ARCHES)("on %s", (arch) => {
  test("mprotect(PROT_NONE) revokes every access: loads behind its return are not performed", async () => {
    const made = family((m, mm) => {
      const page = mm.page("page0");
      m.thread("protects", { cpu: 0, mm }, (k) => k.mprotect(page, "none"));
      m.thread("loads", { cpu: 1, mm }, (k) => k.load(page));
      m.check("revoked-access", "use-after-free-page");
      m.goal("the entry is of no use to walkers", (system) => system.pte(page).valid.not());
    });
    expect(await unreached(made, arch)).toEqual([]);
  });

  test("without the flush the access is still made", async () => {
    const made = family((m, mm) => {
      const page = mm.page("page0");
      m.thread("protects", { cpu: 0, mm }, (k) =>
        k.mmCall("mprotect(no flush)", mm, () => void k.changePteRange(page, "none"), {
          done: () => k.system.observers.tell("revoking", k.name, k.system.at(page), "all"),
        }),
      );
      m.thread("loads", { cpu: 1, mm }, (k) => k.load(page));
      m.check("revoked-access");
    });
    const found = await verdictsOf(modelOf(made, undefined, undefined, arch));
    expect(Object.keys(found.violated)).toEqual(["revoked-access"]);
  });

  test.each<[string, (k: Thread, page: Page) => void, "ro" | "rw"]>([
    ["mprotect(PROT_READ)", (k, page) => k.mprotect(page, "ro"), "ro"],
    ["mprotect(PROT_WRITE)", (k, page) => k.mprotect(page, "rw"), "rw"],
    ["change_pte_range() to read-only", (k, page) => void k.changePteRange(page, "ro"), "ro"],
  ])("the entry keeps its page: %s makes it accessible again", async (_, change, permission) => {
    const made = family((m, mm) => {
      const page = mm.page("page0", { permission: "none" });
      m.thread("protects", { cpu: 0, mm }, (k) => change(k, page));
      m.goal("the page is back", (system) => {
        const { valid, frame, writable } = system.pte(page);
        return and(valid, frame.is("frame:page0"), permission === "rw" ? writable : writable.not());
      });
    });
    expect(await unreached(made, arch)).toEqual([]);
  });

  test("munmap() finds the page in it, and frees it", async () => {
    const made = family((m, mm) => {
      const page = mm.page("page0", { permission: "none" });
      m.thread("unmaps", { cpu: 0, mm }, (k) => k.munmap(page));
      m.check("use-after-free-page");
      m.goal("the page is freed", (system, thread) =>
        and(thread("unmaps").ended(), system.frames.inUse(page.frame).not()),
      );
    });
    expect(await unreached(made, arch)).toEqual([]);
  });

  test("a fault takes it for a hint of NUMA balancing, do_numa_page(): no other page is mapped", async () => {
    const made = family((m, mm) => {
      const page = mm.page("page0", { permission: "none" });
      m.spareFrame("other");
      m.thread("loads", { cpu: 0, mm }, (k) =>
        k.load(page, { onFault: (handler) => handler.handleMmFault(page) }),
      );
      m.check("endless-fault");
      m.goal("the same page is accessible", (system) => {
        const { valid, frame } = system.pte(page);
        return and(valid, frame.is("frame:page0"));
      });
    });
    expect(await unreached(made, arch)).toEqual([]);
  });

  test("set_pte_at() stores one, which ptep_get() calls present", async () => {
    const made = family((m, mm) => {
      const page = mm.page("page0");
      m.thread("stores", { cpu: 0 }, (k) => {
        const old = k.ptepGetAndClear(page);
        k.setPteAt(page, old.frame, "none");
        const now = k.ptepGet(page);
        m.goal("present", () => and(now.present, k.ended()));
      });
    });
    expect(await unreached(made, arch)).toEqual([]);
  });
});

test.each(["r", "PROT_NONE", undefined])("other permissions are refused: %s", (permission) => {
  for (const use of ["mprotect", "changePteRange"] as const) {
    const made = family((m, mm) => {
      const page = mm.page("page0");
      m.thread("protects", { cpu: 0, mm }, (k) => void k[use](page, permission as never));
    });
    expect(() => modelOf(made, undefined, undefined, "arm64")).toThrow(/permission/);
  }
});
