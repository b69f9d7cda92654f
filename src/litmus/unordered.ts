/**
 * Which accesses of a CPU Arm may perform the other way round and this machine does not, by kinds of two that follow
 * each other in a program: no barrier, acquire, release or address dependency is between them. It is a count of what
 * may be out of order in the text of a test, not a reason that an outcome is not shown.
 */
import type { LitmusTest, Thread } from "./ast.ts";
import { dependenciesOf } from "./dependencies.ts";
import { faultsOf } from "./mentions.ts";
import { isMemoryInstruction, type MemoryInstruction } from "./registers.ts";

type Kind = "load" | "store" | "fault";

/** Such as `load after load`, `fault after store`; a load after a store is what store buffers do. */
export function unorderedIn(test: LitmusTest): string[] {
  const kinds = test.threads.flatMap((thread) => unorderedPairs(test, thread));
  return [...new Set(kinds)].sort();
}

function unorderedPairs(test: LitmusTest, thread: Thread): string[] {
  const dependencies = dependenciesOf(thread);
  const accesses = thread.instructions.flatMap((instruction, at) =>
    isMemoryInstruction(instruction)
      ? [{ instruction, at, kinds: kindsOf(test, thread, instruction, at) }]
      : [],
  );
  return accesses.flatMap((first, i) =>
    accesses.slice(i + 1).flatMap((later) => {
      const barred = thread.instructions
        .slice(first.at + 1, later.at)
        .some((each) => each.kind === "dsb" || each.kind === "dmb" || isMemoryInstruction(each));
      const depends = dependencies[later.at]!.address.includes(first.at);
      if (barred || depends || acquires(first.instruction) || releases(later.instruction)) return [];
      return first.kinds
        .filter((kind) => kind !== "fault")
        .flatMap((before) => later.kinds.map((kind) => `${kind} after ${before}`))
        .filter((pair) => pair !== "load after store");
    }),
  );
}

/** A fault counts where the condition asks for it by its label, or by its CPU alone. */
function kindsOf(test: LitmusTest, thread: Thread, { kind }: MemoryInstruction, at: number): Kind[] {
  const labels = thread.labels.filter(({ instruction }) => instruction === at).map(({ name }) => name);
  const asked = faultsOf(test).some(
    (fault) => fault.thread === thread.number && (fault.label === null || labels.includes(fault.label)),
  );
  const loads = kind === "load" || kind === "load-exclusive" || kind === "atomic";
  const stores = kind !== "load" && kind !== "load-exclusive";
  return [
    ...(loads ? ["load" as const] : []),
    ...(stores ? ["store" as const] : []),
    ...(asked ? ["fault" as const] : []),
  ];
}

function acquires(instruction: MemoryInstruction): boolean {
  return instruction.kind === "atomic"
    ? instruction.acquire
    : (instruction.kind === "load" || instruction.kind === "load-exclusive") && instruction.order !== "plain";
}

function releases(instruction: MemoryInstruction): boolean {
  return instruction.kind === "atomic"
    ? instruction.release
    : (instruction.kind === "store" || instruction.kind === "store-exclusive") &&
        instruction.order === "release";
}
