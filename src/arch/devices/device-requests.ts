/**
 * Translation requests of a device: what its ATC lacks comes from the IOTLB, or from a walk of the page tables,
 * which fills the IOTLB on the way. A device may ask for any page at any time (HW-1), and asks when it needs one.
 *
 * With walks in two steps a request under way is a part of the state, one a device: the walk has read and the IOTLB
 * is not filled yet, or the answer is on its way to the ATC. Else a request is one step, which leaves out what
 * invalidations end in any case (HW-5).
 */
import { bool, type Body, enumeration, type ModelBuilder, orNone, when } from "../../model/builder.ts";
import { and, not, type Operand, type Place, type Term, TRUE } from "../../model/term.ts";
import type { DeviceCache } from "../rules/device-rules.ts";
import type { DeviceTranslation } from "./device-tlb.ts";
import type { Device } from "./device.ts";
import type { Machine } from "../machine.ts";
import { permission } from "../text.ts";
import type { WalkDetail } from "../walk/walker.ts";

/** A request under way. */
interface UnderWay {
  /** Where it is: the walk has read the descriptor, or the answer has left the IOMMU. */
  readonly stage: Place;
  readonly page: Place;
  readonly frame: Place;
  readonly writable: Place;
}

interface Answer extends DeviceTranslation {
  readonly page: Term;
  readonly frame: Term;
  readonly writable: Term;
}

/** Whether a request is made of the device's own accord, or because an access of it needs the translation. */
type Occasion = "prefetch" | "request";

export class DeviceRequests {
  readonly #machine: Machine;
  readonly #device: Device;
  readonly #underWay: UnderWay | null;

  constructor(builder: ModelBuilder, machine: Machine, device: Device, detail: WalkDetail) {
    this.#machine = machine;
    this.#device = device;
    this.#underWay = detail === "stepwise" ? declare(builder, machine, device.name) : null;
  }

  /** True if a walk of the page finds what may be cached. */
  finds(page: Operand): Term {
    return this.#machine.architecture.rules.mayCache.choice(this.#device.descriptor(page));
  }

  /** Gives up the request for a page that an invalidation in a cache ends. */
  cancel(cache: DeviceCache, page: Term): Body {
    const request = this.#underWay;
    if (!request) return [];
    const ended = cache === "IOTLB" ? request.stage.is("walked") : request.stage.isNot("none");
    return when(and(ended, request.page.is(page)), end(request));
  }

  addRules(builder: ModelBuilder): void {
    for (const occasion of ["prefetch", "request"] as const) {
      this.#addWalk(builder, occasion);
      this.#addFromIotlb(builder, occasion);
    }
    if (!this.#underWay) return;
    this.#addFillIotlb(builder, this.#underWay);
    this.#addFillAtc(builder, this.#underWay);
    this.#addDrop(builder, this.#underWay);
  }

  /** The IOTLB has nothing to answer with, or is not asked: the page tables are walked. */
  #addWalk(builder: ModelBuilder, occasion: Occasion): void {
    const { iotlb, atc } = this.#device;
    const request = this.#underWay;
    builder.rule(this.#nameOf(occasion, "walk"), {
      ...this.#device.acts,
      parameters: { page: this.#machine.domains.page },
      guard: ({ page }) => [
        this.#mayBegin(occasion, page),
        this.finds(page),
        occasion === "request" ? not(iotlb.holdsSome(page)) : not(iotlb.holds(this.#found(page))),
      ],
      body: ({ page }) => {
        const found = this.#found(page);
        return request ? begin(request, "walked", found) : [iotlb.fill(found), atc.fill(found)];
      },
      fair: this.#fairness(occasion),
      prelude: request !== null,
      text: ({ page }) =>
        request
          ? ["[walk: reads the descriptor of ", page, "]"]
          : ["[walk: ", page, " ", permission(this.#found(page).writable), " into IOTLB and ATC]"],
    });
  }

  #addFromIotlb(builder: ModelBuilder, occasion: Occasion): void {
    const { iotlb, atc } = this.#device;
    const { page: pages, frame } = this.#machine.domains;
    const request = this.#underWay;
    builder.rule(this.#nameOf(occasion, "from the IOTLB"), {
      ...this.#device.acts,
      parameters: { page: pages, frame, writable: bool },
      guard: (entry) => [this.#mayBegin(occasion, entry.page), iotlb.holds(entry), not(atc.holds(entry))],
      body: (entry) => (request ? begin(request, "answered", entry) : atc.fill(entry)),
      fair: this.#fairness(occasion),
      prelude: request !== null,
      text: ({ page, writable }) =>
        request
          ? ["[IOTLB answers: ", page, " ", permission(writable), "]"]
          : ["[IOTLB: ", page, " ", permission(writable), " into the ATC]"],
    });
  }

  // A request once made is answered, so these are fair: an access depends on it.
  #addFillIotlb(builder: ModelBuilder, request: UnderWay): void {
    builder.rule(`${this.#device.name}: fill the IOTLB`, {
      ...this.#device.acts,
      guard: () => [request.stage.is("walked")],
      body: () => [this.#device.iotlb.fill(request), request.stage.set("answered")],
      fair: true,
      prelude: true,
      text: () => ["[walk: ", request.page, " ", permission(request.writable), " into the IOTLB]"],
    });
  }

  #addFillAtc(builder: ModelBuilder, request: UnderWay): void {
    builder.rule(`${this.#device.name}: fill the ATC`, {
      ...this.#device.acts,
      guard: () => [request.stage.is("answered")],
      body: () => [this.#device.atc.fill(request), end(request)],
      fair: true,
      text: () => ["[translation: ", request.page, " ", permission(request.writable), " into the ATC]"],
    });
  }

  #addDrop(builder: ModelBuilder, request: UnderWay): void {
    builder.rule(`${this.#device.name}: drop the request`, {
      ...this.#device.acts,
      guard: () => [request.stage.isNot("none")],
      body: () => end(request),
      fair: false,
      text: () => ["[", request.page, ": not cached]"],
    });
  }

  #mayBegin(occasion: Occasion, page: Term): Term {
    const idle = this.#underWay?.stage.is("none") ?? TRUE;
    return occasion === "request" ? and(this.#device.needs(page), idle) : idle;
  }

  #fairness(occasion: Occasion): string | false {
    return occasion === "request" ? this.#device.name : false;
  }

  #nameOf(occasion: Occasion, from: string): string {
    return `${this.#device.name}: ${occasion}, ${from}`;
  }

  #found(page: Term): Answer {
    const { frame, writable } = this.#device.descriptor(page);
    return { page, frame, writable };
  }
}

const STAGE = enumeration("request", ["none", "walked", "answered"]);

function declare(builder: ModelBuilder, { domains }: Machine, device: string): UnderWay {
  return {
    stage: builder.variable(`${device}.request`, STAGE, "none"),
    page: builder.variable(`${device}.request.page`, orNone(domains.page), null),
    frame: builder.variable(`${device}.request.frame`, orNone(domains.frame), null),
    writable: builder.variable(`${device}.request.writable`, bool, false),
  };
}

function begin(request: UnderWay, stage: "walked" | "answered", { page, frame, writable }: Answer): Body {
  return [
    request.stage.set(stage),
    request.page.set(page),
    request.frame.set(frame),
    request.writable.set(writable),
  ];
}

function end(request: UnderWay): Body {
  return [
    request.stage.set("none"),
    request.page.set(null),
    request.frame.set(null),
    request.writable.set(false),
  ];
}
