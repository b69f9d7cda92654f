/** Reference counts of pages. A page that nobody refers to is free, and no reference of it can be taken. */
import { type ArrayVariable, type Body, type ModelBuilder, range } from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import type { Operand, Term } from "../../model/term.ts";

/** How many references of one page can be counted. */
const MOST = 7;

export class Refcounts {
  readonly #count: ArrayVariable;

  /** Each page has one reference at first, whoever holds it. */
  constructor(builder: ModelBuilder, pages: Domain) {
    this.#count = builder.array("refcount", [pages], range(0, MOST), 1);
  }

  /** When a reference can be taken. */
  mayTake(page: Operand): Term {
    return this.#count.at(page).isNot(0);
  }

  take(page: Operand): Body {
    return this.#count.at(page).increase();
  }

  drop(page: Operand): Body {
    return this.#count.at(page).increase(-1);
  }
}
