/**
 * Closed hardware: a state says what may be cached, instead of what is. Fills, evictions and the moment at which an
 * invalidation takes effect are no steps; only that somebody has waited for an invalidation takes anything away. The
 * argument that this finds what the enumerated hardware finds is in `docs/closed-hardware.md`.
 */
import type { Body, ModelBuilder } from "../../model/builder.ts";
import { FALSE, or, type Term } from "../../model/term.ts";
import type { Scope } from "../architecture.ts";
import type { Reach } from "../invalidation.ts";
import type { Domains } from "../domains.ts";
import type { TableScope } from "../walk/page-tables.ts";
import { Waiters } from "./waiters.ts";

/** What can be condemned, and goes when its issuer has waited: TLBs and walk caches. */
export interface Condemnable {
  condemn(
    bit: number,
    cpu: Term,
    scope: { readonly entries: Scope; readonly tables: TableScope | null },
  ): Body;
  discard(bit: number): Body;
}

interface Awaited {
  readonly issuer: Term;
  readonly reach: Reach;
}

export class Closed {
  readonly waiters: Waiters;
  readonly #caches: Condemnable[] = [];
  readonly #builder: ModelBuilder;
  #awaited: Awaited[] | null = null;
  #finished = false;

  constructor(builder: ModelBuilder, domains: Domains) {
    this.#builder = builder;
    this.waiters = new Waiters(domains);
  }

  /**
   * Something looks at what is cached in a way that has no closed form: at a fill, or at an entry that may be there,
   * whatever it concludes from that. Once the machine is finished only goals look, which want the entry to be there.
   */
  refuse(why: string): void {
    if (!this.#finished) this.#builder.refuseSaturation(why);
  }

  /** All is built that takes steps. */
  finish(): void {
    this.#finished = true;
  }

  /** Adds a cache whose entries invalidations condemn. */
  add(cache: Condemnable): void {
    this.#caches.push(cache);
  }

  /** An issuer waits for what a CPU may have cached in these scopes. */
  condemn(
    issuer: Term,
    reach: Reach,
    target: Term,
    scope: { readonly entries: Scope; readonly tables: TableScope | null },
  ): Body {
    return this.waiters.each(issuer, (number) => {
      const bit = this.waiters.note(number, reach);
      return this.#caches.map((cache) => cache.condemn(bit, target, scope));
    });
  }

  /** True if a copy of an entry is awaited by an issuer, a CPU that is known. */
  isAwaited(copy: Term | undefined, issuer: Term, reach: Reach): Term {
    if (!copy || issuer.node.kind !== "constant") return FALSE;
    const bit = this.waiters.bit(issuer.node.value, reach);
    const awaited = this.waiters.masks().filter((mask) => (mask & bit) !== 0);
    return or(...awaited.map((mask) => copy.is(mask)));
  }

  /** Notes that a condition which is being built waits for the invalidations of an issuer. */
  awaits(issuer: Term, reach: Reach): void {
    this.#awaited?.push({ issuer, reach });
  }

  /** What goes when a condition has been waited for: all that its issuers had condemned. */
  completed(condition: () => unknown): Body {
    const before = this.#awaited;
    this.#awaited = [];
    condition();
    const awaited = this.#awaited;
    this.#awaited = before;
    return awaited.map(({ issuer, reach }) =>
      this.waiters.each(issuer, (number) => {
        const bit = this.waiters.bit(number, reach);
        return bit === 0 ? [] : this.#caches.map((cache) => cache.discard(bit));
      }),
    );
  }
}
