/** The initial states of a model, told apart into the cells that begin with one value and those with several. */
import { TlbcheckError } from "../model/diagnostic.ts";
import { indexCodes, indexSize } from "../model/domain.ts";
import type { Model, Variable } from "../model/model.ts";
import { Semantics } from "../model/semantics.ts";

/** One cell of a variable. */
export interface InitialCell {
  readonly variable: Variable;
  /** The codes of its indices. */
  readonly index: readonly number[];
  /** Its position in the variable, last index fastest. */
  readonly position: number;
  /** The codes that it may begin with. */
  readonly codes: readonly number[];
}

export interface InitialStates {
  readonly cells: readonly InitialCell[];
  /** The cells that may begin with several values. */
  readonly varying: readonly InitialCell[];
  /** For each initial state the codes of the varying cells. */
  readonly states: readonly (readonly number[])[];
}

/** More initial states than these are not written one by one. */
const MAX_WRITTEN = 10_000;

export function initialStates(model: Model): InitialStates {
  const cells = model.variables.flatMap(cellsOf);
  const varying = cells.filter(({ codes }) => codes.length > 1);
  const states = new Semantics(model)
    .initialStates()
    .map((state) => varying.map(({ variable, position }) => state.get(variable.name)!.get(position)!));
  if (states.length === 0)
    throw new TlbcheckError("TLB109", "no state fulfils the conditions on the initial states");
  if (states.length > MAX_WRITTEN)
    throw new TlbcheckError(
      "TLB601",
      `the model has ${states.length} initial states; at most ${MAX_WRITTEN} are written out`,
      { hint: "give fewer variables several initial values" },
    );
  return { cells, varying, states };
}

/** The cells of a variable, last index fastest. */
export function cellsOf(variable: Variable): InitialCell[] {
  const { index, initial } = variable;
  const indices = index.reduce<number[][]>(
    (all, domain) => all.flatMap((prefix) => indexCodes(domain).map((code) => [...prefix, code])),
    [[]],
  );
  return indices.map((each, position) => ({
    variable,
    index: each,
    position,
    codes: initial.kind === "every" ? initial.codes : initial.codes[position]!,
  }));
}

export function cellCount({ index }: Variable): number {
  return index.reduce((product, domain) => product * indexSize(domain), 1);
}
