/** The description of a handle: of which kind it is, and that it belongs to the scenario that takes it. */
import { type Argument, type Description, misuse, unfit } from "./arguments.ts";
import { handleOf, type Issued } from "./handles.ts";

/** A handle of a kind, of the scenario or model that the call is about; `example` shows where one comes from. */
export function handle<Handle>(kind: string, says: string, example: string): Description<Handle> {
  const take = (given: unknown, at: Argument): Handle => {
    const found = handleOf(given);
    if (found?.kind !== kind) throw unfit(at, says, given, `such as ${example}`);
    requireOwn(found, at);
    return given as Handle;
  };
  return { says, take };
}

function requireOwn({ kind, name, owner }: Issued, at: Argument): void {
  const { call, path } = at;
  if (call.owner === undefined || call.owner === owner) return;
  throw misuse(
    at,
    `${call.name}: ${path} is the ${kind} "${name}" of another configuration`,
    "declare it inside the function that declares the scenario; that function runs once for each configuration",
  );
}
