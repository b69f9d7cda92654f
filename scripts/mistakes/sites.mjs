// Mistakes that an author makes, each as a place in a model file and what stands there instead.
import { parse } from "acorn";
import { ancestor } from "acorn-walk";

const LOCKS = /^(lock|downRead|downWrite|rcuReadLock|localIrqDisable|localIrqSave)$/;
const UNLOCKS = /^(unlock|upRead|upWrite|rcuReadUnlock|localIrqEnable|localIrqRestore)$/;
/** What these say is for people. */
const PROSE = new Set(["about", "reason", "source", "consequence", "text", "id", "headline", "says"]);

/** All mistakes that can be made in a JavaScript text: `{ kind, start, end, text, was }`. */
export function mistakesIn(code) {
  const program = parse(code, { ecmaVersion: "latest", sourceType: "module" });
  const found = [];
  const add = (kind, { start, end }, text) =>
    found.push({ kind, start, end, text, was: code.slice(start, end) });
  const context = { code, add, handles: [] };
  ancestor(program, {
    VariableDeclarator: (node, _, parents) => rememberHandle(context, node, parents),
    ImportDeclaration: () => {},
    Property: (node, _, parents) => key(context, node, parents),
    Literal: (node, _, parents) => value(context, node, parents),
    BlockStatement: (node) => statements(context, node),
    ArrowFunctionExpression: (node, _, parents) => forgottenReturn(context, node, parents),
  });
  ancestor(program, { CallExpression: (node, _, parents) => exchanged(context, node, parents) });
  return found;
}

/** A name that is bound to what a call returns, and the block that it is known in. */
function rememberHandle({ handles }, { id, init }, parents) {
  const block = parents.toReversed().find(({ type }) => type === "BlockStatement");
  if (id.type === "Identifier" && init?.type === "CallExpression" && block)
    handles.push({ name: id.name, from: init.end, to: block.end });
}

/** A key of an object that some call is given. */
function key({ add }, node, parents) {
  if (node.computed || node.shorthand || node.method || node.kind !== "init") return;
  if (!parents.some(({ type }) => type === "CallExpression") || PROSE.has(keyOf(node))) return;
  const name = keyOf(node);
  if (name !== undefined && name.length > 1)
    add("key misspelt", node.key, node.key.type === "Literal" ? JSON.stringify(near(name)) : near(name));
}

/** A value that some call is given, or that something is compared with. */
function value({ add }, node, parents) {
  const [parent, property] = [parents.at(-2), parents.findLast(({ type }) => type === "Property")];
  if (!parent || (parent.type === "Property" && parent.key === node)) return;
  if (["ImportDeclaration", "MemberExpression"].includes(parent.type)) return;
  if (property && PROSE.has(keyOf(property))) return;
  if (typeof node.value === "boolean") add("value replaced", node, String(!node.value));
  else if (typeof node.value === "number") add("value replaced", node, String(node.value + 1));
  else if (typeof node.value === "string" && node.value.length > 1)
    add("value replaced", node, JSON.stringify(near(node.value)));
}

/** A handle in place of another one that is known there too. */
function exchanged({ add, handles }, node) {
  for (const argument of node.arguments) {
    const base = argument.type === "MemberExpression" ? argument.object : argument;
    if (base.type !== "Identifier" || !isKnown(handles, base, base.name)) continue;
    const other = handles.find(({ name }) => name !== base.name && isKnown(handles, base, name));
    if (other) add("handle exchanged", base, other.name);
  }
}

function isKnown(handles, { start }, name) {
  return handles.some((each) => each.name === name && each.from <= start && start < each.to);
}

/** Locks and what stands between them. */
function statements({ code, add }, { body }) {
  const text = ({ start, end }) => code.slice(start, end);
  body.forEach((statement, i) => {
    const [name, next, last] = [calledIn(statement), body[i + 1], body[i - 1]];
    if (!LOCKS.test(name) && !UNLOCKS.test(name)) return;
    add("lock left out", statement, ";");
    const pair = LOCKS.test(name) ? next && [statement, next] : last && [last, statement];
    if (!pair) return;
    const [first, second] = pair;
    if ([first, second].every(({ type }) => type === "ExpressionStatement"))
      add(
        "call moved out of its lock",
        { start: first.start, end: second.end },
        `${text(second)}\n${text(first)}`,
      );
  });
}

function calledIn({ type, expression }) {
  if (type !== "ExpressionStatement" || expression.type !== "CallExpression") return "";
  const { callee } = expression;
  return callee.type === "MemberExpression" ? callee.property.name : "";
}

/** A function that computes its result and does not return it. */
function forgottenReturn({ code, add }, node, parents) {
  if (!parents.some(({ type }) => type === "CallExpression")) return;
  const { body } = node;
  if (node.expression) add("return forgotten", body, `{ (${code.slice(body.start, body.end)}); }`);
  else
    for (const statement of body.body)
      if (statement.type === "ReturnStatement" && statement.argument)
        add(
          "return forgotten",
          statement,
          `(${code.slice(statement.argument.start, statement.argument.end)});`,
        );
}

function keyOf({ key: { type, name, value: literal } }) {
  return type === "Identifier" ? name : typeof literal === "string" ? literal : undefined;
}

const NEIGHBOURS = { ro: "rw", rw: "ro", all: "write", write: "all", sc: "tso", stepwise: "atomic" };

/** A word that is near another one: of the same family, or with a letter too much. */
function near(word) {
  const middle = Math.ceil(word.length / 2);
  return Object.hasOwn(NEIGHBOURS, word)
    ? NEIGHBOURS[word]
    : word.slice(0, middle) + word[middle - 1] + word.slice(middle);
}
