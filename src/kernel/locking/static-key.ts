/**
 * Static keys (kernel/jump_label.c): a branch that is patched into the code. While it is being patched a CPU may run either
 * form; when `static_branch_enable()` returns, every CPU has been synchronised and runs the new one.
 */
import { primitive } from "../threads/primitive.ts";
import { parameterOf } from "../../model/arguments.ts";
import { STATIC_KEY } from "../arguments.ts";
import { bool, enumeration } from "../../model/builder.ts";
import type { Place } from "../../model/term.ts";
import { mightSleep } from "./lockdep.ts";
import type { StaticKey } from "./handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

const FORM = enumeration("branch", ["disabled", "being patched", "enabled"]);

function patch(k: ThreadProgram, key: StaticKey, form: "disabled" | "enabled"): void {
  const label = `static_branch_${form === "enabled" ? "enable" : "disable"}(${key.name})`;
  const { interrupts } = k.system.machine;
  k.event(label, () => {
    k.step({
      label,
      kind: "data",
      ways: [
        {
          // The patched instruction is visible before the interrupts that synchronise the other CPUs.
          guard: () => [interrupts.maySend(k.cpu())],
          body: () => [mightSleep(k, label), formOf(k, key).set("being patched")],
        },
      ],
    });
    k.step({
      label: `every CPU runs the new code of ${key.name}`,
      kind: "wait",
      ways: [{ body: () => formOf(k, key).set(form) }],
    });
  });
}

/** Whether the branch is taken: the code that the CPU runs says so. */
function staticBranch(k: ThreadProgram, key: StaticKey): Place {
  const taken = k.register(`${key.name} taken`, bool, false);
  const label = `static_branch(${key.name})`;
  const way = (name: string, other: "disabled" | "enabled", value: boolean) => ({
    name,
    guard: () => [formOf(k, key).isNot(other)],
    body: () => taken.set(value),
    text: () => `${label}: ${name}`,
    told: () => `${label}: ${name}`,
  });
  k.event(label, () =>
    k.step({
      label,
      kind: "re-check",
      ways: [way("taken", "disabled", true), way("not taken", "enabled", false)],
    }),
  );
  return taken;
}

/** The code is no data: no store buffer holds it. */
function formOf(k: ThreadProgram, { name, enabled }: StaticKey): Place {
  return k.system.stateOf(`static key ${name}`, FORM, enabled ? "enabled" : "disabled");
}

const key = parameterOf("key", STATIC_KEY);

export const staticKeyPrimitives = {
  /** `static_branch_enable()`: sleeps until every CPU runs the new code. */
  staticBranchEnable: primitive((k: ThreadProgram, key: StaticKey) => patch(k, key, "enabled"), [key]),
  /** `static_branch_disable()`. */
  staticBranchDisable: primitive((k: ThreadProgram, key: StaticKey) => patch(k, key, "disabled"), [key]),
  /** `static_branch_likely()` and `static_branch_unlikely()`: while the key is being changed, either way. */
  staticBranch: primitive(staticBranch, [key], "whether the branch is taken, in a register"),
};
