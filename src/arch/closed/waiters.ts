/**
 * Who may wait for what is cached to go: the CPUs that issue invalidations which take effect later, each by the reach
 * of what it issues. A copy of an entry is told from another by the set of waiters that have condemned it, as a mask
 * with a bit for each. Waiters become known while programs are built; what is asked of the masks is asked after that.
 */
import { formatValue } from "../../model/domain.ts";
import { type Body, when } from "../../model/builder.ts";
import { eachOf, FALSE, type Term, TRUE } from "../../model/term.ts";
import type { Reach } from "../invalidation.ts";
import type { Domains } from "../domains.ts";

interface Waiter {
  readonly issuer: number;
  readonly reach: Reach;
}

export class Waiters {
  readonly #domains: Domains;
  readonly #known: Waiter[] = [];

  constructor(domains: Domains) {
    this.#domains = domains;
  }

  /** Does something for the CPU that an issuer is, whichever that turns out to be. */
  each(issuer: Term, body: (number: number) => Body): Body {
    return eachOf(this.#domains.cpu).map((cpu, number) => {
      const is = issuer.is(cpu);
      if (is.node === FALSE.node) return [];
      return is.node === TRUE.node ? body(number) : when(is, body(number));
    });
  }

  /** The bit of a waiter, which it has from now on. */
  note(issuer: number, reach: Reach): number {
    if (this.#indexOf({ issuer, reach }) < 0) this.#known.push({ issuer, reach });
    return this.bit(issuer, reach);
  }

  /** The bit of a waiter; 0 for one that has issued nothing. */
  bit(issuer: number, reach: Reach): number {
    const at = this.#indexOf({ issuer, reach });
    return at < 0 ? 0 : 1 << at;
  }

  /** The masks that copies may have besides 0, the smaller sets first. */
  masks(): number[] {
    const all = Array.from({ length: (1 << this.#known.length) - 1 }, (_, i) => i + 1);
    return all
      .filter((mask) => this.#localOnes(mask) <= 1)
      .sort((a, b) => bitCount(a) - bitCount(b) || a - b);
  }

  /** The waiters of a mask, as a part of a variable's name: "cpu0, cpu1 locally". */
  told(mask: number): string {
    return this.#known
      .filter((_, at) => ((mask >> at) & 1) === 1)
      .map(
        ({ issuer, reach }) =>
          `${formatValue(this.#domains.cpu, issuer)}${reach === "local" ? " locally" : ""}`,
      )
      .join(", ");
  }

  /** A local invalidation acts on one CPU, so no copy is condemned by two of different CPUs. */
  #localOnes(mask: number): number {
    return this.#known.filter(({ reach }, at) => reach === "local" && ((mask >> at) & 1) === 1).length;
  }

  #indexOf({ issuer, reach }: Waiter): number {
    return this.#known.findIndex((each) => each.issuer === issuer && each.reach === reach);
  }
}

function bitCount(mask: number): number {
  return mask === 0 ? 0 : (mask & 1) + bitCount(mask >> 1);
}
