/** Where a model file compares the variant or the architecture with a literal: see `src/model/known-names.ts`. */
import type { AnyNode, Literal, Node, Program } from "acorn";
import { simple } from "acorn-walk";
import type { ChosenBy, Comparison } from "../model/known-names.ts";

/** A literal, and the expression that it is compared with. */
export interface ComparedName {
  readonly literal: Node;
  readonly compared: Node;
  readonly by: ChosenBy;
  readonly how: Comparison;
}

/** A table that is indexed by the name. */
export interface IndexedByName {
  readonly table: Node;
  readonly index: Node;
  readonly by: ChosenBy;
}

const METHODS: readonly string[] = ["startsWith", "endsWith", "includes"] satisfies Comparison[];

/** `variant === "x"`, `switch (variant)`, `variant.startsWith("x")`, `["x", "y"].includes(variant)`; so for `arch`. */
export function comparedNames(program: Program): ComparedName[] {
  const found: ComparedName[] = [];
  const add = (compared: AnyNode, other: AnyNode | null | undefined, how: Comparison): void => {
    const by = chosenBy(compared);
    if (by && other && isText(other)) found.push({ literal: other, compared, by, how });
  };
  simple(program, {
    BinaryExpression: ({ operator, left, right }) => {
      if (!/^[!=]==?$/.test(operator)) return;
      add(left, right, "is");
      add(right, left, "is");
    },
    SwitchStatement: ({ discriminant, cases }) => {
      for (const { test } of cases) add(discriminant, test, "is");
    },
    CallExpression: ({ callee, arguments: [first] }) => {
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier" || !first) return;
      const { object, property } = callee;
      if (METHODS.includes(property.name)) add(object, first, property.name as Comparison);
      if (property.name === "includes" && object.type === "ArrayExpression")
        for (const element of object.elements) add(first, element, "is");
    },
  });
  return found;
}

/** `flushes[variant]`. */
export function indexedByNames(program: Program): IndexedByName[] {
  const found: IndexedByName[] = [];
  simple(program, {
    MemberExpression: ({ computed, object, property }) => {
      const by = computed ? chosenBy(property) : undefined;
      if (by && object.type === "Identifier") found.push({ table: object, index: property, by });
    },
  });
  return found;
}

function isText(node: AnyNode): node is Literal {
  return node.type === "Literal" && typeof node.value === "string";
}

/** `variant`, `choice.variant`, `m.arch`; an expression that may be evaluated twice. */
function chosenBy(node: AnyNode): ChosenBy | undefined {
  if (node.type === "Identifier")
    return node.name === "variant" || node.name === "arch" ? node.name : undefined;
  if (node.type !== "MemberExpression" || node.computed || node.object.type !== "Identifier")
    return undefined;
  return chosenBy(node.property);
}
