/**
 * Pages whose mappings are global: addresses of the kernel, mapped in every translation context by the same
 * descriptors, where no page-table isolation keeps them apart (`_PAGE_GLOBAL`, nG clear). A lookup uses their
 * entries under any address-space identifier (ARM-13, X86-8), and what invalidates by identifier leaves them
 * (X86-7). That a mapping is global is here a property of its address, and never changes.
 *
 * An entry that is global has no identifier of its own; it is kept under the first that there is.
 */
import {
  and,
  choose,
  eachOf,
  FALSE,
  not,
  type Operand,
  operand,
  or,
  type Term,
  TRUE,
} from "../model/term.ts";
import type { Scope } from "./architecture.ts";
import type { Domains } from "./domains.ts";

/** The pages of one context that are global. */
export interface GlobalPagesOf {
  readonly space: string;
  readonly pages: readonly string[];
}

/** Whether a scope takes global entries in: those that name no identifier do, others only if they say so. */
export function includesGlobal({ asid, globals = asid === null }: Scope): boolean {
  return globals;
}

export class GlobalPages {
  readonly #domains: Domains;
  readonly #of: readonly GlobalPagesOf[];

  constructor(domains: Domains, of: readonly GlobalPagesOf[]) {
    this.#domains = domains;
    this.#of = of.filter(({ pages }) => pages.length > 0);
  }

  /** True of a page that is mapped globally. */
  has(page: Operand): Term {
    return or(...this.#of.map((each) => this.#isOneOf(page, each)));
  }

  /** The same where the page is known while the model is built, as the operand of an invalidation is. */
  certainlyHas(page: Operand): boolean {
    const { node } = this.has(page);
    if (node !== TRUE.node && node !== FALSE.node) throw new Error("an invalidation of a page that varies");
    return node === TRUE.node;
  }

  /** The identifier that an entry of a page is kept under which was walked under this one. */
  tag(page: Operand, asid: Term): Term {
    if (this.#of.length === 0) return asid;
    return chosen(this.has(page), eachOf(this.#domains.asid)[0]!, asid);
  }

  /** The context that a page belongs to, where this one is loaded. */
  space(page: Operand, loaded: Term): Term {
    return this.#of.reduce((found, each) => chosen(this.#isOneOf(page, each), each.space, found), loaded);
  }

  /** Whether a page is walked in a context under an identifier, which is that of another context where it is global. */
  isWalkedIn(page: Operand, space: Operand, isItsOwn: Term): Term {
    const term = operand(space, this.#domains.space);
    const global = or(...this.#of.map((each) => and(this.#isOneOf(page, each), term.is(each.space))));
    return or(global, and(this.has(page).not(), isItsOwn));
  }

  /** Whether what is cached or under way for a page, under an identifier, is in a scope. */
  inScope(scope: Scope, page: Term, asid: Term): Term {
    const global = this.has(page);
    return and(
      scope.page === null ? TRUE : page.is(scope.page),
      or(
        includesGlobal(scope) ? global : FALSE,
        and(not(global), scope.asid === null ? TRUE : asid.is(scope.asid)),
      ),
    );
  }

  #isOneOf(page: Operand, { pages }: GlobalPagesOf): Term {
    const term = operand(page, this.#domains.page);
    return or(...pages.map((name) => term.is(name)));
  }
}

/** A choice that is made while the model is built if it can be. */
function chosen(when: Term, then: Operand, otherwise: Term): Term {
  return when.node === FALSE.node ? otherwise : choose(when, then, otherwise);
}
