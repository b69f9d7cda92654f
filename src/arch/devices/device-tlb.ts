/**
 * A cache of translations between a device and the page tables, as a finite set of entries: an IOTLB, or the
 * device's own TLB (ATC). Several entries for one page may be there at once, and any of them may be used; none is
 * ever overwritten. All are of the one address space that the device is bound to.
 */
import { type ArrayVariable, bool, type Body, type ModelBuilder } from "../../model/builder.ts";
import { and, eachOf, type Operand, or, type Term } from "../../model/term.ts";
import type { DeviceCache } from "../rules/device-rules.ts";
import type { Device } from "./device.ts";
import type { Machine } from "../machine.ts";
import { permission } from "../text.ts";

/** What a translation request answers. */
export interface DeviceTranslation {
  readonly page: Operand;
  readonly frame: Operand;
  readonly writable: Operand;
}

export class DeviceTlb {
  readonly #machine: Machine;
  readonly #device: Device;
  readonly #cache: DeviceCache;
  readonly #entries: ArrayVariable;

  constructor(builder: ModelBuilder, machine: Machine, device: Device, cache: DeviceCache) {
    this.#machine = machine;
    this.#device = device;
    this.#cache = cache;
    const { page, frame } = machine.domains;
    this.#entries = builder.array(`${device.name}.${cache}`, [page, frame, bool], bool, false);
  }

  holds({ page, frame, writable }: DeviceTranslation): Term {
    return this.#entries.at(page, frame, writable);
  }

  /** True if some entry for the page, of this permission if one is given, is cached. */
  holdsSome(page: Operand, writable?: boolean): Term {
    const permissions = writable === undefined ? [false, true] : [writable];
    return or(
      ...eachOf(this.#machine.domains.frame).flatMap((frame) =>
        permissions.map((each) => this.holds({ page, frame, writable: each })),
      ),
    );
  }

  fill({ page, frame, writable }: DeviceTranslation): Body {
    return this.#entries.at(page, frame, writable).set(true);
  }

  /** Removes every entry for a page. */
  drop(page: Operand): Body {
    return eachOf(this.#machine.domains.frame).flatMap((frame) =>
      [false, true].map((writable) => this.#entries.at(page, frame, writable).set(false)),
    );
  }

  /** The rule by which entries disappear of themselves (HW-4). */
  addEviction(builder: ModelBuilder): void {
    const { domains, architecture } = this.#machine;
    builder.rule(`${this.#device.name}: ${this.#cache} evict`, {
      ...this.#device.acts,
      parameters: { page: domains.page, frame: domains.frame, writable: bool },
      guard: (entry) => [and(this.holds(entry), architecture.rules.mayEvict.choice())],
      body: ({ page, frame, writable }) => this.#entries.at(page, frame, writable).set(false),
      fair: false,
      text: ({ page, writable }) => [`[${this.#cache}: `, page, " ", permission(writable), " evicted]"],
    });
  }
}
