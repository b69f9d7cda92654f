/**
 * A thread of a scenario, `k`: the kernel primitives as methods, made from their table, and the control flow of a
 * program. Each checks its arguments.
 */
import { type Call, type Parameter, takeArguments } from "../model/arguments.ts";
import { type PrimitiveMethods, primitives } from "./primitives.ts";
import { controlFlow } from "./program/control-flow.ts";
import { type KernelCode, type Primitives, ThreadProgram } from "./program/thread-program.ts";

declare module "./program/thread-program.ts" {
  interface Primitives extends PrimitiveMethods {}
}

/** What the code of a scenario is called with. */
export type Thread = ThreadProgram & Primitives;

/** The program of a thread that gives its code the kernel primitives. */
export class KernelThread extends ThreadProgram {
  #facade: Thread | null = null;

  override run(code: KernelCode): void {
    code(this.facade);
  }

  /** The thread as code of the scenario sees it. */
  get facade(): Thread {
    this.#facade ??= facadeOf(this);
    return this.#facade;
  }
}

/** An object that has all that the program has, and writes to it: each method checks its arguments first. */
function facadeOf(program: ThreadProgram): Thread {
  const facade = Object.create(program) as Record<string, unknown>;
  const { owner } = program.system;
  for (const name of ["cpu", "ended", "sleeps", "link", "run", "opens", "closes"] as const)
    facade[name] = (program[name] as (...given: unknown[]) => unknown).bind(program);
  const add = (
    name: string,
    parameters: readonly Parameter<unknown>[],
    write: (...taken: never[]) => unknown,
  ): void => {
    const call: Call = { name: `k.${name}()`, owner };
    facade[name] = (...given: unknown[]) => write(...(takeArguments(call, parameters, given) as never[]));
  };
  for (const [name, { run, parameters }] of Object.entries(primitives))
    add(name, parameters, (...taken) => run(program, ...taken));
  for (const [name, parameters] of Object.entries(controlFlow)) {
    const method: (...given: never[]) => unknown = program[name as keyof typeof controlFlow];
    add(name, parameters, (...taken) => method.call(program, ...taken));
  }
  return facade as unknown as Thread;
}
