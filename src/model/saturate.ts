/**
 * Saturation: statements that run after every step, as a part of it, and of which one run is enough: run again they
 * change nothing. They bring a state into a normal form, in which what may have happened of itself by then has
 * happened. The model that comes out is an ordinary one, in which every rule ends with the statements that its step
 * may have made necessary.
 */
import { indexSize } from "./domain.ts";
import type { InitialCodes, Model, Rule, Statement, Variable } from "./model.ts";
import { Semantics, type State } from "./semantics.ts";
import { eachExpr, eachStatement, statementExprs } from "./walk.ts";

/** One part of a saturation, with the names of the variables that it reads and writes. */
interface Part {
  readonly body: readonly Statement[];
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

/**
 * The same model with `parts` run after each step, in their order, and on its initial state.
 *
 * @throws Error for a model with several initial states
 */
export function saturated(model: Model, parts: readonly (readonly Statement[])[]): Model {
  const known = parts.map((body): Part => ({ body, reads: readBy(body), writes: writtenBy(body) }));
  const then = (body: readonly Statement[]): readonly Statement[] => [...body, ...needed(body, known)];
  const rules = model.rules.map((rule) => ({
    ...rule,
    body: then(rule.body),
    weaker: rule.weaker.map((form) => ({ ...form, body: then(form.body) })),
  }));
  return { ...model, variables: saturatedVariables(model, parts.flat()), rules, saturated: true };
}

/** The parts that a step may have made necessary: those that depend on what it, or a part before, has written. */
function needed(body: readonly Statement[], parts: readonly Part[]): Statement[] {
  const written = new Set(writtenBy(body));
  return parts.flatMap((part) => {
    const depends = [...part.reads, ...part.writes].some((name) => written.has(name));
    if (!depends) return [];
    for (const name of part.writes) written.add(name);
    return part.body;
  });
}

function writtenBy(body: readonly Statement[]): Set<string> {
  const names = new Set<string>();
  eachStatement(body, (statement) => {
    if (statement.kind === "assign") names.add(statement.target.variable);
  });
  return names;
}

function readBy(body: readonly Statement[]): Set<string> {
  const names = new Set<string>();
  eachStatement(body, (statement) => {
    for (const expr of statementExprs(statement))
      eachExpr(expr, (each) => {
        if (each.kind === "read") names.add(each.variable);
      });
  });
  return names;
}

/** The variables, which begin as the saturation leaves them. */
function saturatedVariables(model: Model, body: readonly Statement[]): readonly Variable[] {
  const semantics = new Semantics(model);
  const [first, ...others] = semantics.initialStates();
  if (!first || others.length > 0) throw new Error("only a model with one initial state can be saturated");
  const { state } = semantics.step(
    { rule: { ...model.rules[0]!, body } satisfies Rule, binding: new Map() },
    first,
  );
  return model.variables.map((variable) => ({ ...variable, initial: initialIn(state, variable) }));
}

function initialIn(state: State, { name, index, initial }: Variable): InitialCodes {
  const cells = state.get(name)!;
  const same = cells.every((code) => code === cells.get(0));
  if (same && initial.kind === "every") return { kind: "every", codes: [cells.get(0)!] };
  const size = index.reduce((product, domain) => product * indexSize(domain), 1);
  return { kind: "each", codes: Array.from({ length: size }, (_, cell) => [cells.get(cell)!]) };
}
