/**
 * Invalidation of what an IOMMU and a device have cached: commands that a CPU queues, which take effect later, and
 * a wait for them (IOMMU-1). The IOTLB goes first, then the ATC, which could be filled from it again.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder } from "../../model/builder.ts";
import { and, eachOf, operand, type Operand, or, type Term, TRUE } from "../../model/term.ts";
import type { DeviceCache } from "../rules/device-rules.ts";
import type { Device } from "./device.ts";
import type { Machine } from "../machine.ts";
import { word } from "../text.ts";

const CACHES: readonly DeviceCache[] = ["IOTLB", "ATC"];

export class DeviceInvalidations {
  readonly #machine: Machine;
  readonly #device: Device;
  readonly #builder: ModelBuilder;
  /** Of each cache the pages that a CPU has queued an invalidation for. */
  readonly #queued = new Map<DeviceCache, ArrayVariable>();
  /** Whether an invalidation of a CPU awaits the access under way, which a removed entry has translated. */
  #awaiting: ArrayVariable | null = null;

  constructor(builder: ModelBuilder, machine: Machine, device: Device) {
    this.#builder = builder;
    this.#machine = machine;
    this.#device = device;
  }

  /** A CPU queues the invalidation of a page, or of all pages, in a cache. */
  queue(cpu: Term, cache: DeviceCache, page: Operand | null): Body {
    const { domains } = this.#machine;
    const pages = page === null ? eachOf(domains.page) : [operand(page, domains.page)];
    return pages.map((each) => this.#queueOf(cache).at(cpu, each).set(true));
  }

  /** True once all that the CPU has queued has taken effect, and the accesses that it awaits are done. */
  complete(cpu: Term): Term {
    this.#machine.written.require("whether a device's invalidations are complete");
    return and(...CACHES.map((cache) => this.#noneQueued(cache, cpu)), this.#awaiting?.at(cpu).not() ?? TRUE);
  }

  /** True while somebody's invalidation of a page in a cache has not taken effect. */
  pending(cache: DeviceCache, page: Operand): Term {
    this.#machine.written.require("whether a device's invalidations are pending");
    const queued = this.#queued.get(cache);
    return or(...(queued ? this.#machine.cpus().map((cpu) => queued.at(cpu, page)) : []));
  }

  /** The access under way is done, and nobody waits for it any longer. */
  forgetAccess(): Body {
    const awaiting = this.#awaiting;
    return awaiting ? this.#machine.cpus().map((cpu) => awaiting.at(cpu).set(false)) : [];
  }

  /** The rules by which commands take effect: each in the end, a page after the other. */
  addRules(): void {
    const { cpu, page } = this.#machine.domains;
    for (const [cache, queued] of this.#queued)
      this.#builder.rule(`${this.#device.name}: ${cache} invalidation takes effect`, {
        ...this.#device.acts,
        parameters: { cpu, page },
        guard: (by) => [queued.at(by.cpu, by.page), this.#isItsTurn(cache, by.cpu)],
        body: (by) => [queued.at(by.cpu, by.page).set(false), this.#takesEffect(cache, by.cpu, by.page)],
        text: (by) => [
          "[invalidation takes effect: ",
          by.page,
          " ",
          word(this.#device.cacheOf(cache).holdsSome(by.page), "leaves", "is not in"),
          ` the ${cache}]`,
        ],
      });
  }

  #isItsTurn(cache: DeviceCache, cpu: Term): Term {
    const { commandsInOrder } = this.#machine.architecture.rules;
    return cache === "ATC" && commandsInOrder.choice ? this.#noneQueued("IOTLB", cpu) : TRUE;
  }

  /** What was cached goes, and with it the requests that would fill it again (HW-5). */
  #takesEffect(cache: DeviceCache, cpu: Term, page: Term): Body {
    const { cancelsWalks } = this.#machine.architecture.rules;
    const device = this.#device;
    return [
      device.cacheOf(cache).drop(page),
      cancelsWalks.choice ? device.requests.cancel(cache, page) : [],
      cache === "ATC" ? this.#awaitAccess(cpu, page) : (device.kernelWalks?.invalidate(page) ?? []),
    ];
  }

  /** An access that an entry has translated is awaited, as the architecture has it for CPUs (HW-5). */
  #awaitAccess(cpu: Term, page: Term): Body {
    const awaiting = this.#awaiting;
    if (!awaiting) return [];
    const waits = awaiting.at(cpu);
    return waits.set(or(waits, this.#device.performs(page)));
  }

  #noneQueued(cache: DeviceCache, cpu: Term): Term {
    const queued = this.#queued.get(cache);
    return and(
      ...(queued ? eachOf(this.#machine.domains.page).map((page) => queued.at(cpu, page).not()) : []),
    );
  }

  #queueOf(cache: DeviceCache): ArrayVariable {
    const known = this.#queued.get(cache);
    if (known) return known;
    const { cpu, page } = this.#machine.domains;
    const made = this.#builder.array(`${this.#device.name}.${cache} invalidation`, [cpu, page], bool, false);
    this.#queued.set(cache, made);
    if (cache === "ATC" && this.#machine.architecture.rules.awaitsAccesses.choice)
      this.#awaiting = this.#builder.array(`${this.#device.name}.access awaited`, [cpu], bool, false);
    return made;
  }
}
