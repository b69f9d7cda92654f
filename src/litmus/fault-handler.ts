/**
 * The handler of a CPU's faults, a column such as `P0.F`. It returns to the instruction that faulted, so that each
 * instruction that may fault gets a copy of the handler, which knows where to return to. A fault is an exception
 * entry and ERET an exception return, with what these do to walks done ahead (ARM-17).
 */
import type { Label, Thread } from "./ast.ts";
import type { Instruction, Position } from "./instruction.ts";
import { isMemoryInstruction } from "./registers.ts";

export type Program = Pick<Thread, "instructions" | "labels">;

/** A CPU's program with a copy of the handler behind it for each instruction that accesses memory. */
export function withHandler(
  program: Program,
  handler: Program,
  at: Position,
): Program & Pick<Thread, "handlers"> {
  const end: Instruction = Object.freeze({ kind: "end", text: "end", at });
  const instructions = [...program.instructions, end];
  const labels = [...program.labels];
  const handlers = new Map<number, number>();
  program.instructions.forEach((each, to) => {
    if (!isMemoryInstruction(each)) return;
    const begin = instructions.length;
    handlers.set(to, begin);
    instructions.push(...handler.instructions.map((instruction) => copied(instruction, to)), end);
    labels.push(...handler.labels.map((label) => copiedLabel(label, begin, to)));
  });
  return {
    instructions: Object.freeze(instructions),
    labels: Object.freeze(labels),
    handlers: Object.freeze(handlers),
  };
}

function copied(instruction: Instruction, to: number): Instruction {
  if (instruction.kind === "exception-return") return Object.freeze({ ...instruction, to });
  if (instruction.kind === "branch")
    return Object.freeze({ ...instruction, label: labelOf(instruction.label, to) });
  return instruction;
}

function copiedLabel(label: Label, begin: number, to: number): Label {
  return Object.freeze({
    ...label,
    name: labelOf(label.name, to),
    instruction: begin + label.instruction,
  });
}

/** No label of a test has this character, so that conditions cannot speak of those in handlers. */
function labelOf(name: string, to: number): string {
  return `${name}@${to}`;
}
