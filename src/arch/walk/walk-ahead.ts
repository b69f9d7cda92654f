/**
 * Results of walks that a CPU remembers for its own later accesses (ARM-17): without FEAT_ETS2 an access may
 * use a translation, or a fault, that was found before accesses and barriers that precede it in program
 * order. The CPU's own TLBI and DSB do not drop it; a context synchronisation does, and the completion of
 * another CPU's TLBI drops translations, like any access that was already translated.
 *
 * A context synchronisation drops only what is older than an access that a DSB has waited for: an ISB behind a
 * DSB that does not wait for an access may complete before that access does, and the walk lie in between.
 * Herd's tests I2V-R-DSB.ST-ISB-R+W and I2V-W-DSB.LD-ISB-R show it, beyond the words of ARM-17.
 *
 * One result for each page is enough: an access uses one, and a newer one replaces an older one.
 */
import {
  type ArrayVariable,
  bool,
  type Body,
  enumeration,
  type ModelBuilder,
  orNone,
  when,
} from "../../model/builder.ts";
import { and, eachOf, FALSE, not, or, type Term } from "../../model/term.ts";
import type { Descriptor } from "../architecture.ts";
import type { Machine } from "../machine.ts";
import { permission } from "../text.ts";

const RESULT = enumeration("remembered", ["nothing", "fault", "translation"]);

/** By CPU and page. */
interface Remembered {
  readonly result: ArrayVariable;
  readonly frame: ArrayVariable;
  readonly writable: ArrayVariable;
  /** A load, or a store, of the CPU was performed since. */
  readonly load: ArrayVariable;
  readonly store: ArrayVariable;
  /** A DSB has waited for such an access: the next context synchronisation drops the result. */
  readonly fenced: ArrayVariable;
}

export class WalkAhead {
  readonly #machine: Machine;
  readonly #state: Remembered | null;

  constructor(builder: ModelBuilder, machine: Machine, enabled: boolean) {
    this.#machine = machine;
    const { cpu, page, frame } = machine.domains;
    this.#state = enabled
      ? {
          result: builder.array("remembered", [cpu, page], RESULT, "nothing"),
          frame: builder.array("remembered.frame", [cpu, page], orNone(frame), null),
          writable: builder.array("remembered.writable", [cpu, page], bool, false),
          load: builder.array("remembered.load since", [cpu, page], bool, false),
          store: builder.array("remembered.store since", [cpu, page], bool, false),
          fenced: builder.array("remembered.fenced", [cpu, page], bool, false),
        }
      : null;
  }

  /** A remembered translation of the page, to be used by an access. */
  translates(cpu: Term, page: Term): Term {
    return this.#state ? this.#state.result.at(cpu, page).is("translation") : FALSE;
  }

  /** A remembered fault. */
  faults(cpu: Term, page: Term): Term {
    return this.#state ? this.#state.result.at(cpu, page).is("fault") : FALSE;
  }

  get enabled(): boolean {
    return this.#state !== null;
  }

  /** The remembered translation; meaningless unless `translates`. */
  translation(cpu: Term, page: Term): { readonly frame: Term; readonly writable: Term } {
    if (!this.#state) throw new Error("this machine remembers no walks");
    return { frame: this.#state.frame.at(cpu, page), writable: this.#state.writable.at(cpu, page) };
  }

  /** What is remembered is now older than a load or store of the CPU, if the condition is true. */
  overtakenBy(cpu: Term, kind: "load" | "store", condition: Term): Body {
    const state = this.#state;
    if (!state) return [];
    return this.#pages().map((page) =>
      when(and(condition, state.result.at(cpu, page).isNot("nothing")), state[kind].at(cpu, page).set(true)),
    );
  }

  /** A DSB that awaits loads, stores or both: nothing behind it begins before it completes. */
  fence(cpu: Term, awaited: { readonly loads: boolean; readonly stores: boolean }): Body {
    const state = this.#state;
    if (!state) return [];
    return this.#pages().map((page) => {
      const all = awaited.loads && awaited.stores ? state.result.at(cpu, page).isNot("nothing") : FALSE;
      const older = or(
        all,
        awaited.loads ? state.load.at(cpu, page) : FALSE,
        awaited.stores ? state.store.at(cpu, page) : FALSE,
      );
      return when(older, state.fenced.at(cpu, page).set(true));
    });
  }

  /** Drops what a DSB has fenced. */
  forgetFenced(cpu: Term): Body {
    const state = this.#state;
    if (!state) return [];
    return this.#pages().map((page) => when(state.fenced.at(cpu, page), this.#forgetPage(cpu, page)));
  }

  /** Drops all that a CPU remembers. */
  forget(cpu: Term): Body {
    return this.#pages().map((page) => this.#forgetPage(cpu, page));
  }

  addRules(builder: ModelBuilder): void {
    if (!this.#state) return;
    this.#addRemember(builder);
    this.#addRememberFault(builder);
    this.#addDrop(builder);
  }

  #addRemember(builder: ModelBuilder): void {
    const { domains, tlb, invalidation } = this.#machine;
    const { result, frame, writable } = this.#state!;
    builder.rule("walk ahead", {
      actor: ({ cpu }) => ({ name: "walker", index: cpu }),
      parameters: {
        cpu: domains.cpu,
        asid: domains.asid,
        page: domains.page,
        frame: domains.frame,
        writable: bool,
      },
      guard: ({ cpu, page, ...entry }) => [
        this.#machine.walkMatters(cpu, page),
        tlb.mayHit(cpu, { ...entry, page }),
        not(
          and(
            result.at(cpu, page).is("translation"),
            frame.at(cpu, page).is(entry.frame),
            writable.at(cpu, page).is(entry.writable),
          ),
        ),
      ],
      body: ({ cpu, page, ...entry }) => [
        this.#forgetPage(cpu, page),
        result.at(cpu, page).set("translation"),
        frame.at(cpu, page).set(entry.frame),
        writable.at(cpu, page).set(entry.writable),
        invalidation.inheritAhead(cpu, page, { ...entry, page }),
      ],
      fair: false,
      text: ({ page, ...entry }) => [
        "[walk ahead: ",
        page,
        " ",
        permission(entry.writable),
        " for a later access]",
      ],
      place: ({ cpu }) => cpu,
    });
  }

  #addRememberFault(builder: ModelBuilder): void {
    const { domains, memory, architecture, invalidation } = this.#machine;
    const { mayWalk } = architecture.rules;
    const { result } = this.#state!;
    builder.rule("walk ahead to a fault", {
      actor: ({ cpu }) => ({ name: "walker", index: cpu }),
      parameters: { cpu: domains.cpu, page: domains.page },
      guard: ({ cpu, page }) => [
        this.#machine.walkMatters(cpu, page),
        mayWalk.choice(this.#machine, cpu, page),
        faults(memory.descriptor(this.#machine.spaceOf(cpu, page), page)),
        result.at(cpu, page).isNot("fault"),
      ],
      body: ({ cpu, page }) => [
        this.#forgetPage(cpu, page),
        result.at(cpu, page).set("fault"),
        invalidation.inheritAhead(cpu, page, null),
      ],
      fair: false,
      text: ({ page }) => ["[walk ahead: ", page, " faults, for a later access]"],
      place: ({ cpu }) => cpu,
    });
  }

  /** What another CPU's invalidation waits for goes. */
  #addDrop(builder: ModelBuilder): void {
    const { domains, invalidation } = this.#machine;
    builder.rule("TLBI drops a walk", {
      actor: ({ cpu }) => ({ name: "walker", index: cpu }),
      parameters: { cpu: domains.cpu, page: domains.page },
      guard: ({ cpu, page }) => [invalidation.aheadIsCondemned(cpu, page)],
      body: ({ cpu, page }) => this.#forgetPage(cpu, page),
      text: ({ page }) => ["[TLBI takes effect: the walk ahead of ", page, " is dropped]"],
      place: ({ cpu }) => cpu,
    });
  }

  #pages(): Term[] {
    return eachOf(this.#machine.domains.page);
  }

  #forgetPage(cpu: Term, page: Term): Body {
    if (!this.#state) return [];
    const { result, frame, writable, load, store, fenced } = this.#state;
    return [
      result.at(cpu, page).set("nothing"),
      frame.at(cpu, page).set(null),
      [writable, load, store, fenced].map((flag) => flag.at(cpu, page).set(false)),
      this.#machine.invalidation.forgetAhead(cpu, page),
    ];
  }
}

/** Whether a walk to a descriptor ends in a fault. */
function faults({ valid, accessed }: Descriptor): Term {
  return or(valid.not(), accessed.not());
}
