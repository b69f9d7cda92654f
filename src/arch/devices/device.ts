/**
 * A device that shares an address space with CPUs: it accesses memory (DMA) at any time, at any page of the context
 * that it is bound to, through a device TLB (ATC) in front of the IOTLB of its IOMMU. It has no program: each access may
 * begin and need not.
 *
 * An access that its ATC or the page tables do not allow is reported and waits for a response, after which it is
 * tried again (IOMMU-5); where nobody takes reports, it ends. A device has one access under way at most.
 */
import { bool, type Body, enumeration, type ModelBuilder, orNone } from "../../model/builder.ts";
import { and, literal, not, number, type Operand, or, type Place, type Term } from "../../model/term.ts";
import type { Descriptor, FaultKind, Features } from "../architecture.ts";
import { DeviceInvalidations } from "./device-invalidation.ts";
import { DeviceRequests } from "./device-requests.ts";
import { type KernelWalks, kernelWalksOf } from "./kernel-walks.ts";
import type { DeviceCache } from "../rules/device-rules.ts";
import { DeviceTlb } from "./device-tlb.ts";
import type { Machine } from "../machine.ts";
import { permission, word } from "../text.ts";
import type { WalkDetail } from "../walk/walker.ts";

export interface DeviceOptions {
  readonly name: string;
  /** The context that its accesses are translated in. */
  readonly space: string;
  /** Whether faults are reported to software, which answers them; else a fault ends the access. */
  readonly reportsFaults: boolean;
}

/** An access of a device as observers see it. */
export interface DeviceAccess {
  readonly device: string;
  readonly space: Term;
  readonly page: Term;
  readonly frame: Term;
  /** True for a write. */
  readonly store: Term;
}

export type DeviceAccessObserver = (access: DeviceAccess) => Body;

/** How an access begins: of the device's own accord, or again, after the response to its fault. */
interface Attempt {
  readonly name: string;
  readonly fair: string | false;
  readonly may: (page: Term, store: Term) => Term;
}

const STAGE = enumeration("dma", ["none", "to be retried", "faulted", "translated"]);

export class Device {
  readonly name: string;
  readonly reportsFaults: boolean;
  readonly space: Term;
  readonly spaceName: string;
  readonly iotlb: DeviceTlb;
  readonly atc: DeviceTlb;
  readonly requests: DeviceRequests;
  readonly invalidation: DeviceInvalidations;
  /** Walks of the kernel's addresses; null where there are none. */
  readonly kernelWalks: KernelWalks | null;
  /** Who acts, and where, in the rules of the device: its column of a trace is behind those of the CPUs. */
  readonly acts: { readonly actor: string; readonly place: () => Term };
  readonly #machine: Machine;
  readonly #stage: Place;
  readonly #page: Place;
  readonly #store: Place;
  readonly #frame: Place;
  readonly #onTranslate: DeviceAccessObserver[] = [];
  readonly #onPerform: DeviceAccessObserver[] = [];
  readonly #onReport: (() => Body)[] = [];

  constructor(
    builder: ModelBuilder,
    machine: Machine,
    { name, space, reportsFaults }: DeviceOptions,
    detail: { readonly place: number; readonly walk: WalkDetail; readonly features: Features },
  ) {
    this.#machine = machine;
    this.name = name;
    this.reportsFaults = reportsFaults;
    this.spaceName = space;
    this.space = literal(machine.domains.space, space);
    this.acts = { actor: name, place: () => number(detail.place) };
    const { page, frame } = machine.domains;
    this.#stage = builder.variable(`${name}.dma`, STAGE, "none");
    this.#page = builder.variable(`${name}.dma.page`, orNone(page), null);
    this.#store = builder.variable(`${name}.dma.store`, bool, false);
    this.#frame = builder.variable(`${name}.dma.frame`, orNone(frame), null);
    this.iotlb = new DeviceTlb(builder, machine, this, "IOTLB");
    this.atc = new DeviceTlb(builder, machine, this, "ATC");
    this.requests = new DeviceRequests(builder, machine, this, detail.walk);
    this.invalidation = new DeviceInvalidations(builder, machine, this);
    this.kernelWalks = kernelWalksOf(builder, machine, this, detail.features);
  }

  /** Registers a property's view of accesses as they begin. */
  onTranslate(observer: DeviceAccessObserver): void {
    this.#onTranslate.push(observer);
  }

  /** Registers a property's view of accesses as they complete. */
  onPerform(observer: DeviceAccessObserver): void {
    this.#onPerform.push(observer);
  }

  /** Registers what software does when a fault is reported; to be answered by `respond`. */
  onReport(body: () => Body): void {
    this.#onReport.push(body);
  }

  cacheOf(cache: DeviceCache): DeviceTlb {
    return cache === "IOTLB" ? this.iotlb : this.atc;
  }

  /** What the page tables have for a page. */
  descriptor(page: Operand): Descriptor {
    return this.#machine.memory.descriptor(this.space, page);
  }

  /** The page of the access under way; none if there is none. */
  get page(): Term {
    return this.#page;
  }

  /** Whether the access under way is a write. */
  get store(): Term {
    return this.#store;
  }

  /** True while a fault of the device is reported and not answered. */
  faulted(): Term {
    return this.#stage.is("faulted");
  }

  /** True while the device is to try again an access that has faulted. */
  retries(): Term {
    return this.#stage.is("to be retried");
  }

  /** True while the device has no access under way. */
  idle(): Term {
    return this.#stage.is("none");
  }

  /** True while an access to the page is translated and not performed. */
  performs(page: Operand): Term {
    return and(this.#stage.is("translated"), this.#page.is(page));
  }

  /** True while an access of the device waits for a translation of the page. */
  needs(page: Operand): Term {
    return and(this.retries(), this.#page.is(page), not(this.atc.holdsSome(page)));
  }

  /** Answers a reported fault: the device tries again (PRI "success", SMMU "resume"). */
  respond(): Body {
    return this.#stage.set("to be retried");
  }

  addRules(builder: ModelBuilder, { evict }: { readonly evict: boolean }): void {
    this.requests.addRules(builder);
    for (const attempt of this.#attempts()) {
      this.#addHit(builder, attempt);
      this.#addForbidden(builder, attempt);
      this.#addAbsent(builder, attempt);
    }
    this.#addPerform(builder);
    this.invalidation.addRules();
    this.kernelWalks?.addRules(builder, { evict });
    if (evict) for (const cache of [this.iotlb, this.atc]) cache.addEviction(builder);
  }

  #attempts(): Attempt[] {
    const first: Attempt = { name: "DMA", fair: false, may: () => this.idle() };
    const again: Attempt = {
      name: "DMA again",
      fair: this.name,
      may: (page, store) => and(this.retries(), this.#page.is(page), this.#store.is(store)),
    };
    return this.reportsFaults ? [first, again] : [first];
  }

  /** An entry of the ATC allows the access. */
  #addHit(builder: ModelBuilder, { name, fair, may }: Attempt): void {
    const { page: pages, frame: frames } = this.#machine.domains;
    const { deviceMayUse } = this.#machine.architecture.rules;
    builder.rule(`${this.name}: ${name}`, {
      ...this.acts,
      parameters: { page: pages, frame: frames, writable: bool, store: bool },
      guard: ({ page, frame, writable, store }) => [
        may(page, store),
        this.atc.holds({ page, frame, writable }),
        or(writable, store.not()),
        deviceMayUse.choice(this, page),
      ],
      body: ({ page, frame, store }) => [
        this.#stage.set("translated"),
        this.#page.set(page),
        this.#store.set(store),
        this.#frame.set(frame),
        this.#onTranslate.map((observe) =>
          observe({ device: this.name, space: this.space, page, frame, store }),
        ),
      ],
      fair,
      text: ({ page, writable, store }) => throughAtc(name, page, store, writable),
      event: {
        id: this.#event,
        text: ({ page, writable, store }) => throughAtc(name, page, store, writable),
      },
    });
  }

  /** An entry of the ATC forbids the write, whatever the page tables say by now. */
  #addForbidden(builder: ModelBuilder, { name, fair, may }: Attempt): void {
    builder.rule(`${this.name}: ${name}, forbidden`, {
      ...this.acts,
      parameters: { page: this.#machine.domains.page },
      guard: ({ page }) => [may(page, literal(bool, true)), this.atc.holdsSome(page, false)],
      body: ({ page }) => this.#fault(page, literal(bool, true), "permission"),
      fair,
      text: ({ page }) => [`${name}: write `, page, ": permission fault, by an RO entry of the ATC"],
    });
  }

  /** Nothing is cached, and the page tables have nothing that could be. */
  #addAbsent(builder: ModelBuilder, { name, fair, may }: Attempt): void {
    builder.rule(`${this.name}: ${name}, absent`, {
      ...this.acts,
      parameters: { page: this.#machine.domains.page, store: bool },
      guard: ({ page, store }) => [
        may(page, store),
        not(this.atc.holdsSome(page)),
        not(this.iotlb.holdsSome(page)),
        not(this.requests.finds(page)),
      ],
      body: ({ page, store }) => this.#fault(page, store, "translation"),
      fair,
      text: ({ page, store }) => [...told(name, store, page), ": translation fault"],
    });
  }

  #addPerform(builder: ModelBuilder): void {
    const access: DeviceAccess = {
      device: this.name,
      space: this.space,
      page: this.#page,
      frame: this.#frame,
      store: this.#store,
    };
    builder.rule(`${this.name}: perform`, {
      ...this.acts,
      guard: () => [this.#stage.is("translated")],
      body: () => [
        this.#onPerform.map((observe) => observe(access)),
        this.invalidation.forgetAccess(),
        this.#end(),
      ],
      fair: this.name,
      text: () => ["the DMA to ", this.#page, " is performed"],
      event: { id: this.#event, text: () => ["DMA to ", this.#page] },
    });
  }

  /** A translation and what is then performed are one row of a trace. */
  get #event(): string {
    return `${this.name}/dma`;
  }

  #fault(page: Term, store: Term, kind: FaultKind): Body {
    const { onDeviceFault } = this.#machine.architecture.rules;
    const waits = [this.#stage.set("faulted"), this.#page.set(page), this.#store.set(store)];
    return [
      onDeviceFault.choice(this, page, kind),
      this.reportsFaults ? [waits, this.#onReport.map((report) => report())] : this.#end(),
    ];
  }

  #end(): Body {
    return [this.#stage.set("none"), this.#page.set(null), this.#store.set(false), this.#frame.set(null)];
  }
}

function throughAtc(name: string, page: Term, store: Term, writable: Term): (string | Term)[] {
  return [...told(name, store, page), ": through an ", permission(writable), " entry of the ATC"];
}

function told(name: string, store: Term, page: Term): (string | Term)[] {
  return [`${name}: `, word(store, "write ", "read "), page];
}
