/**
 * Results of walks that a CPU remembers for its own later accesses (ARM-17): without FEAT_ETS2 an access may
 * use a translation, or a fault, that was found before accesses and barriers that precede it in program
 * order. The CPU's own TLBI and DSB do not drop it; another CPU's TLBI awaits it, like any access that was already
 * translated, until the access has been made or the result is dropped.
 *
 * A context synchronisation drops what is older than something that comes before it in program order for certain:
 * an access that a DSB has awaited, a load that a branch depends on or the address of an access, the walk that
 * translated an access, or led it to its fault. And an access whose address depends on a load uses nothing older
 * than that.
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
  range,
  when,
} from "../../model/builder.ts";
import { and, eachOf, FALSE, or, type Term, TRUE } from "../../model/term.ts";
import type { Descriptor } from "../architecture.ts";
import type { Machine } from "../machine.ts";
import { setsFlag } from "../flags.ts";
import { permission } from "../text.ts";
import type { Translation } from "../tlb.ts";
import { WalkAges } from "./walk-ages.ts";

/** The faults that may be remembered; one of permission is a translation that does not permit the access. */
const rememberedFaults = ["translation", "access flag"] as const;
export type RememberedFault = (typeof rememberedFaults)[number];

const NOTHING = "nothing";
const TRANSLATION = "translation";
const faultResult = (kind: RememberedFault): string => `${kind} fault`;
const RESULT = enumeration("remembered", [NOTHING, TRANSLATION, ...rememberedFaults.map(faultResult)]);

/** By CPU and page. */
interface Remembered {
  readonly result: ArrayVariable;
  readonly frame: ArrayVariable;
  readonly writable: ArrayVariable;
  /** A load, or a store, of the CPU was performed since. */
  readonly load: ArrayVariable;
  readonly store: ArrayVariable;
  /** By load besides: the ones on which something depends, that were performed since. Null if there are none. */
  readonly tracked: ArrayVariable | null;
  /** It is older than something that is bound to come first: the next context synchronisation drops it. */
  readonly fenced: ArrayVariable;
  readonly ages: WalkAges;
}

export interface WalkAheadOptions {
  readonly enabled: boolean;
  /** How many loads of a CPU there are on which addresses or branches depend; each has a number. */
  readonly trackedLoads: number;
}

export class WalkAhead {
  readonly #machine: Machine;
  readonly #state: Remembered | null;

  constructor(builder: ModelBuilder, machine: Machine, { enabled, trackedLoads }: WalkAheadOptions) {
    this.#machine = machine;
    this.#state = enabled ? this.#declare(builder, trackedLoads) : null;
  }

  get enabled(): boolean {
    return this.#state !== null;
  }

  /** True if a walk of the page is remembered, whatever it found. */
  remembers(cpu: Term, page: Term): Term {
    return this.#state?.result.at(cpu, page).isNot(NOTHING) ?? FALSE;
  }

  /** A remembered translation of the page, to be used by an access. */
  translates(cpu: Term, page: Term): Term {
    return this.#state?.result.at(cpu, page).is(TRANSLATION) ?? FALSE;
  }

  /** A remembered fault. */
  faults(cpu: Term, page: Term, kind: RememberedFault): Term {
    return this.#state?.result.at(cpu, page).is(faultResult(kind)) ?? FALSE;
  }

  /** The remembered translation; meaningless unless `translates`. */
  translation(cpu: Term, page: Term): { readonly frame: Term; readonly writable: Term } {
    if (!this.#state) throw new Error("this machine remembers no walks");
    return { frame: this.#state.frame.at(cpu, page), writable: this.#state.writable.at(cpu, page) };
  }

  /** True if none of these loads, on which the address of an access depends, was performed since the walk. */
  isNotOlder(cpu: Term, page: Term, loads: readonly number[]): Term {
    const tracked = this.#state?.tracked;
    return tracked ? and(...loads.map((load) => tracked.at(cpu, page, load).not())) : TRUE;
  }

  /** What is remembered is now older than a load or store of the CPU, if the condition is true. */
  overtakenBy(cpu: Term, kind: "load" | "store", condition: Term): Body {
    return this.#each((page, state) =>
      when(and(condition, this.#counts(cpu, page)), state[kind].at(cpu, page).set(true)),
    );
  }

  /** What is remembered is now older than a load on which something depends. */
  overtakenByTracked(cpu: Term, load: number): Body {
    return this.#each((page, { tracked }) =>
      tracked ? when(this.remembers(cpu, page), tracked.at(cpu, page, load).set(true)) : [],
    );
  }

  /** A DSB that awaits loads, stores or both: nothing behind it begins before it completes. */
  fence(cpu: Term, awaited: { readonly loads: boolean; readonly stores: boolean }): Body {
    return this.#each((page, state) => {
      const older = or(
        awaited.loads && awaited.stores ? this.remembers(cpu, page) : FALSE,
        awaited.loads ? state.load.at(cpu, page) : FALSE,
        awaited.stores ? state.store.at(cpu, page) : FALSE,
      );
      return when(older, this.#fencePage(cpu, page));
    });
  }

  /** A branch, or an access by its address, depends on these loads: no context synchronisation completes before. */
  fenceTracked(cpu: Term, loads: readonly number[]): Body {
    return this.#each((page) =>
      loads.length === 0 ? [] : when(this.isNotOlder(cpu, page, loads).not(), this.#fencePage(cpu, page)),
    );
  }

  /** An access uses a cached entry, and with it the walk that filled this. */
  usedEntry(cpu: Term, entry: Translation): Body {
    return this.#each((page, { ages }) => when(ages.isNewer(cpu, entry, page), this.#fencePage(cpu, page)));
  }

  /** An access uses what is remembered of a page. */
  usedWalk(cpu: Term, used: Term): Body {
    return this.#each((page, { ages }) =>
      when(ages.isWalkNewer(cpu, used, page), this.#fencePage(cpu, page)),
    );
  }

  /** An access is walked afresh: whatever is remembered is older. */
  walkedAfresh(cpu: Term): Body {
    return this.#each((page) => when(this.#counts(cpu, page), this.#fencePage(cpu, page)));
  }

  /** Drops what is fenced. */
  forgetFenced(cpu: Term): Body {
    return this.#each((page, { fenced }) => when(fenced.at(cpu, page), this.#forgetPage(cpu, page)));
  }

  /** Nothing is remembered of the page any more. */
  forgetPage(cpu: Term, page: Term): Body {
    return this.#state ? this.#forgetPage(cpu, page) : [];
  }

  /** Another context is loaded: what was walked in the one before is of no use, but for pages that are in all. */
  forgetContext(cpu: Term): Body {
    const { globals } = this.#machine;
    return this.#each((page) => (globals.certainlyHas(page) ? [] : this.#forgetPage(cpu, page)));
  }

  addRules(builder: ModelBuilder): void {
    if (!this.#state) return;
    this.#addRemember(builder, this.#state);
    for (const kind of rememberedFaults) this.#addRememberFault(builder, this.#state, kind);
    this.#addDrop(builder);
  }

  #declare(builder: ModelBuilder, trackedLoads: number): Remembered {
    const { cpu, page, frame } = this.#machine.domains;
    const flag = (name: string) => builder.array(`remembered.${name}`, [cpu, page], bool, false);
    return {
      result: builder.array("remembered", [cpu, page], RESULT, NOTHING),
      frame: builder.array("remembered.frame", [cpu, page], orNone(frame), null),
      writable: flag("writable"),
      load: flag("load since"),
      store: flag("store since"),
      tracked:
        trackedLoads > 0
          ? builder.array("remembered.since", [cpu, page, range(0, trackedLoads - 1)], bool, false)
          : null,
      fenced: flag("fenced"),
      ages: new WalkAges(builder, this.#machine, (at, older) => this.#counts(at, older)),
    };
  }

  #addRemember(builder: ModelBuilder, { result, frame, writable, ages }: Remembered): void {
    const { domains, tlb, invalidation } = this.#machine;
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
        or(
          result.at(cpu, page).isNot(TRANSLATION),
          frame.at(cpu, page).isNot(entry.frame),
          writable.at(cpu, page).isNot(entry.writable),
        ),
      ],
      body: ({ cpu, page, ...entry }) => [
        this.#forgetPage(cpu, page),
        result.at(cpu, page).set(TRANSLATION),
        frame.at(cpu, page).set(entry.frame),
        writable.at(cpu, page).set(entry.writable),
        ages.remember(cpu, page, { ...entry, page }),
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

  #addRememberFault(builder: ModelBuilder, { result, ages }: Remembered, kind: RememberedFault): void {
    const { domains, memory, architecture, invalidation } = this.#machine;
    const { mayWalk } = architecture.rules;
    builder.rule(`walk ahead to ${kind === "translation" ? "a translation" : "an access flag"} fault`, {
      actor: ({ cpu }) => ({ name: "walker", index: cpu }),
      parameters: { cpu: domains.cpu, page: domains.page },
      guard: ({ cpu, page }) => [
        this.#machine.walkMatters(cpu, page),
        mayWalk.choice(this.#machine, cpu, page),
        this.#endsIn(cpu, kind, memory.descriptor(this.#machine.spaceOf(cpu, page), page)),
        result.at(cpu, page).isNot(faultResult(kind)),
      ],
      body: ({ cpu, page }) => [
        this.#forgetPage(cpu, page),
        result.at(cpu, page).set(faultResult(kind)),
        ages.remember(cpu, page, null),
        invalidation.inheritAhead(cpu, page, null),
      ],
      fair: false,
      text: ({ page }) => ["[walk ahead: ", page, ` ${kind} fault, for a later access]`],
      place: ({ cpu }) => cpu,
    });
  }

  /** Whether a walk to a descriptor ends in a fault of this kind. */
  #endsIn(cpu: Term, kind: RememberedFault, { valid, accessed }: Descriptor): Term {
    if (kind === "translation") return valid.not();
    // Where a CPU's walker sets the access flag, no walk of it ends in a fault for want of it.
    return and(valid, accessed.not(), setsFlag(this.#machine, cpu, "accessed").not());
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

  /** True of a remembered walk whose order with others still matters. */
  #counts(cpu: Term, page: Term): Term {
    return and(this.remembers(cpu, page), this.#state?.fenced.at(cpu, page).not() ?? FALSE);
  }

  /** Has the next context synchronisation drop a walk, after which nothing else that orders it matters. */
  #fencePage(cpu: Term, page: Term): Body {
    const { load, store, fenced, ages } = this.#state!;
    return [
      fenced.at(cpu, page).set(true),
      [load, store].map((flag) => flag.at(cpu, page).set(false)),
      ages.forget(cpu, page),
    ];
  }

  #forgetPage(cpu: Term, page: Term): Body {
    const { result, frame, writable, load, store, tracked, fenced, ages } = this.#state!;
    return [
      result.at(cpu, page).set(NOTHING),
      frame.at(cpu, page).set(null),
      [writable, load, store, fenced].map((flag) => flag.at(cpu, page).set(false)),
      tracked ? eachOf(tracked.index.at(-1)!).map((each) => tracked.at(cpu, page, each).set(false)) : [],
      ages.drop(cpu, page),
      this.#machine.invalidation.forgetAhead(cpu, page),
    ];
  }

  #each(body: (page: Term, state: Remembered) => Body): Body {
    const state = this.#state;
    return state ? eachOf(this.#machine.domains.page).map((page) => body(page, state)) : [];
  }
}
