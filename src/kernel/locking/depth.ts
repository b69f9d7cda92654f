/** How deep a thread is in sections of one kind, or how often it has one lock for reading: these nest. */
import { type Body, type ModelBuilder, range } from "../../model/builder.ts";
import { choose, type Place, type Term } from "../../model/term.ts";

export class Depth {
  readonly #builder: ModelBuilder;
  readonly #name: string;
  readonly #nests: boolean;
  #places = 0;
  #counter: Place | null = null;

  /** Of sections that do not nest, such as interrupts off, the first way out leaves all. */
  constructor(builder: ModelBuilder, name: string, nests = true) {
    this.#builder = builder;
    this.#name = name;
    this.#nests = nests;
  }

  /** Says that a program enters; to be called once for each place where it does, before bodies are asked for. */
  announce(): void {
    this.#places += 1;
  }

  enter(): Body {
    return this.#nests ? this.#depth.increase() : this.#depth.set(1);
  }

  /** Does nothing outside of all sections: a misuse that is reported. */
  leave(): Body {
    const outer = choose(this.#depth.is(0), 0, this.#depth.minus(1));
    return this.#depth.set(this.#nests ? outer : 0);
  }

  /** True inside of some section. */
  isInside(): Term {
    return this.#depth.isNot(0);
  }

  get #depth(): Place {
    const deepest = this.#nests ? Math.max(1, this.#places) : 1;
    return (this.#counter ??= this.#builder.variable(this.#name, range(0, deepest), 0));
  }
}
