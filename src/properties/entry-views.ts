/**
 * What threads have seen of entries, for those that may store it again: a thread that reads or overwrites an entry, and
 * later maps the page that it found there, puts back what was decided before. If the page was revoked in between,
 * that is no new permission. A thread that begins a new system call decides anew.
 */
import { type Body, bool, orNone, when } from "../model/builder.ts";
import { and, FALSE, operand, type Operand, or, type Place, type Term } from "../model/term.ts";
import type { FoundEntry, PageOf } from "../kernel/observers.ts";
import type { System } from "../kernel/system.ts";

/** What one thread has seen of one entry. */
interface View {
  readonly thread: string;
  readonly space: Term;
  readonly page: Term;
  /** The frame that it found mapped; none if it found nothing. */
  readonly seen: Place;
  /** The page was revoked since. */
  readonly stale: Place;
}

export class EntryViews {
  readonly #system: System;
  #views: readonly View[] | null = null;

  constructor(system: System) {
    this.#system = system;
    system.observers.add({
      entryRead: (thread, at, found) => this.#on(thread, at, (view) => look(view, found)),
      entryOverwritten: (thread, at, found) => this.#on(thread, at, (view) => overwrite(view, found)),
      forgetsEntries: (thread) => this.#all().flatMap((view) => (view.thread === thread ? forget(view) : [])),
    });
  }

  /** Whatever was seen of a page so far is older than a revocation. */
  revoke(at: PageOf): Body {
    return this.#all().map((view) =>
      when(and(this.#isOf(view, at), view.seen.isNot(null)), view.stale.set(true)),
    );
  }

  /** True if the thread maps a frame by what it saw before that was revoked. */
  putsBack(thread: string, at: PageOf, frame: Operand): Term {
    const views = this.#all().filter((view) => view.thread === thread);
    return or(
      FALSE,
      ...views.map((view) =>
        and(this.#isOf(view, at), view.stale, view.seen.is(operand(frame, this.#frames()))),
      ),
    );
  }

  /** Those of the threads that map pages they have not allocated; known when all programs are written. */
  #all(): readonly View[] {
    return (this.#views ??= this.#system.remaps.map(({ thread, page }) => {
      const { builder } = this.#system;
      const name = `${thread}'s view of ${page.name} in ${page.mm.name}`;
      return {
        thread,
        space: this.#system.space(page.mm),
        page: this.#system.page(page),
        seen: builder.variable(name, orNone(this.#frames()), null),
        stale: builder.variable(`${name} is stale`, bool, false),
      };
    }));
  }

  #on(thread: string, at: PageOf, look: (view: View) => Body): Body {
    return this.#all()
      .filter((view) => view.thread === thread)
      .map((view) => when(this.#isOf(view, at), look(view)));
  }

  #isOf({ space, page }: View, at: PageOf): Term {
    const { domains } = this.#system.machine;
    return and(space.is(operand(at.space, domains.space)), page.is(operand(at.page, domains.page)));
  }

  #frames() {
    return this.#system.machine.domains.frame;
  }
}

/** Who reads that nothing is mapped has nothing to put back. */
function look({ seen, stale }: View, { valid, frame }: FoundEntry): Body {
  return [when(valid, seen.set(frame), seen.set(null)), stale.set(false)];
}

/** Who overwrites a mapping may put it back, unseen; what it saw itself is not younger for that. */
function overwrite({ seen, stale }: View, { valid, frame }: FoundEntry): Body {
  return when(and(valid, seen.isNot(frame)), [seen.set(frame), stale.set(false)]);
}

function forget({ seen, stale }: View): Body {
  return [seen.set(null), stale.set(false)];
}
