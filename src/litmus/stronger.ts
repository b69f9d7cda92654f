/**
 * In what the machine is stronger than Arm for a test: what Arm may do with its accesses and this machine never does.
 * An outcome that is not shown may then be one that Arm allows, and the report says so.
 */
import type { LitmusTest, Thread } from "./ast.ts";
import type { LitmusOptions } from "./result.ts";

/** One way in which the machine is stronger. */
export type Strength = "stores" | "order";

const SAYS: Readonly<Record<Strength, string>> = {
  stores: "stores reach memory at once",
  order: "accesses of a CPU are performed in program order, stores behind each other",
};

/** The ways that can make a difference for the test. */
export function strengthsFor(test: LitmusTest, { order }: Pick<LitmusOptions, "order">): Strength[] {
  const several = test.threads.some((thread) => accesses(thread) > 1);
  return [...(order === "sc" && several ? ["stores" as const] : []), ...(several ? ["order" as const] : [])];
}

/** What a report says of them; empty if the machine is as weak as Arm for the test. */
export function strengthLine(strengths: readonly Strength[]): string {
  return strengths.length === 0 ? "" : `Stronger than Arm: ${strengths.map((each) => SAYS[each]).join("; ")}`;
}

function accesses({ instructions }: Thread): number {
  return instructions.filter((instruction) => "address" in instruction).length;
}
