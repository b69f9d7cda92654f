/** Choices that several architectures make alike, each under rules of its own. */
import { and, or, type Term } from "../../model/term.ts";
import type { CachedEntry, Descriptor, Invalidation, Scope } from "../architecture.ts";
import type { Machine } from "../machine.ts";

/** A walker walks whatever is loaded, at any time; what is global is there in any context. */
export function contextIsLoaded(machine: Machine, cpu: Term, page: Term): Term {
  return machine.spaceOf(cpu, page).isNot(null);
}

/** Valid, with the accessed flag set. */
export function isTranslation({ valid, accessed }: Descriptor): Term {
  return and(valid, accessed);
}

/** An entry is used while its own identifier is loaded, a global one always. */
export function identifierIsLoaded(machine: Machine, cpu: Term, { asid, page }: CachedEntry): Term {
  const own = and(machine.context.at(cpu).isNot(null), machine.loadedAsid(cpu).is(asid));
  return or(machine.globals.has(page), own);
}

/** What the operands name, as far as the instruction selects by them. */
export function scopeOfOperands({ by }: Invalidation, { asid, page }: Scope): Scope {
  return {
    asid: by === "page" || by === "asid" ? asid : null,
    page: by === "page" || by === "page in any ASID" ? page : null,
  };
}

/** The same, where an operation by address takes global entries of the address with it. */
export function scopeWithGlobals(invalidation: Invalidation, operands: Scope): Scope {
  return { ...scopeOfOperands(invalidation, operands), globals: invalidation.by !== "asid" };
}

/** Interrupts are on, and no access that was translated is still to be performed. */
export function isInterruptible(machine: Machine, cpu: Term): Term {
  return and(machine.interrupts.on(cpu), machine.access.idle(cpu));
}
