/**
 * Which pages a CPU may still access, by where it is in its program. What it has cached of others is of no use, and
 * forgetting it is what an eviction might have done: it leaves states out, and nothing that they lead to.
 */
import type { TestValues } from "./analysis.ts";
import { behind, isInHandler, targetOf, type Thread } from "./ast.ts";
import { addressesAccessed } from "./register-tables.ts";
import { isMemoryInstruction } from "./registers.ts";

/** The pages that may be accessed from each instruction on, this one included; behind the last none. */
export function pagesToCome(thread: Thread, analysis: TestValues): readonly ReadonlySet<string>[] {
  const { instructions, number } = thread;
  const pages = instructions.map((each, instruction) =>
    isMemoryInstruction(each)
      ? addressesAccessed(analysis, { thread: number, instruction }, each).map(({ page }) => page)
      : [],
  );
  const toCome = [...pages.map((each) => new Set(each)), new Set<string>()];
  let size = -1;
  while (size !== sizeOf(toCome)) {
    size = sizeOf(toCome);
    for (let at = instructions.length - 1; at >= 0; at--)
      for (const next of followers(thread, at)) for (const page of toCome[next] ?? []) toCome[at]!.add(page);
  }
  return toCome;
}

/** Where a CPU may go from an instruction, or may come behind it. */
function followers(thread: Thread, at: number): number[] {
  const { instructions, handler } = thread;
  const instruction = instructions[at]!;
  if (instruction.kind === "end") return [];
  if (instruction.kind === "exception-return") return instructions.map((_, i) => i);
  if (instruction.kind === "branch") return [at + 1, targetOf(thread, instruction)];
  const afterFault = handler === null || isInHandler(thread, at) ? [] : [handler];
  return "address" in instruction ? [at + 1, behind(thread, at), ...afterFault] : [at + 1];
}

function sizeOf(sets: readonly ReadonlySet<string>[]): number {
  return sets.reduce((sum, { size }) => sum + size, 0);
}
