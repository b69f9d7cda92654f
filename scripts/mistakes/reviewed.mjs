// Mistakes that change what happens and no verdict, each with the reason why none has to change. A record is of one mistake
// in one line of a model file, without its types; one that fits no mistake any more, or one that is seen, is an error.
export const REVIEWED = [
  {
    model: "mremap-move",
    kind: "call moved out of its lock",
    line: "k.lock(from.ptl);",
    was: 'k.lock(from.ptl); if (twoLocks) k.lock(to.ptl); if (flush === "first") k.flushTlbRange(from);',
    text: 'if (flush === "first") k.flushTlbRange(from); k.lock(from.ptl); if (twoLocks) k.lock(to.ptl);',
    reason:
      "flush-first flushes before the entry is cleared, which is too early under the locks and without them: a walk fills the TLB again",
  },
  {
    model: "mremap-move",
    kind: "call moved out of its lock",
    line: "if (twoLocks) k.lock(to.ptl);",
    was: 'if (twoLocks) k.lock(to.ptl); if (flush === "first") k.flushTlbRange(from);',
    text: 'if (flush === "first") k.flushTlbRange(from); if (twoLocks) k.lock(to.ptl);',
    reason:
      "flush-first flushes before the entry is cleared, which is too early under one lock and under two: a walk fills the TLB again",
  },
  {
    model: "mremap-move",
    kind: "value replaced",
    line: 'if (flush === "first") k.flushTlbRange(from);',
    was: '"first"',
    text: '"firrst"',
    reason:
      "flush-first then flushes nowhere, and its flush protects nothing where it is: a walk behind it fills the TLB again",
  },
  {
    model: "asid-allocator",
    kind: "lock left out",
    line: "...needsNew(c),",
    was: "...needsNew(c),",
    text: "",
    reason:
      "a CPU that ends the generation though its address space has an ASID uses up a generation early; a rollover is right at any time at which the lock is held and no ASID is free",
  },
  {
    model: "asid-allocator",
    kind: "lock left out",
    line: 'guard: ({ c }) => [pc.at(c).is("locked"), ...needsNew(c), firstFree(system, next).isNot(NONE)],',
    was: "...needsNew(c),",
    text: "",
    reason:
      "an address space that has an ASID takes another free one, and the old one stays taken until the rollover: nobody else gets either",
  },
  {
    model: "copy-before-flush",
    kind: "value replaced",
    line: 'm.thread("changes", { cpu: 0 }, (k) => changeProtection(k, page, permission));',
    was: "0",
    text: "1",
    reason:
      "both threads of the kernel run on CPU 1 and are preempted between the entry and the flush, and the task's TLB is that of CPU 2: the race is the same",
  },
  {
    model: "my-race",
    kind: "value replaced",
    line: 'm.thread("task", { cpu: 1, mm }, (k) => k.access(page));',
    was: "1",
    text: "2",
    reason: "the task runs on a CPU of its own as before, beside one that runs nothing",
  },
  {
    model: "peterson",
    kind: "lock left out",
    line: 'guard: ({ c }) => [pc.at(c).is("inside"), buffered.at(c).not()],',
    was: ", buffered.at(c).not()",
    text: "",
    reason:
      "only store-buffer has a buffer, and there both CPUs are inside before any of them leaves: what leaving waits for is no part of it",
  },
];

/** What a record is found by. */
export function keyOf({ model, kind, line, was, text }) {
  return JSON.stringify([model, kind, line, was, text].map((part) => part.replaceAll(/\s+/g, " ").trim()));
}

/** The reason why nothing has to be seen of a mistake; undefined if nobody has looked at it. */
export function reviewOf(mistake) {
  return REVIEWED.find((record) => keyOf(record) === keyOf(mistake))?.reason;
}

/** The records of these models that fit none of their mistakes. */
export function stale(models, mistakes) {
  const known = new Set(mistakes.map(keyOf));
  return REVIEWED.filter((record) => models.includes(record.model) && !known.has(keyOf(record)));
}
