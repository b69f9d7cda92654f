/**
 * Walkers in closed hardware, over tables of one level: what a walk could find and cache now is cached as a part of
 * the step that made it so. Any number of walks may be under way on a CPU; none is part of the state.
 */
import { type Body, type ModelBuilder, when } from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import { and, eachOf, FALSE, type Term } from "../../model/term.ts";
import type { Descriptor } from "../architecture.ts";
import type { Machine } from "../machine.ts";
import { present, type Reading, type ReadingChoices } from "../walk/reading.ts";
import type { PageWalker } from "../walk/walker.ts";

export class ClosedWalker implements PageWalker {
  readonly readings: readonly Reading[];
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.readings = [present(machine), ...(machine.oldDescriptors?.readings() ?? [])];
  }

  underWay(): Term {
    return FALSE;
  }

  cancel(): Body {
    return [];
  }

  /** No access need have a page walked: whatever a walk would find may be cached. */
  mayWalkOnDemand(): Term[] {
    return [FALSE];
  }

  walkOnDemand(): Body {
    return [];
  }

  rememberContext(): (cpu: Term) => Term {
    return (cpu) => this.#machine.context.at(cpu);
  }

  addRules(builder: ModelBuilder): void {
    for (const cpu of this.#machine.cpus())
      for (const page of eachOf(this.#machine.domains.page))
        for (const reading of this.readings)
          builder.saturate(
            eachChoice(reading.choices).map((choices) => this.#read(cpu, page, reading, choices)),
          );
  }

  #read(cpu: Term, page: Term, reading: Reading, choices: ReadingChoices): Body {
    const { architecture, tlb } = this.#machine;
    const { mayWalk } = architecture.rules;
    const found = reading.descriptor(cpu, page, choices);
    const mayRead = and(
      this.#machine.walkMatters(cpu, page),
      mayWalk.choice(this.#machine, cpu, page),
      ...reading.possible(cpu, page, choices),
    );
    const invalid = tlb.invalid;
    return [
      this.#cache(mayRead, cpu, page, found),
      invalid
        ? when(
            and(mayRead, found.valid.not()),
            invalid.fill(cpu, { asid: this.#machine.loadedAsid(cpu), page }),
          )
        : [],
    ];
  }

  #cache(mayRead: Term, cpu: Term, page: Term, found: Descriptor): Body {
    const mayCache = this.#machine.architecture.rules.mayCache.choice(found);
    if (mayCache.node === FALSE.node) return [];
    return when(
      and(mayRead, mayCache),
      this.#machine.tlb.fill(cpu, this.#machine.translationBy(cpu, page, found)),
    );
  }
}

/** The choices of a reading in all combinations. */
function eachChoice(choices: Readonly<Record<string, Domain>>): ReadingChoices[] {
  return Object.entries(choices).reduce<ReadingChoices[]>(
    (all, [name, domain]) =>
      all.flatMap((found) => eachOf(domain).map((value) => ({ ...found, [name]: value }))),
    [{}],
  );
}
