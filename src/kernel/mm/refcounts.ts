/** Reference counts of pages. A page that nobody refers to is free, and no reference of it can be taken. */
import { type ArrayVariable, type Body, type ModelBuilder, range } from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import { eachOf, type Operand, type Term } from "../../model/term.ts";

/** How many references of one page can be counted. */
const MOST = 7;

export class Refcounts {
  readonly #count: ArrayVariable;

  /** Each page has one reference at first, whoever holds it; but those that `free` names. */
  constructor(
    builder: ModelBuilder,
    name: string,
    pages: Domain,
    free: (number: number) => boolean = () => false,
  ) {
    const first = eachOf(pages).map((_, number) => (free(number) ? 0 : 1));
    this.#count = builder.arrayOf(name, [pages], range(0, MOST), first);
  }

  /** When a reference can be taken. */
  mayTake(page: Operand): Term {
    return this.#count.at(page).isNot(0);
  }

  isLast(page: Operand): Term {
    return this.#count.at(page).is(1);
  }

  take(page: Operand): Body {
    return this.#count.at(page).increase();
  }

  drop(page: Operand): Body {
    return this.#count.at(page).increase(-1);
  }

  /** The page is free, or somebody has just got it. */
  reset(page: Operand, references: 0 | 1): Body {
    return this.#count.at(page).set(references);
  }
}
