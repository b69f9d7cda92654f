/**
 * Invalidations that are issued at once and take effect later, on each target CPU in a transition of its own
 * (ARM-4), and their completion, for which the issuer can wait (ARM-6).
 *
 * Two outstanding invalidations of one CPU with equal operands are kept as one. Nothing is lost: the joint one
 * takes effect when the later of the two does, and what the earlier one would have removed before may have
 * been evicted instead (HW-4).
 */
import type { Domain } from "../model/domain.ts";
import { type ArrayVariable, bool, type Body, type ModelBuilder } from "../model/builder.ts";
import { and, forAll, type Term } from "../model/term.ts";
import type { Invalidation, Scope } from "./architecture.ts";
import type { Machine } from "./machine.ts";

interface Used {
  readonly invalidation: Invalidation;
  /** Indexed by issuer, target, and the operands. */
  readonly pending: ArrayVariable;
}

export class Invalidations {
  readonly #machine: Machine;
  readonly #builder: ModelBuilder;
  readonly #used = new Map<string, Used>();

  constructor(builder: ModelBuilder, machine: Machine) {
    this.#builder = builder;
    this.#machine = machine;
  }

  /** Issues an invalidation on a CPU: it is outstanding on every target from now on. */
  issue(issuer: Term, invalidation: Invalidation, operands: Scope): Body {
    const { pending } = this.#use(invalidation);
    const { targets } = this.#machine.architecture.rules;
    const index = operandIndex(invalidation, operands);
    return targets
      .choice(this.#machine, invalidation, issuer)
      .map((target) => pending.at(issuer, target, ...index).set(true));
  }

  /**
   * True once every invalidation that this CPU issued has taken effect on all of its targets. `issue` makes
   * an invalidation known, so this is to be asked only after everything that any CPU issues was built.
   */
  complete(issuer: Term, reach: "broadcast" | "local"): Term {
    const used = [...this.#used.values()].filter(
      ({ invalidation }) => invalidation.broadcast === (reach === "broadcast"),
    );
    return and(...used.map(({ pending }) => nonePending(pending, [issuer])));
  }

  /** The rules by which outstanding invalidations take effect. */
  addRules(): void {
    for (const { invalidation, pending } of this.#used.values()) this.#addRule(invalidation, pending);
  }

  #addRule(invalidation: Invalidation, pending: ArrayVariable): void {
    const { domains, architecture, tlb, walker } = this.#machine;
    const { scope, effectAwaits, cancelsWalks } = architecture.rules;
    const operands = operandDomains(invalidation, domains);
    const scopeOf = ({ asid, page }: { asid?: Term; page?: Term }): Scope =>
      scope.choice(invalidation, { asid: asid ?? null, page: page ?? null });
    this.#builder.rule(`${invalidation.name} takes effect`, {
      actor: ({ target }) => ({ name: "TLB", index: target }),
      parameters: { issuer: domains.cpu, target: domains.cpu, ...operands } as Record<string, Domain> & {
        issuer: Domain;
        target: Domain;
      },
      guard: ({ issuer, target, ...rest }) => [
        pending.at(issuer, target, ...Object.values(rest)),
        effectAwaits.choice(this.#machine, target, scopeOf(rest)),
      ],
      body: ({ issuer, target, ...rest }) => [
        pending.at(issuer, target, ...Object.values(rest)).set(false),
        tlb.invalidate(target, scopeOf(rest)),
        cancelsWalks.choice ? walker.cancel(target, scopeOf(rest)) : [],
      ],
      text: ({ issuer, target: _target, ...rest }) => [
        `[TLBI ${invalidation.name}`,
        ...(rest["page"] ? [" ", rest["page"]] : []),
        " of ",
        issuer,
        " takes effect]",
      ],
      place: ({ target }) => target,
    });
  }

  #use(invalidation: Invalidation): Used {
    const known = this.#used.get(invalidation.name);
    if (known) return known;
    const { domains } = this.#machine;
    const index = [domains.cpu, domains.cpu, ...Object.values(operandDomains(invalidation, domains))];
    const used = {
      invalidation,
      pending: this.#builder.array(`tlbi.${invalidation.name}`, index, bool, false),
    };
    this.#used.set(invalidation.name, used);
    return used;
  }
}

function operandDomains({ by }: Invalidation, { asid, page }: Machine["domains"]): Record<string, Domain> {
  return by === "page" ? { asid, page } : by === "asid" ? { asid } : {};
}

function operandIndex({ by, name }: Invalidation, { asid, page }: Scope) {
  const needed = by === "page" ? [asid, page] : by === "asid" ? [asid] : [];
  return needed.map((operand) => {
    if (operand === null) throw new Error(`TLBI ${name} lacks an operand`);
    return operand;
  });
}

/** No cell of the array whose index begins so is true. */
function nonePending(pending: ArrayVariable, begin: readonly Term[]): Term {
  const next = pending.index[begin.length];
  if (!next) return pending.at(...begin).not();
  return forAll(next, (each) => nonePending(pending, [...begin, each]));
}
