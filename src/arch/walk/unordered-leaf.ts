/**
 * What a walk of two levels may find in a table page besides the descriptor there, where nothing orders walks
 * behind stores and invalid descriptors are cached (RV-7, RV-1): a descriptor that a store has overwritten, and
 * nothing, to be kept.
 */
import { bool, type Body, type ModelBuilder } from "../../model/builder.ts";
import type { Term } from "../../model/term.ts";
import type { Machine } from "../machine.ts";
import type { WalkOf } from "./old-descriptors.ts";
import { walkerOf } from "./reading.ts";

/** The second step of a walk: it reads a descriptor in a table page. */
export interface LeafStep {
  /** When it may be taken, in a page that holds descriptors of the machine. */
  readonly reading: (cpu: Term) => Term;
  readonly walk: (cpu: Term) => WalkOf;
  readonly table: (cpu: Term) => Term;
  /** True if the descriptor that it reads may be invalid. */
  readonly findsNothing: (cpu: Term) => Term;
  /** The read, for whoever observes it. */
  readonly read: (cpu: Term) => Body;
  readonly found: (cpu: Term, result: { readonly frame: Term; readonly writable: Term }) => Body;
  readonly forget: (cpu: Term) => Body;
}

/** None of them is fair: a walk comes to its end by what memory holds. */
export function addUnorderedLeafRules(builder: ModelBuilder, machine: Machine, leaf: LeafStep): void {
  addOld(builder, machine, leaf);
  addInvalid(builder, machine, leaf);
}

function addOld(builder: ModelBuilder, { oldDescriptors, domains }: Machine, leaf: LeafStep): void {
  if (!oldDescriptors) return;
  builder.rule("walk.leaf old", {
    ...walkerOf,
    parameters: { cpu: domains.cpu, frame: domains.frame, writable: bool },
    guard: ({ cpu, ...mapping }) => [leaf.reading(cpu), oldDescriptors.mayRead(cpu, leaf.walk(cpu), mapping)],
    body: ({ cpu, ...mapping }) => [leaf.read(cpu), leaf.found(cpu, mapping)],
    fair: false,
    text: ({ cpu }) => [
      "[walk: reads an old descriptor (RV-7) of ",
      leaf.walk(cpu).page,
      " in ",
      leaf.table(cpu),
      "]",
    ],
  });
}

function addInvalid(builder: ModelBuilder, { tlb, domains }: Machine, leaf: LeafStep): void {
  const { invalid } = tlb;
  if (!invalid) return;
  builder.rule("walk.leaf invalid", {
    ...walkerOf,
    parameters: { cpu: domains.cpu },
    guard: ({ cpu }) => [leaf.reading(cpu), leaf.findsNothing(cpu)],
    body: ({ cpu }) => [leaf.read(cpu), invalid.fill(cpu, leaf.walk(cpu)), leaf.forget(cpu)],
    fair: false,
    text: ({ cpu }) => ["[walk: ", leaf.walk(cpu).page, " invalid into the TLB]"],
  });
}
