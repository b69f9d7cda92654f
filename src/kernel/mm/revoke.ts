/** A caller's promise that an access is taken away, for the properties that ask whether it is kept. */
import { primitive } from "../threads/primitive.ts";
import { oneOf, optional, parameterOf } from "../../model/arguments.ts";
import { PAGE } from "../arguments.ts";
import type { Page } from "../handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

function revokes(k: ThreadProgram, page: Page, what: "all" | "write" = "all"): void {
  const label = `${what === "all" ? "access" : "write access"} to ${page.name} is revoked from here on`;
  k.do(label, "control", () => k.system.observers.tell("revoked", k.system.at(page), what));
}

export const revokePrimitives = {
  /** From here on nobody may rely on access to the page, or to write it, being there: what `revoked-access` checks. */
  revokes: primitive(revokes, [
    parameterOf("page", PAGE),
    parameterOf("what", optional(oneOf<"all" | "write">("all", "write"))),
  ]),
};
