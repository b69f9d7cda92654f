/**
 * A guest does not interrupt a virtual CPU that the hypervisor has preempted: it sets a flag beside KVM_VCPU_PREEMPTED, in
 * memory that both share, and the hypervisor flushes before the virtual CPU runs again. If the hypervisor looks at a copy
 * and writes that back, a flag that is set in between is lost (CVE-2019-3016, commit b043138246a4).
 */
import { bool, type Page, scenario, type Thread, when } from "tlbcheck";

const UAF = "use-after-free-page";

export default scenario(
  "pv-tlb-flush",
  {
    about: "x86: a guest leaves the flush of a preempted virtual CPU to the hypervisor",
    arch: ["intel", "amd"],
    headline: { variant: "copied", arch: "intel", property: UAF },
    variants: {
      copied: {
        id: "014-V1",
        about: "the hypervisor takes the flags from its copy of the shared word, and writes that back",
        expect: { [UAF]: "violated" },
        reason:
          "the flag is set between the copy and the writing: neither an interrupt nor the hypervisor flushes",
        source: "before commit b043138246a4, CVE-2019-3016",
      },
      exchanged: {
        id: "014-V1f",
        about: "the hypervisor exchanges the shared word for zero",
        expect: {},
        reason:
          "either the exchange gives the flag, or the guest finds the virtual CPU running and interrupts it",
        source: "commit b043138246a4",
      },
    },
  },
  (m, { variant }) => {
    const mm = m.mm();
    const page = mm.page("page0");
    m.check(UAF);
    m.thread("unmap", { cpu: 0 }, (k) => {
      k.lock(page.ptl);
      const old = k.ptepGetAndClear(page);
      k.unlock(page.ptl);
      flushTlbMulti(k, page);
      k.freeFrame(old.frame);
    });
    m.thread("vcpu", { cpu: 1, mm }, (k) => {
      recordStealTime(k, variant === "exchanged");
      k.load(page);
    });
  },
);

/** What kvm_steal_time.preempted of the virtual CPU says, which is preempted at first: each of its flags, in one word. */
function preempted(k: Thread) {
  const flag = (name: string, initial: boolean) => k.system.stateOf(`st.preempted: ${name}`, bool, initial);
  return { preempted: flag("PREEMPTED", true), flush: flag("FLUSH_TLB", false) };
}

/** kvm_flush_tlb_multi(), for the one other CPU. */
function flushTlbMulti(k: Thread, page: Page): void {
  const word = preempted(k);
  const left = k.register("left to the hypervisor", bool, false);
  const leave = () => [left.set(word.preempted), when(word.preempted, word.flush.set(true))];
  k.do("try_cmpxchg(preempted, PREEMPTED | FLUSH_TLB)", "data", leave);
  k.if(left.not(), () => k.flushTlbPage(page));
}

/** record_steal_time(), before the virtual CPU runs again. */
function recordStealTime(k: Thread, exchanges: boolean): void {
  const word = preempted(k);
  const flush = k.register("flush", bool, false);
  const take = () => flush.set(word.flush);
  const clear = () => [word.preempted.set(false), word.flush.set(false)];
  if (exchanges) k.do("xchg(preempted, 0)", "data", () => [take(), clear()]);
  else k.do("copy of preempted", "data", take);
  k.if(flush, () => k.invpcid("all"));
  if (!exchanges) k.do("preempted = 0", "data", clear);
}
