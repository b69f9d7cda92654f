/**
 * Makes `if (pte.is("rw"))` in a model file an error. A term is an object and an object is true: a condition
 * asks it nothing, so that it cannot refuse by itself. Every JavaScript condition of the bundle is therefore
 * passed through `refuseTerm`, which throws for a term and returns anything else.
 */
import { type AnyNode, type Expression, type Node, parse, type PrivateIdentifier, type Program } from "acorn";
import { simple } from "acorn-walk";
import MagicString from "magic-string";

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

/** The code with its conditions guarded; `guardModule` exports `refuseTerm`. Lines stay where they are. */
export function guardConditions(code: string, guardModule: string): Guarded {
  const edited = new MagicString(code);
  for (const { start, end } of conditionsIn(parseModule(code))) {
    edited.appendLeft(start, `${GUARD}(`);
    edited.prependRight(end, ")");
  }
  edited.prepend(`import { refuseTerm as ${GUARD} } from ${JSON.stringify(guardModule)}; `);
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

/** Every expression whose truth, or whose identity with another, decides what the program does. */
function conditionsIn(program: Program): Node[] {
  const found: Node[] = [];
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
    BinaryExpression: ({ operator, left, right }) => {
      if (/^[!=]==?$/.test(operator) && !isAbsence(left) && !isAbsence(right)) found.push(left, right);
    },
  });
  return found;
}

/** `undefined` and `null`: to ask whether there is a term at all is no mistake. */
function isAbsence(node: Expression | PrivateIdentifier): boolean {
  return (
    (node.type === "Identifier" && node.name === "undefined") ||
    (node.type === "Literal" && node.value === null && node.raw === "null") ||
    (node.type === "UnaryExpression" && node.operator === "void")
  );
}
