/** What is printed with every verdict of a scenario: its size, and the assumptions that it makes. */
import type { Machine } from "../arch/machine.ts";
import type { ModelBuilder } from "../model/builder.ts";
import type { Details } from "./details.ts";
import { STORE_BUFFER_DEPTH } from "./locking/cells.ts";
import type { ThreadProgram } from "./threads/thread-program.ts";
import type { System } from "./system.ts";

/** A scenario as far as it is described. */
export interface Described {
  readonly threads: readonly ThreadProgram[];
  readonly details: Details;
  /** How many pages and frames there are. */
  readonly pages: number;
  readonly frames: number;
  /** The properties that are not checked though they always are. */
  readonly leftOut: ReadonlySet<string>;
  /** Why closed hardware was not asked of the machine, if it was asked for; null otherwise. */
  readonly notClosed: string | null;
}

/** Names the places of a trace, and says what a verdict rests on. */
export function describe(builder: ModelBuilder, system: System, of: Described): void {
  const { machine } = system;
  const { threads, details, pages, frames } = of;
  machine.cpus().forEach((_, cpu) => {
    const here = threads.filter(({ seat }) => seat.cpus.includes(cpu)).map(({ name }) => name);
    builder.place(cpu, `CPU${cpu} ${here.join(", ")}`.trim());
  });
  builder.assume(
    `${count(machine.cpus().length, "CPU")}, ${count(pages, "page")}, ${count(frames, "frame")}`,
  );
  machine.devices.forEach(({ name }, i) => builder.place(machine.cpus().length + i, name));
  if (machine.devices.length > 0) {
    const walks = machine.devices.some(({ kernelWalks }) => kernelWalks);
    builder.assume(
      `${count(machine.devices.length, "device")} with IOTLB and ATC, one access at a time, ` +
        (walks ? "an IOMMU walk cache for kernel addresses" : "no IOMMU walk cache"),
    );
  }
  const steps = details.walk ?? "stepwise";
  if (system.tables) {
    builder.assume(`walks of two levels in ${steps === "stepwise" ? "three" : "two"} steps`);
    if (machine.tlb.invalid) builder.assume("no upper entry is cached as absent, or found absent late");
    if (!details.walkerSetsAccessed) builder.assume("walkers set no accessed flags");
  } else {
    builder.assume(steps === "stepwise" ? "walks of one level in two steps" : "walks of one level, atomic");
  }
  builder.assume(formOf(machine, of.notClosed));
  builder.assume(
    details.order === "tso"
      ? `memory order tso, store buffers of ${count(details.storeBuffer ?? STORE_BUFFER_DEPTH, "store")}`
      : "memory order sc: weaker orders are not explored",
  );
  if (details.order === "tso")
    builder.assume("weaker orders, with loads that are late or stores that overtake, are not explored");
  builder.assume(`transient accesses ${machine.transient.explored ? "too" : "are not explored"}`);
  for (const name of of.leftOut) builder.assume(`${name} is not checked`);
  const { cites } = machine.architecture.rules.ordersWalks;
  if (machine.oldDescriptors)
    builder.assume("walks may read overwritten descriptors until SFENCE.VMA (RV-7, by the letter)");
  else if (cites.includes("RV-7")) builder.assume("walks read memory: the freedom of RV-7 is left out");
  if (details.invlpgLeavesGlobals) builder.assume("INVLPG leaves global entries");
  const { lacks } = details.kernel ?? {};
  if (lacks) builder.assume(`switches and flushes lack: ${lacks}`);
  if (details.flags) builder.assume("accessed and dirty flags of entries can be clear");
  if (details.noEviction) builder.assume("TLB entries are never evicted");
  if (details.switchBarrier === false) builder.assume("no barrier at a context switch");
  if (machine.architecture.rules.remembersWalks.choice({ ets2: false }))
    builder.assume(machine.walkAhead.enabled ? "no ETS2: walks ahead of earlier accesses" : "ETS2");
  builder.assume(machine.architecture.without(machine).join(", "));
}

/** What a state says of hardware, and if it was to be closed and is not, why. */
function formOf({ closed, notClosed }: Machine, tried: string | null): string {
  if (closed) return "hardware closed: states say what may be cached";
  const why = tried ?? notClosed;
  return why ? `hardware enumerated: ${why}` : "hardware enumerated";
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
