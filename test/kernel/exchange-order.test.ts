/**
 * The order of the exchanges of entries, by architecture: `xchg_relaxed()` on arm64 (`__ptep_get_and_clear()` and
 * `pmdp_establish()` in arch/arm64/include/asm/pgtable.h), `atomic_long_xchg()` on riscv, one `amoswap.d.aqrl`
 * (arch/riscv/include/asm/{pgtable,cmpxchg}.h), a locked instruction on x86. What follows a fully ordered exchange
 * reads what was there when the exchange was in memory.
 */
import { describe, expect, test } from "vitest";
import { and, bool, type Family, scenario, type Term, type Thread } from "../../src/index.ts";
import { verdictsOf } from "../support/verdicts.ts";

const GOAL = "neither sees the other";
const seen = (k: Thread): Term => k.readOnce(k.system.sharedVariable("flag", bool, false));

/** One thread exchanges an entry and reads a flag, another sets the flag, fully ordered, and reads the entry. */
function dekker(
  arch: readonly string[],
  declare: Parameters<typeof scenario>[2] extends (m: infer M, ...rest: never) => void
    ? (m: M) => { readonly exchange: (k: Thread) => void; readonly isOld: (k: Thread) => Term }
    : never,
): Family {
  return scenario("dekker", { about: "an exchange of an entry, then a load", arch }, (m) => {
    const { exchange, isOld } = declare(m);
    const read: Term[] = [];
    m.thread("exchanges", { cpu: 0 }, (k) => {
      exchange(k);
      read.push(seen(k).not());
    });
    m.thread("sets", { cpu: 1 }, (k) => {
      k.writeOnce(k.system.sharedVariable("flag", bool, false), true);
      k.barrier(fullBarrier(k));
      read.push(isOld(k));
    });
    m.goal(GOAL, (_, thread) => and(thread("exchanges").ended(), thread("sets").ended(), ...read));
  });
}

function fullBarrier(k: Thread): string {
  const { barriers } = k.system.machine.architecture;
  return ["dmb(ish)", "fence", "mfence"].find((name) => barriers.includes(name))!;
}

async function isReached(family: Family, arch: string, order: string): Promise<boolean> {
  const { unreached } = await verdictsOf(family.build({ arch, variant: "default", parameters: { order } }));
  return !unreached.includes(GOAL);
}

const small = (exchange: (k: Thread, page: ReturnType<ReturnType<ScenarioMm>["page"]>) => void): Family =>
  dekker(["arm64", "intel", "amd", "riscv"], (m) => {
    const page = m.mm().page("page0");
    return { exchange: (k) => exchange(k, page), isOld: (k) => k.ptepGet(page).present };
  });

type ScenarioMm = Parameters<Parameters<typeof scenario>[2]>[0]["mm"];

describe.each([
  ["ptep_get_and_clear()", small((k, page) => void k.ptepGetAndClear(page))],
  [
    "pmdp_establish()",
    dekker(["arm64", "intel", "riscv"], (m) => {
      const huge = m.mm().hugePage("huge0");
      const flush = { flush: "by the gather" } as const;
      return {
        exchange: (k) => void k.pmdpInvalidateAd(huge, flush),
        isOld: (k) => {
          const { entries } = k.system.huge!;
          const old = k.register("old", bool, false);
          k.do("pmdp_get()", "re-check", () =>
            old.set(entries.is(k.system.pmd(huge).seenBy(k.cpu()).pmd, isValid(entries.format))),
          );
          return old;
        },
      };
    }),
  ],
])("%s, then a load", (_, family) => {
  test("relaxed on arm64: the load may be done before the exchange is in memory", async () => {
    expect(await isReached(family, "arm64", "tso")).toBe(true);
    expect(await isReached(family, "arm64", "sc")).toBe(false);
  });

  test.each(["intel", "riscv"])("fully ordered on %s", async (arch) => {
    expect(await isReached(family, arch, "tso")).toBe(false);
  });
});

function isValid({ hardware }: { readonly hardware: { isValid: (word: bigint) => boolean } | null }) {
  return (word: bigint): boolean => hardware!.isValid(word);
}
