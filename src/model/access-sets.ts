/**
 * What a rule reads and writes: the basis of partial-order reduction and slicing. The sets may be too large
 * (an index that is computed stands for every cell), never too small.
 */
import { indexCodes } from "./domain.ts";
import type { Cell, Expr, Rule, Statement, Variable } from "./model.ts";
import { eachExpr, eachStatement, statementExprs } from "./walk.ts";

/** Cells as `name` or `name[1][0]` (codes of the indices). */
export type CellSet = ReadonlySet<string>;

export interface AccessSets {
  /** Read by the guard. */
  readonly guard: CellSet;
  /** Read by the body. */
  readonly reads: CellSet;
  readonly writes: CellSet;
  /** Assertions that the body may violate. */
  readonly asserts: ReadonlySet<string>;
}

/** The access sets of a rule over all values of its parameters. */
export function accessSets(rule: Rule, variables: ReadonlyMap<string, Variable>): AccessSets {
  const cellsOf = (cell: Cell): string[] => cellNames(cell, variables);
  const guard = readCells(rule.guard, cellsOf);
  const reads = new Set<string>();
  const writes = new Set<string>();
  const asserts = new Set<string>();
  const visit = (statement: Statement): void => {
    for (const cell of readCells(statementExprs(statement), cellsOf)) reads.add(cell);
    if (statement.kind === "assign") for (const cell of cellsOf(statement.target)) writes.add(cell);
    if (statement.kind === "assert") asserts.add(statement.property);
  };
  eachStatement(rule.body, visit);
  return { guard, reads, writes, asserts };
}

/** The cells that expressions read. */
function readCells(exprs: readonly Expr[], cellsOf: (cell: Cell) => string[]): Set<string> {
  const found = new Set<string>();
  for (const expr of exprs)
    eachExpr(expr, (each) => {
      if (each.kind === "read") for (const cell of cellsOf(each)) found.add(cell);
    });
  return found;
}

/** Every cell that an access may touch. */
function cellNames(cell: Cell, variables: ReadonlyMap<string, Variable>): string[] {
  const { index } = variables.get(cell.variable)!;
  return index.reduce<string[]>(
    (all, domain, dimension) => {
      const expr = cell.index[dimension]!;
      const codes = expr.kind === "constant" ? [expr.value] : indexCodes(domain);
      return all.flatMap((prefix) => codes.map((code) => `${prefix}[${code}]`));
    },
    [cell.variable],
  );
}
