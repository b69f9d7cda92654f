/**
 * Closed hardware simulates enumerated hardware, as a model that can be searched: it has the variables of both, takes the
 * steps of the enumerated model, and with each the step of the closed model that must match it, if one must. Its states
 * are the pairs that such runs lead to. In each of them the closed state has to cover the enumerated one.
 */
import { type Domain, indexCodes } from "../../src/model/domain.ts";
import { bindParameters, rewriteBody, rewriteExpr } from "../../src/model/bind.ts";
import { bindings } from "../../src/model/semantics.ts";
import type { Expr, Model, Property, Rule, Statement, Variable } from "../../src/model/model.ts";
import { eachExpr, ruleExprs } from "../../src/model/walk.ts";

const MATCHED = "a step of the closed model matches";
const VIOLATES = "the closed step violates what the enumerated one does";

/** Rules of the enumerated model in which a walk reads a table page; the closed one has that for observers alone. */
const READS = /^walk\.(leaf|leaf old|leaf invalid|garbage|nothing|machine check)$/;

/** A copy that may be cached: who waits for it, as in the name of its variable. */
interface Copy {
  readonly mask: number;
  readonly waiters: readonly { readonly cpu: string; readonly reach: "broadcast" | "local" }[];
  readonly variable: string;
}

export function simulation(enumerated: Model, closed: Model): Model {
  const rules = new Map(closed.rules.map((rule) => [rule.name, rule]));
  const violable = enumerated.properties.filter(({ kind }) => kind === "assertion").map(({ name }) => name);
  return {
    ...enumerated,
    variables: [
      ...enumerated.variables,
      ...closed.variables.map((each) => ({ ...each, name: inClosed(each.name) })),
      ...violable.flatMap((name) => [violatedIn("E", name), violatedIn("C", name)].map(flag)),
    ],
    rules: enumerated.rules.map((rule) => together(rule, matchesOf(rule, rules), { closed, violable })),
    properties: [
      { ...property(MATCHED), kind: "assertion" },
      { ...property(VIOLATES), kind: "assertion" },
      ...covers(enumerated, closed),
      ...agreements(enumerated, closed),
    ],
  };
}

/** The rules of the closed model that have to be taken with a rule of the enumerated one, in this order. */
function matchesOf({ name }: Rule, closed: ReadonlyMap<string, Rule>): Rule[] {
  return [READS.test(name) ? closed.get("walk.reads") : undefined, closed.get(name)].flatMap(
    (each) => each ?? [],
  );
}

/** One step of both. The closed ones come first: what they depend on of the enumerated state is what was before. */
function together(
  rule: Rule,
  matches: readonly Rule[],
  { closed, violable }: { closed: Model; violable: readonly string[] },
): Rule {
  const noted = (side: "E" | "C", body: readonly Statement[]): Statement[] =>
    body.map((each) => note(side, each));
  const inC = matches.flatMap((match) =>
    waysOf(rule, match, closed).reduceRight<Statement[]>(
      (otherwise, { guard, body }) => [
        { kind: "if", condition: and(...guard), then: noted("C", body), otherwise },
      ],
      [assertion(MATCHED, FALSE)],
    ),
  );
  const compared = violable.flatMap((name): Statement[] => {
    const [e, c] = [read(violatedIn("E", name)), read(violatedIn("C", name))];
    return [assertion(VIOLATES, or(not(e), c)), assign(violatedIn("E", name)), assign(violatedIn("C", name))];
  });
  return { ...rule, body: [...inC, ...noted("E", rule.body), ...compared], weaker: [] };
}

interface Way {
  readonly guard: readonly Expr[];
  readonly body: readonly Statement[];
}

/** How a rule of the closed model may be taken with one of the enumerated: for each copy that may be used, in order. */
function waysOf(rule: Rule, match: Rule, closed: Model): Way[] {
  const own = new Set(rule.parameters.map(({ name }) => name));
  const missing = match.parameters.filter(({ name }) => !own.has(name));
  const walk = missing.some(({ name }) => name !== "copy") ? indexOfWalk(rule) : [];
  const copies: (Copy | null)[] = missing.some(({ name }) => name === "copy")
    ? copiesOf(closed, "tlb")
    : [null];
  return copies.map((copy) => {
    const argument = (name: string, domain: Domain): Expr =>
      name === "copy"
        ? { kind: "constant", value: copy!.mask, domain }
        : { kind: "read", variable: `walk.${name}`, index: walk };
    const expr = (each: Expr): Expr =>
      rewriteExpr(each, (part) => {
        if (part.kind === "read") return { ...part, variable: inClosed(part.variable) };
        if (part.kind === "parameter" && !own.has(part.name)) return argument(part.name, part.domain);
        return part;
      });
    return {
      guard: [...(copy ? [usable(copy, rule)] : []), ...match.guard.map(expr)],
      body: rewriteBody(match.body, { expr, variable: inClosed }),
    };
  });
}

/** An access of the closed model may use a copy only if the entry that the enumerated one uses has all its waiters. */
function usable(copy: Copy, rule: Rule): Expr {
  const entry = entryRead(rule);
  return awaitedBy(copy, "entry", entry);
}

/** The entry that an access uses: what its guard reads of the TLB. */
function entryRead(rule: Rule): readonly Expr[] {
  const found: (readonly Expr[])[] = [];
  for (const each of rule.guard)
    eachExpr(each, (part) => {
      if (part.kind === "read" && part.variable === "tlb") found.push(part.index);
    });
  if (!found[0]) throw new Error(`${rule.name} uses no entry`);
  return found[0];
}

/** The CPU whose walk a rule is about. */
function indexOfWalk(rule: Rule): readonly Expr[] {
  const found: (readonly Expr[])[] = [];
  for (const each of ruleExprs(rule))
    eachExpr(each, (part) => {
      if (part.kind === "read" && part.variable === "walk.table") found.push(part.index);
    });
  if (!found[0]) throw new Error(`${rule.name} reads no table page`);
  return found[0];
}

/** The closed state allows all that the enumerated one has, and both agree on everything else. */
function covers(enumerated: Model, closed: Model): Property[] {
  const written = new Set([...writtenIn(enumerated), ...writtenIn(closed)]);
  const inBoth = new Map(enumerated.variables.map((each) => [each.name, each]));
  return closed.variables.flatMap((variable): Property[] => {
    const { name } = variable;
    if (/, copy \d+: |^walks$/.test(name)) return [];
    const same = inBoth.get(name);
    if (!same) throw new Error(`the closed model alone has ${name}`);
    if (!written.has(name)) return [];
    const holds = (at: readonly Expr[]): Expr => relation(closed, name, at);
    return [
      { ...property(`${name}: covered`), kind: "invariant", condition: and(...cellsOf(variable).map(holds)) },
    ];
  });
}

/** What of a cell the closed state must allow for what the enumerated state has. */
function relation(closed: Model, name: string, at: readonly Expr[]): Expr {
  const [e, c] = [cell(name, at), cell(inClosed(name), at)];
  if (name === "tlb" || name === "walk cache") {
    const of = name === "tlb" ? "entry" : "table";
    const copies = copiesOf(closed, name).map((copy) =>
      and(cell(inClosed(copy.variable), at), awaitedBy(copy, of, at)),
    );
    return or(not(e), ...copies);
  }
  // An entry of an invalid descriptor may be cached; of an access fewer may wait for.
  if (name === "tlb.invalid") return or(not(e), c);
  if (/ TLBI awaits /.test(name)) return or(not(c), e);
  return { kind: "equal", left: e, right: c };
}

/** True if all waiters of a copy wait for the entry in the enumerated state. */
function awaitedBy({ waiters }: Copy, of: "entry" | "table", at: readonly Expr[]): Expr {
  return and(
    ...waiters.map(({ cpu, reach }) => cell(`${reach} TLBI awaits ${of}`, [cpuLiteral(cpu), ...at])),
  );
}

/** Invariants, goals and deadlocks: what the enumerated state has of them the closed one has. */
function agreements(enumerated: Model, closed: Model): Property[] {
  const others = new Map(closed.properties.map((each) => [each.name, each]));
  return enumerated.properties.flatMap((mine): Property[] => {
    const other = others.get(mine.name)!;
    if (mine.kind === "invariant" && other.kind === "invariant")
      return [agreement(mine, or(not(closedExpr(other.condition)), mine.condition))];
    if (mine.kind === "goal" && other.kind === "goal")
      return [agreement(mine, or(not(mine.condition), closedExpr(other.condition)))];
    if (mine.kind === "deadlock" && other.kind === "deadlock") {
      const goesOn = or(mine.terminated, ...enabled(enumerated));
      const stuck = not(or(closedExpr(other.terminated), ...enabled(closed).map(closedExpr)));
      return [agreement(mine, or(goesOn, stuck))];
    }
    return [];
  });
}

function agreement({ name }: Property, condition: Expr): Property {
  return { ...property(`${name}: agreed`), kind: "invariant", condition };
}

/** The guards of all actions that must be taken in the end. */
function enabled({ rules }: Model): Expr[] {
  return rules
    .filter(({ fair }) => fair)
    .flatMap((rule) => bindings(rule).map((binding) => and(...bindParameters(rule, binding).guard)));
}

/** The copies of an entry that a closed model tells apart, the one that nobody waits for first. */
function copiesOf({ variables }: Model, of: string): Copy[] {
  const awaited = variables.flatMap(({ name }): Copy[] => {
    const [, array, mask, told] = /^(.*), copy (\d+): awaited by (.*)$/.exec(name) ?? [];
    if (array !== of) return [];
    const waiters = told!.split(", ").map((each) => ({
      cpu: each.replace(/ locally$/, ""),
      reach: each.endsWith(" locally") ? ("local" as const) : ("broadcast" as const),
    }));
    return [{ mask: Number(mask), waiters, variable: name }];
  });
  return [{ mask: 0, waiters: [], variable: of }, ...awaited];
}

function writtenIn({ rules }: Model): string[] {
  const names: string[] = [];
  const visit = (body: readonly Statement[]): void => {
    for (const each of body)
      if (each.kind === "assign") names.push(each.target.variable);
      else if (each.kind === "if") visit([...each.then, ...each.otherwise]);
  };
  for (const { body } of rules) visit(body);
  return names;
}

function cellsOf({ index }: Variable): Expr[][] {
  return index.reduce<Expr[][]>(
    (all, domain) =>
      all.flatMap((at) =>
        indexCodes(domain).map((value) => [...at, { kind: "constant", value, domain } as const]),
      ),
    [[]],
  );
}

/** An assertion of one of the models leaves a note, by which the two are compared. */
function note(side: "E" | "C", statement: Statement): Statement {
  if (statement.kind === "if")
    return {
      ...statement,
      then: statement.then.map((each) => note(side, each)),
      otherwise: statement.otherwise.map((each) => note(side, each)),
    };
  if (statement.kind !== "assert") return statement;
  const name = violatedIn(side, statement.property);
  return { kind: "if", condition: statement.condition, then: [], otherwise: [assign(name, TRUE)] };
}

const BOOL: Domain = { kind: "bool" };
const TRUE: Expr = { kind: "constant", value: 1, domain: BOOL };
const FALSE: Expr = { kind: "constant", value: 0, domain: BOOL };

function inClosed(name: string): string {
  return `closed: ${name}`;
}

function closedExpr(expr: Expr): Expr {
  return rewriteExpr(expr, (part) =>
    part.kind === "read" ? { ...part, variable: inClosed(part.variable) } : part,
  );
}

function violatedIn(side: "E" | "C", name: string): string {
  return `${side} violates ${name}`;
}

function flag(name: string): Variable {
  return { name, index: [], domain: BOOL, initial: { kind: "every", codes: [0] }, source: null };
}

function property(name: string) {
  return { name, aliases: [], consequence: [], source: null };
}

function cell(variable: string, index: readonly Expr[]): Expr {
  return { kind: "read", variable, index };
}

function read(variable: string): Expr {
  return cell(variable, []);
}

function assign(variable: string, value: Expr = FALSE): Statement {
  return { kind: "assign", target: { variable, index: [] }, value, source: null };
}

function assertion(name: string, condition: Expr): Statement {
  return { kind: "assert", property: name, condition, consequence: null, source: null };
}

function and(...operands: readonly Expr[]): Expr {
  return { kind: "and", operands };
}

function or(...operands: readonly Expr[]): Expr {
  return { kind: "or", operands };
}

function not(operand: Expr): Expr {
  return { kind: "not", operand };
}

function cpuLiteral(name: string): Expr {
  const number = Number(/(\d+)$/.exec(name)![1]);
  return { kind: "constant", value: number, domain: { kind: "range", min: 0, max: number } };
}
