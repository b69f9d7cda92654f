/**
 * Results of walks that a CPU remembers for its own later accesses (ARM-17): without FEAT_ETS2 an access may
 * use a translation, or a fault, that was found before accesses and barriers that precede it in program
 * order. A context synchronisation drops it; the CPU's own TLBI and DSB do not; the completion of another
 * CPU's TLBI does, like any access that was already translated.
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
} from "../model/builder.ts";
import { and, FALSE, not, type Term } from "../model/term.ts";
import { eachOf } from "../model/term.ts";
import type { Machine } from "./machine.ts";
import { permission } from "./text.ts";

const RESULT = enumeration("remembered", ["nothing", "fault", "translation"]);

export class WalkAhead {
  readonly #machine: Machine;
  readonly #state: { result: ArrayVariable; frame: ArrayVariable; writable: ArrayVariable } | null;

  constructor(builder: ModelBuilder, machine: Machine, enabled: boolean) {
    this.#machine = machine;
    const { cpu, page, frame } = machine.domains;
    this.#state = enabled
      ? {
          result: builder.array("remembered", [cpu, page], RESULT, "nothing"),
          frame: builder.array("remembered.frame", [cpu, page], orNone(frame), null),
          writable: builder.array("remembered.writable", [cpu, page], bool, false),
        }
      : null;
  }

  remembers(cpu: Term, page: Term): Term {
    return this.#state ? this.#state.result.at(cpu, page).isNot("nothing") : FALSE;
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

  /** Drops all that a CPU remembers. */
  forget(cpu: Term): Body {
    return eachOf(this.#machine.domains.page).map((page) => this.#forgetPage(cpu, page));
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
    const { domains, memory, context, architecture, invalidation } = this.#machine;
    const { mayWalk, mayCache } = architecture.rules;
    const { result, frame, writable } = this.#state!;
    builder.rule("walk ahead to a fault", {
      actor: ({ cpu }) => ({ name: "walker", index: cpu }),
      parameters: { cpu: domains.cpu, page: domains.page },
      guard: ({ cpu, page }) => [
        mayWalk.choice(this.#machine, cpu),
        mayCache.choice(memory.descriptor(context.at(cpu), page)).not(),
        result.at(cpu, page).isNot("fault"),
      ],
      body: ({ cpu, page }) => [
        result.at(cpu, page).set("fault"),
        frame.at(cpu, page).set(null),
        writable.at(cpu, page).set(false),
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

  #forgetPage(cpu: Term, page: Term): Body {
    if (!this.#state) return [];
    const { result, frame, writable } = this.#state;
    return [
      result.at(cpu, page).set("nothing"),
      frame.at(cpu, page).set(null),
      writable.at(cpu, page).set(false),
      this.#machine.invalidation.forgetAhead(cpu, page),
    ];
  }
}
