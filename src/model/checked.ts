/** Puts the check of its arguments in front of a function or of a class's methods. */
import { type Call, type Parameter, takeArguments } from "./arguments.ts";
import type { DiagnosticCode } from "./diagnostic.ts";

type MethodNames<Class> = {
  [Name in keyof Class & string]: Class[Name] extends (...given: never[]) => unknown ? Name : never;
}[keyof Class & string];

/**
 * What each of the methods takes that a class has besides those of its base, null where nothing is checked. A method
 * that the class gains does not compile until its table has it.
 */
export type MethodTable<Class, Base> = {
  readonly [Name in Exclude<MethodNames<Class>, keyof Base>]: readonly Parameter<unknown>[] | null;
};

/** The function, which checks what it is given; the handles among it have to be those of the owner. */
export function checked<Checked extends (...given: never[]) => unknown>(
  name: string,
  parameters: readonly Parameter<unknown>[],
  code: DiagnosticCode,
  inner: Checked,
  ownerOf: (receiver: never) => object | undefined = () => undefined,
): Checked {
  const call = (receiver: unknown): Call => {
    const owner = ownerOf(receiver as never);
    return { name: `${name}()`, code, ...(owner && { owner }) };
  };
  const run = inner as unknown as (this: unknown, ...given: unknown[]) => unknown;
  const fits = plainCheck(parameters);
  const outer = function (this: unknown, ...given: unknown[]): unknown {
    return run.apply(this, fits(given) ? given : takeArguments(call(this), parameters, given));
  };
  return outer as unknown as Checked;
}

/** Whether arguments can be taken as they are: the answer for most calls, in a fraction of the time. */
function plainCheck(parameters: readonly Parameter<unknown>[]): (given: readonly unknown[]) => boolean {
  const checks = parameters.map(({ is }) => is.fits);
  if (checks.includes(undefined)) return () => false;
  const last = parameters.at(-1);
  const rest = last?.rest ? checks.pop()! : null;
  const needed = checks.length + (last?.atLeast ?? 0);
  return (given) => {
    if (given.length < needed || (given.length > checks.length && !rest)) return false;
    for (let i = 0; i < given.length; i++) if (!(checks[i] ?? rest)!(given[i])) return false;
    return true;
  };
}

/** Lets every method of a class that the table describes check what it is given. */
export function checkMethods<Class extends object, Base = unknown>(
  type: { readonly prototype: Class },
  receiver: string,
  table: MethodTable<Class, Base>,
  code: DiagnosticCode,
  ownerOf?: (receiver: Class) => object | undefined,
): void {
  const described = Object.entries<readonly Parameter<unknown>[] | null>(table);
  const methods = type.prototype as Record<string, (...given: never[]) => unknown>;
  for (const [name, parameters] of described) {
    if (parameters === null) continue;
    const value = checked(`${receiver}.${name}`, parameters, code, methods[name]!, ownerOf);
    Object.defineProperty(methods, name, { value, writable: true, configurable: true });
  }
}
