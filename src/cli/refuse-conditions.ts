/**
 * Puts guards into the code of a model file, which see what JavaScript alone would let pass.
 *
 * They make `if (pte.is("rw"))` an error. A term is an object and an object is true: a condition
 * asks it nothing, so that it cannot refuse by itself. Every JavaScript condition of the bundle is therefore
 * passed through `refuseTerm`, which throws for a term and returns anything else. A variant is compared with names of
 * variants only (`compared-names.ts`), and no line does nothing (`src/model/lost.ts`).
 */
import { type AnyNode, type Expression, type Node, parse, type PrivateIdentifier, type Program } from "acorn";
import { simple } from "acorn-walk";
import MagicString from "magic-string";
import { comparedNames, indexedByNames } from "./compared-names.ts";

export interface Guarded {
  readonly code: string;
  /** From the guarded code to the code given, as JSON. */
  readonly map: string;
}

/** An import from one of tlbcheck's own modules. */
export interface OwnImport {
  readonly module: string;
  readonly name: string;
  /** Where in the code, line from 1 and column from 0. */
  readonly line: number;
  readonly column: number;
}

const GUARD = "refuseTermAsCondition";
const RESULT_GUARD = "refuseTermAsResult";
const NAME_GUARD = "requireKnownName";
const KEYS_GUARD = "requireKnownKeys";
const LOST_GUARD = "refuseLost";
const CALL_GUARD = "refuseUncalled";

const GUARDS = [
  ["refuseTerm", GUARD],
  ["refuseTermFrom", RESULT_GUARD],
  ["knownName", NAME_GUARD],
  ["knownKeys", KEYS_GUARD],
  ["refuseLost", LOST_GUARD],
  ["refuseUncalled", CALL_GUARD],
] as const;

/** Methods of lists whose function decides by what it returns. */
const DECIDING = ["every", "some", "filter", "find", "findIndex", "findLast", "findLastIndex"];

/** The code with its conditions guarded; `guardModule` exports `refuseTerm`. Lines stay where they are. */
export function guardConditions(code: string, guardModule: string): Guarded {
  const edited = new MagicString(code);
  const program = parseModule(code);
  const { conditions, deciding, assigned } = conditionsIn(program);
  const wrap = (nodes: readonly Node[], before: (node: Node) => string): void => {
    for (const node of nodes) {
      edited.appendLeft(node.start, before(node));
      edited.prependRight(node.end, ")");
    }
  };
  // What stands alone goes around everything in it.
  for (const { expression, called } of standingAlone(program))
    wrap([expression], () => `${called ? LOST_GUARD : CALL_GUARD}(`);
  // What is assigned to comes first: its parentheses go around those of conditions within.
  wrap(
    assigned.map(({ whole }) => whole),
    (node) => {
      const { left } = assigned.find(({ whole }) => whole === node)!;
      return `(${GUARD}(${code.slice(left.start, left.end)}), `;
    },
  );
  for (const { literal, compared, by, how } of comparedNames(program))
    wrap([literal], () => `${NAME_GUARD}("${by}", ${code.slice(compared.start, compared.end)}, "${how}", `);
  for (const { table, index, by } of indexedByNames(program))
    wrap([table], () => `${KEYS_GUARD}("${by}", ${code.slice(index.start, index.end)}, `);
  wrap(conditions, () => `${GUARD}(`);
  wrap(deciding, () => `${RESULT_GUARD}(`);
  edited.prepend(
    `import { ${GUARDS.map(([name, as]) => `${name} as ${as}`).join(", ")} } from ${JSON.stringify(guardModule)}; `,
  );
  return { code: edited.toString(), map: edited.generateMap({ hires: "boundary" }).toString() };
}

/** What a module imports from the modules given, name by name. */
export function importsFrom(code: string, modules: readonly string[]): OwnImport[] {
  return parseModule(code).body.flatMap((statement) => {
    const hasSource = statement.type === "ImportDeclaration" || statement.type === "ExportNamedDeclaration";
    const module = hasSource && statement.source?.value;
    if (!hasSource || typeof module !== "string" || !modules.includes(module)) return [];
    return statement.specifiers.flatMap((specifier) => {
      const name = importedName(specifier);
      return name === undefined ? [] : [{ module, name, ...specifier.loc!.start }];
    });
  });
}

function importedName(specifier: AnyNode): string | undefined {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  const name =
    specifier.type === "ImportSpecifier"
      ? specifier.imported
      : specifier.type === "ExportSpecifier"
        ? specifier.local
        : undefined;
  return name?.type === "Identifier" ? name.name : undefined;
}

function parseModule(code: string): Program {
  return parse(code, { ecmaVersion: "latest", sourceType: "module", locations: true });
}

interface Conditions {
  /** Expressions that decide by themselves. */
  readonly conditions: readonly Node[];
  /** Functions that decide by what they return. */
  readonly deciding: readonly Node[];
  /** `a &&= b` and `a ||= b`, with what is assigned to; what has an index in it is left alone, lest that be computed twice. */
  readonly assigned: readonly { readonly whole: Node; readonly left: Node }[];
}

/** Every expression whose truth, or whose identity with another, decides what the program does. */
function conditionsIn(program: Program): Conditions {
  const found: Node[] = [];
  const deciding: Node[] = [];
  const assigned: Conditions["assigned"][number][] = [];
  const test = ({ test: condition }: { test?: Expression | null | undefined }): void => {
    if (condition) found.push(condition);
  };
  simple(program, {
    IfStatement: test,
    WhileStatement: test,
    DoWhileStatement: test,
    ForStatement: test,
    ConditionalExpression: test,
    SwitchStatement: ({ discriminant }) => void found.push(discriminant),
    UnaryExpression: ({ operator, argument }) => void (operator === "!" && found.push(argument)),
    // `a ?? b` is left alone: a term is never null, and defaults are written so.
    LogicalExpression: ({ operator, left }) => void (operator !== "??" && found.push(left)),
    AssignmentExpression: (whole) => {
      const { operator, left } = whole;
      if ((operator === "&&=" || operator === "||=") && isPath(left)) assigned.push({ whole, left });
    },
    CallExpression: ({ callee, arguments: [first] }) => {
      if (!first || first.type === "SpreadElement") return;
      if (callee.type === "Identifier" && callee.name === "Boolean") found.push(first);
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      if (!callee.computed && DECIDING.includes(callee.property.name)) deciding.push(first);
    },
    BinaryExpression: ({ operator, left, right }) => {
      if (/^[!=]==?$/.test(operator) && !isAbsence(left) && !isAbsence(right)) found.push(left, right);
    },
  });
  return { conditions: found, deciding, assigned };
}

/** Expressions that are statements by themselves, where their values could be a mistake. */
function standingAlone(program: Program): { readonly expression: Node; readonly called: boolean }[] {
  const found: { expression: Node; called: boolean }[] = [];
  simple(program, {
    ExpressionStatement: ({ expression }) => {
      const { type } = expression.type === "ChainExpression" ? expression.expression : expression;
      if (type === "CallExpression") found.push({ expression, called: true });
      if (["MemberExpression", "Identifier", "ArrowFunctionExpression"].includes(type))
        found.push({ expression, called: false });
    },
  });
  return found;
}

/** `a` or `a.b.c`: what may be read twice. */
function isPath(node: AnyNode): boolean {
  if (node.type === "MemberExpression") return !node.computed && isPath(node.object);
  return node.type === "Identifier" || node.type === "ThisExpression";
}

/** `undefined` and `null`: to ask whether there is a term at all is no mistake. */
function isAbsence(node: Expression | PrivateIdentifier): boolean {
  return (
    (node.type === "Identifier" && node.name === "undefined") ||
    (node.type === "Literal" && node.value === null && node.raw === "null") ||
    (node.type === "UnaryExpression" && node.operator === "void")
  );
}
