/** What a walker may read of a descriptor: on most machines what memory holds, and nothing else. */
import type { Arguments } from "../../model/builder.ts";
import type { Domain } from "../../model/domain.ts";
import type { Term } from "../../model/term.ts";
import type { Descriptor } from "../architecture.ts";
import type { Machine } from "../machine.ts";

/** What the hardware chooses of a reading, by name. */
export type ReadingChoices = Arguments<Record<string, Domain>>;

/** One kind of what a walk of a page in the loaded context of a CPU may find. */
export interface Reading {
  /** Distinguishes it; empty for what memory holds. */
  readonly name: string;
  /** A word for traces. */
  readonly told: string;
  readonly choices: Readonly<Record<string, Domain>>;
  /** When it may be read. */
  readonly possible: (cpu: Term, page: Term, choices: ReadingChoices) => readonly Term[];
  readonly descriptor: (cpu: Term, page: Term, choices: ReadingChoices) => Descriptor;
}

/** What memory holds. */
export function present(machine: Machine): Reading {
  return {
    name: "",
    told: "",
    choices: {},
    possible: () => [],
    descriptor: (cpu, page) => machine.memory.descriptor(machine.spaceOf(cpu, page), page),
  };
}

/** Who acts, and where, in the rules of walks. */
export const walkerOf = {
  actor: ({ cpu }: { readonly cpu: Term }) => ({ name: "walker", index: cpu }),
  place: ({ cpu }: { readonly cpu: Term }): Term => cpu,
};
