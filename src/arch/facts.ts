/** The state of a machine in words, for traces: what is cached and stale, what is under way, what waits in store buffers. */
import { bool, type ModelBuilder } from "../model/builder.ts";
import { and, eachOf, not, operand, type Operand, or, type Term } from "../model/term.ts";
import type { Machine, Tables } from "./machine.ts";
import { permission } from "./text.ts";
import { tablesIn } from "./walk/page-tables.ts";
import { entriesOf, type Translation } from "./tlb.ts";

/** Adds the facts of a machine whose hardware is enumerated, when all software is written. */
export function addMachineFacts(builder: ModelBuilder, machine: Machine): void {
  if (machine.closed) return;
  const entries = entriesOf(machine, { asid: null, page: null });
  machine.cpus().forEach((cpu, number) => {
    for (const entry of entries)
      addEntry(builder, machine, `TLB of CPU${number}`, machine.tlb.holds(cpu, entry), entry);
    if (machine.tables) addWalkCache(builder, machine, cpu, `walk cache of CPU${number}`, machine.tables);
    for (const entry of entries)
      machine.cpus().forEach((issuer, by) => {
        const pending = machine.invalidation.isCondemnedBy(issuer, cpu, entry);
        const told = [`TLBI by CPU${by}, to remove `, ...translationText(machine, entry)];
        builder.fact(`pending on CPU${number}`, pending, told, true);
      });
    for (const page of eachOf(machine.domains.page)) {
      const walk = machine.walker.underWay(cpu, { asid: null, page }, null);
      builder.fact(`CPU${number}`, walk, ["a walk of ", page, " is under way"]);
    }
    const { when, text } = machine.access.inWords(cpu);
    builder.fact(`CPU${number}`, when, text, true);
    for (const { when: waits, text: store } of machine.storeBuffer?.inWords(cpu) ?? [])
      builder.fact(`store buffer of CPU${number}`, waits, store, true);
  });
  for (const device of machine.devices)
    for (const page of eachOf(machine.domains.page))
      for (const frame of eachOf(machine.domains.frame))
        for (const writable of eachOf(bool)) {
          const entry = { page, frame, writable, asid: null };
          addEntry(builder, machine, `ATC of ${device.name}`, device.atc.holds(entry), entry);
          addEntry(builder, machine, `IOTLB of ${device.name}`, device.iotlb.holds(entry), entry);
        }
}

/** What some cache of translations holds; a device's has no identifier. */
type Cached = Omit<Translation, "asid"> & { readonly asid: Operand | null };

/** An entry of a cache is worth a look if page tables say something else by now. */
function addEntry(builder: ModelBuilder, machine: Machine, cache: string, holds: Term, entry: Cached): void {
  const told = translationText(machine, entry);
  const stale = isStale(machine, entry);
  builder.fact(cache, and(holds, stale), [...told, ", stale"], true);
  builder.fact(cache, and(holds, stale.not()), told);
}

function addWalkCache(
  builder: ModelBuilder,
  machine: Machine,
  cpu: Term,
  subject: string,
  { memory, cache }: Tables,
): void {
  for (const entry of tablesIn(machine.domains, memory, { asid: null, region: null })) {
    const { region, table } = entry;
    const holds = cache.holds(cpu, entry);
    const linked = or(...eachOf(machine.domains.space).map((space) => memory.table(space, region).is(table)));
    const told = ["upper entry -> ", operand(table, machine.domains.frame)];
    builder.fact(subject, and(holds, linked.not()), [...told, ", stale"], true);
    builder.fact(subject, and(holds, linked), told);
  }
}

/** `page0 -> F0 RW`, with its identifier where there are several. */
function translationText({ domains }: Machine, { asid, page, frame, writable }: Cached): (string | Term)[] {
  const tagged = asid !== null && eachOf(domains.asid).length > 1;
  return [
    operand(page, domains.page),
    " -> ",
    operand(frame, domains.frame),
    " ",
    permission(operand(writable, bool)),
    ...(tagged ? [", ", operand(asid, domains.asid)] : []),
  ];
}

/** Whether no page table says any more what the entry does. */
function isStale(machine: Machine, { page, frame, writable }: Cached): Term {
  const says = eachOf(machine.domains.space).map((space) => {
    const now = machine.memory.descriptor(space, page);
    return and(now.valid, now.frame.is(frame), now.writable.is(writable));
  });
  return not(or(...says));
}
