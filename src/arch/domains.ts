/** The names that a machine is made of, as domains of variables. */
import { names } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";

/** The names that a machine is made of; interchangeable where it matters. */
export interface Domains {
  readonly cpu: Domain;
  /** Translation contexts: a page table each, loaded on a CPU or not. */
  readonly space: Domain;
  readonly asid: Domain;
  readonly page: Domain;
  readonly frame: Domain;
}

/** How many CPUs there are, and what the rest is called. */
export interface DomainOptions {
  readonly cpus: number;
  readonly spaces: readonly string[];
  readonly asids: readonly string[];
  readonly pages: readonly string[];
  readonly frames: readonly string[];
}

/** The domains of a machine that has these. */
export function domainsOf(options: DomainOptions): Domains {
  return {
    cpu: names(
      "cpu",
      Array.from({ length: options.cpus }, (_, i) => `CPU${i}`),
    ),
    space: names("space", options.spaces),
    asid: names("asid", [...new Set(options.asids)]),
    page: names("page", options.pages),
    frame: names("frame", options.frames),
  };
}
