/**
 * A thread of a scenario, `k`: the kernel primitives as methods, made from their table, and the control flow of a
 * program. Each checks its arguments.
 */
import { type Call, type Parameter, takeArguments } from "../model/arguments.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import { callerSource } from "../model/source.ts";
import { type PrimitiveMethods, primitives } from "./primitives.ts";
import { controlFlow } from "./threads/control-flow.ts";
import { type KernelCode, type Primitives, ThreadProgram } from "./threads/thread-program.ts";

declare module "./threads/thread-program.ts" {
  interface Primitives extends PrimitiveMethods {}
}

/** What the code of a scenario is called with. */
export type Thread = ThreadProgram & Primitives;

/** The program of a thread that gives its code the kernel primitives. */
export class KernelThread extends ThreadProgram {
  #facade: Thread | null = null;
  #writing = 0;

  override run(code: KernelCode): void {
    this.#writing += 1;
    try {
      code(this.facade);
    } finally {
      this.#writing -= 1;
    }
  }

  /** Refuses a step in the middle of another thread's program, or after its own was written: it would be lost, or misplaced. */
  requireWriting(call: string): void {
    if (this.#writing > 0) return;
    throw new TlbcheckError(
      "TLB201",
      `${call} belongs to ${this.name}, whose program is not being written here`,
      {
        hint: "use the k that this thread's function is given, and call it before that function returns",
        source: callerSource(),
      },
    );
  }

  /** The thread as code of the scenario sees it. */
  get facade(): Thread {
    this.#facade ??= facadeOf(this);
    return this.#facade;
  }
}

/** What writes no step, and may be asked at any time. */
const ASKS: readonly string[] = [
  "at",
  "isLockless",
  "register",
  "registerArray",
] satisfies (keyof typeof controlFlow)[];

/** An object that has all that the program has, and writes to it: each method checks its arguments first. */
function facadeOf(program: KernelThread): Thread {
  const facade = Object.create(program) as Record<string, unknown>;
  const { owner } = program.system;
  for (const name of ["cpu", "ended", "sleeps", "link", "run", "opens", "closes"] as const)
    facade[name] = (program[name] as (...given: unknown[]) => unknown).bind(program);
  const add = (
    name: string,
    parameters: readonly Parameter<unknown>[],
    write: (...taken: never[]) => unknown,
    asks = false,
  ): void => {
    const call: Call = { name: `k.${name}()`, owner };
    facade[name] = (...given: unknown[]) => {
      if (!asks) program.requireWriting(call.name);
      return write(...(takeArguments(call, parameters, given) as never[]));
    };
  };
  for (const [name, { run, parameters }] of Object.entries(primitives))
    add(name, parameters, (...taken) => run(program, ...taken));
  for (const [name, parameters] of Object.entries(controlFlow)) {
    const method: (...given: never[]) => unknown = program[name as keyof typeof controlFlow];
    add(name, parameters, (...taken) => method.call(program, ...taken), ASKS.includes(name));
  }
  return facade as unknown as Thread;
}
