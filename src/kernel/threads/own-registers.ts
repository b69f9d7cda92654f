/** A register belongs to the thread whose program declared it: another thread has no way to read or write it. */
import { TlbcheckError } from "../../model/diagnostic.ts";
import type { Expr, Rule, Source } from "../../model/model.ts";
import { callerSource } from "../../model/source.ts";
import type { Term } from "../../model/term.ts";
import { eachExpr, eachStatement, statementExprs } from "../../model/walk.ts";

/** Which variables of a scenario are registers, and of which thread. */
export class RegisterOwners {
  readonly #owners = new Map<string, string>();

  /** A variable is a register of the thread. */
  note(variable: string, thread: string): void {
    this.#owners.set(variable, thread);
  }

  /**
   * Refuses a branch that depends on another thread's register.
   *
   * @throws TlbcheckError TLB201, with the line of the branch
   */
  requireOwnCondition(thread: string, { node }: Term): void {
    this.#require(thread, variablesIn(node), "in a branch", callerSource);
  }

  /**
   * Refuses a step of one of these threads that depends on another one's register or sets it. What a property asserts
   * may look at all.
   *
   * @throws TlbcheckError TLB201, with the line of the step
   */
  requireOwnSteps(rules: readonly Rule[], threads: ReadonlySet<string>): void {
    for (const rule of rules)
      if (threads.has(rule.actor.name))
        this.#require(rule.actor.name, touchedBy(rule), `in the step "${rule.name}"`, () => rule.source);
  }

  #require(thread: string, variables: readonly string[], where: string, source: () => Source | null): void {
    for (const variable of variables) {
      const owner = this.#owners.get(variable) ?? thread;
      if (owner !== thread)
        throw new TlbcheckError("TLB201", `${thread} uses ${variable}, a register of ${owner}, ${where}`, {
          source: source(),
          hint: "what several threads use is memory: declare it by k.system.sharedVariable() and read it by k.readOnce()",
        });
    }
  }
}

function variablesIn(expr: Expr): string[] {
  const found: string[] = [];
  eachExpr(expr, (each) => {
    if (each.kind === "read") found.push(each.variable);
  });
  return found;
}

/** The variables that a rule's guard and body read and write. */
function touchedBy({ guard, body }: Rule): string[] {
  const found = guard.flatMap(variablesIn);
  eachStatement(body, (statement) => {
    if (statement.kind === "assert") return;
    if (statement.kind === "assign") found.push(statement.target.variable);
    found.push(...statementExprs(statement).flatMap(variablesIn));
  });
  return found;
}
