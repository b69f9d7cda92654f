/**
 * A fault of a guest looks up the page of the host, and installs it in the guest's second-level tables under another lock.
 * An MMU notifier that runs in between has nothing to remove yet, so the fault has to notice it: by a count of those that
 * are under way and a sequence number, read before the look-up and compared under the lock (commit e930bffe95e1).
 */
import { and, type Page, range, scenario, type Thread } from "tlbcheck";

const UAF = "use-after-free-page";
const violated = { [UAF]: "violated" } as const;

export default scenario(
  "kvm-notifier-retry",
  {
    about: "a guest's fault installs a page of the host that an MMU notifier has been told to give up",
    arch: ["arm64", "intel", "amd"],
    headline: { variant: "no-retry", arch: "intel", property: UAF },
    variants: {
      "no-retry": {
        id: "013-K1",
        about: "the fault installs what it has looked up",
        expect: violated,
        reason: "the notifier finds nothing in the guest's tables, and the page is freed",
        source: "before commit e930bffe95e1",
      },
      "sequence-late": {
        id: "013-K2",
        about: "mutation: the sequence number is read behind the look-up",
        expect: violated,
        reason: "a notifier that has begun and ended in between has counted already",
        source: "analysis",
      },
      "unlocked-check": {
        id: "013-K3",
        about: "mutation: the sequence number is compared before mmu_lock is taken",
        expect: violated,
        reason: "a notifier that begins behind the comparison is not noticed",
        source: "analysis",
      },
      retry: {
        id: "013-K1f",
        about: "the number is read first and compared under mmu_lock, where none may be under way either",
        expect: {},
        reason: "either the notifier comes behind the fault and removes the page, or the fault notices it",
        source: "commit e930bffe95e1",
      },
    },
  },
  (m, { variant }) => {
    const [host, guest] = [m.mm("host"), m.mm("guest")];
    const frame = m.spareFrame("frame:page0");
    const hva = host.page("hva", { frame });
    const gpa = guest.page("gpa", { permission: null });
    m.check(UAF);
    // The guest's tables hold no reference of the page, so nobody who frees it looks there.
    m.leaveOut("debug-vm");
    m.thread("reclaim", { cpu: 0 }, (k) => unmap(k, hva, gpa));
    m.thread("vcpu", { cpu: 1, mm: guest }, (k) => {
      fault(k, hva, gpa, variant);
      k.store(gpa);
    });
    m.goal("the guest's tables have the page", (system) => system.pte(gpa).frame.is("frame:page0"));
  },
);

/** kvm->mmu_invalidate_in_progress and kvm->mmu_invalidate_seq */
const inProgress = (k: Thread) => k.system.sharedVariable("mmu_invalidate_in_progress", range(0, 1), 0);
const sequence = (k: Thread) => k.system.sharedVariable("mmu_invalidate_seq", range(0, 1), 0);

/** try_to_unmap_one() between the two calls of the notifier, each under mmu_lock, which is the lock of the guest's entry. */
function unmap(k: Thread, hva: Page, gpa: Page): void {
  k.lock(gpa.ptl);
  k.atomicAdd(inProgress(k), 1);
  const zapped = k.ptepGetAndClear(gpa);
  k.if(zapped.present, () => k.flushTlbPage(gpa));
  k.unlock(gpa.ptl);
  k.lock(hva.ptl);
  const old = k.ptepClearFlush(hva);
  k.unlock(hva.ptl);
  k.lock(gpa.ptl);
  k.atomicAdd(sequence(k), 1);
  k.atomicAdd(inProgress(k), -1);
  k.unlock(gpa.ptl);
  k.freeFrame(old.frame);
}

/** kvm_tdp_page_fault(), or user_mem_abort(): one try. */
function fault(k: Thread, hva: Page, gpa: Page, variant: string): void {
  const seen = k.register("mmu_seq", range(0, 1), 0);
  const sample = () =>
    k.do("mmu_seq = mmu_invalidate_seq", "data", () => seen.set(sequence(k).seenBy(k.cpu()).value));
  if (variant !== "sequence-late") sample();
  k.lock(hva.ptl);
  const found = k.ptepGet(hva);
  k.unlock(hva.ptl);
  if (variant === "sequence-late") sample();
  k.if(found.present, () => {
    const unchanged = () => {
      const [underWay, now] = [k.readOnce(inProgress(k)), k.readOnce(sequence(k))];
      return and(underWay.is(0), now.is(seen));
    };
    const early = variant === "unlocked-check" ? unchanged() : null;
    k.lock(gpa.ptl);
    k.if(variant === "no-retry" ? true : (early ?? unchanged()), () => k.setPteAt(gpa, found.frame));
    k.unlock(gpa.ptl);
  });
}
