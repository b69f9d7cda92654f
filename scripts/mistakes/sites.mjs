// Mistakes that an author makes, each as a place in a model file and what stands there instead.
import { parse } from "acorn";
import { ancestor, simple } from "acorn-walk";

const LOCKS = /^(lock|downRead|downWrite|rcuReadLock|localIrqDisable|localIrqSave)$/;
const UNLOCKS = /^(unlock|upRead|upWrite|rcuReadUnlock|localIrqEnable|localIrqRestore)$/;
/** What these say is for people. */
const PROSE = new Set(["about", "reason", "source", "consequence", "text", "id", "headline", "says"]);

/**
 * All mistakes that can be made in a JavaScript text: `{ kind, start, end, text, was, within }`, where `within` has the
 * places of the calls that the mistake is made in.
 */
export function mistakesIn(code) {
  const program = parse(code, { ecmaVersion: "latest", sourceType: "module" });
  const found = [];
  const calls = callsIn(program);
  const around = (start, end) => calls.filter((call) => call.start <= start && end <= call.end);
  const add = (kind, { start, end }, text) =>
    found.push({
      kind,
      start,
      end,
      text,
      was: code.slice(start, end),
      within: around(start, end).map(({ at }) => at),
    });
  const context = { code, add, handles: [], texts: [] };
  ancestor(program, {
    VariableDeclarator: (node, _, parents) => rememberHandle(context, node, parents),
    Property: (node, _, parents) => {
      key(context, node, parents);
      guard(context, node);
    },
    Literal: (node, _, parents) => value(context, node, parents),
    BlockStatement: (node) => statements(context, node),
    ArrowFunctionExpression: (node, _, parents) => forgottenReturn(context, node, parents),
  });
  ancestor(program, { CallExpression: (node, _, parents) => exchanged(context, node, parents) });
  siblings(context);
  return found;
}

/** All calls, and where an error of each is reported: at the name of what is called. */
function callsIn(program) {
  const calls = [];
  simple(program, {
    CallExpression: ({ start, end, callee }) =>
      calls.push({ start, end, at: (callee.property ?? callee).start }),
  });
  return calls;
}

/** A name that is bound to what a call returns, and the block that it is known in. */
function rememberHandle({ handles }, { id, init }, parents) {
  const block = parents.toReversed().find(({ type }) => type === "BlockStatement");
  if (id.type === "Identifier" && init?.type === "CallExpression" && block)
    handles.push({ name: id.name, from: init.end, to: block.end });
}

/** A key of an object. */
function key({ add }, node, parents) {
  if (node.computed || node.shorthand || node.method || node.kind !== "init") return;
  if (PROSE.has(keyOf(node)) || parents.some(({ type }) => type === "ObjectPattern")) return;
  const name = keyOf(node);
  if (name !== undefined && name.length > 1)
    add("key misspelt", node.key, node.key.type === "Literal" ? JSON.stringify(near(name)) : near(name));
}

/** A value that some call is given, or that something is compared with. */
function value({ add, texts }, node, parents) {
  const [parent, property] = [parents.at(-2), parents.findLast(({ type }) => type === "Property")];
  if (!parent || (parent.type === "Property" && parent.key === node)) return;
  if (["ImportDeclaration", "MemberExpression"].includes(parent.type)) return;
  if (property && PROSE.has(keyOf(property))) return;
  if (typeof node.value === "boolean") add("value replaced", node, String(!node.value));
  else if (typeof node.value === "number") add("value replaced", node, String(node.value + 1));
  else if (typeof node.value === "string" && node.value.length > 1) {
    add("value replaced", node, JSON.stringify(near(node.value)));
    const role = roleOf(node, parents);
    if (role) texts.push({ node, role });
  }
}

/** What a text is for: the argument of a method, a key's value, or the other side of a comparison. */
function roleOf(node, parents) {
  const parent = parents.at(-2);
  if (parent.type === "CallExpression" && parent.callee.type === "MemberExpression")
    return `${parent.callee.property.name} ${parent.arguments.indexOf(node)}`;
  if (parent.type === "Property") return `key ${keyOf(parent)}`;
  return parent.type === "BinaryExpression" ? "compared" : undefined;
}

/** A text in place of another one that the file has for the same purpose. */
function siblings({ add, texts }) {
  for (const { node, role } of texts) {
    const others = texts.filter((each) => each.role === role && each.node.value !== node.value);
    const [other] = others.toSorted((a, b) => distance(a.node, node) - distance(b.node, node));
    if (other) add("value replaced", node, JSON.stringify(other.node.value));
  }
}

function distance(a, b) {
  return Math.abs(a.start - b.start);
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

/** Locks, and what stands between a lock and the end of its section, or of the block. */
function statements({ code, add }, { body }) {
  body.forEach((statement, i) => {
    const name = calledIn(statement);
    if (LOCKS.test(name) || UNLOCKS.test(name)) add("lock left out", statement, ";");
    if (LOCKS.test(name)) for (const moved of section(body, i)) before({ code, add }, statement, moved);
    if (!UNLOCKS.test(name) || i === 0 || calledIn(body[i - 1]) === "") return;
    const [last, text] = [body[i - 1], ({ start, end }) => code.slice(start, end)];
    const both = { start: last.start, end: statement.end };
    add("call moved out of its lock", both, `${text(statement)}\n${text(last)}`);
  });
}

/** The statements behind a lock, up to where one is dropped. */
function section(body, i) {
  const rest = body.slice(i + 1);
  const end = rest.findIndex((each) => UNLOCKS.test(calledIn(each)));
  return rest.slice(0, end < 0 ? rest.length : end).filter((each) => !LOCKS.test(calledIn(each)));
}

function before({ code, add }, lock, moved) {
  const text = ({ start, end }) => code.slice(start, end);
  const rest = code.slice(lock.start, moved.start);
  add("call moved out of its lock", { start: lock.start, end: moved.end }, `${text(moved)}\n${rest}`);
}

/** The method or function that a statement calls, also behind a condition; "" if it calls none. */
function calledIn({ type, expression, consequent, alternate }) {
  if (type === "IfStatement" && !alternate) return calledIn(consequent);
  if (type !== "ExpressionStatement" || expression.type !== "CallExpression") return "";
  const { callee } = expression;
  return (callee.type === "MemberExpression" ? callee.property.name : callee.name) ?? "";
}

/** A condition of a rule that waits for nothing any more: the locks of models that are written in rules. */
function guard({ add }, { key: { name }, value: { type, body } }) {
  if (name !== "guard" || type !== "ArrowFunctionExpression" || body.type !== "ArrayExpression") return;
  if (body.elements.length < 2) return;
  body.elements.forEach((element, i) => {
    const next = body.elements[i + 1];
    const [start, end] = next ? [element.start, next.start] : [body.elements[i - 1].end, element.end];
    add("lock left out", { start, end }, "");
  });
}

/** A function that computes its result and does not return it. */
function forgottenReturn({ code, add }, node, parents) {
  if (!parents.some(({ type }) => type === "CallExpression")) return;
  const { body } = node;
  if (node.expression) {
    const start = code.lastIndexOf("=>", body.start) + 2;
    add("return forgotten", { start, end: node.end }, ` { (${code.slice(start, node.end)}); }`);
    return;
  }
  for (const statement of body.body)
    if (statement.type === "ReturnStatement" && statement.argument) {
      const { start, end } = statement.argument;
      add("return forgotten", statement, `(${code.slice(start, end)});`);
    }
}

function keyOf({ key: { type, name, value: literal } }) {
  return type === "Identifier" ? name : typeof literal === "string" ? literal : undefined;
}

const NEIGHBOURS = { ro: "rw", rw: "ro", all: "write", write: "all", sc: "tso", stepwise: "atomic" };

/** A word that is near another one: of the same family, or with a letter too much, which can be seen: no space. */
function near(word) {
  if (Object.hasOwn(NEIGHBOURS, word)) return NEIGHBOURS[word];
  const middle = Math.ceil(word.length / 2);
  const seen = [...word].findLastIndex((each, i) => i < middle && each !== " ");
  const at = seen < 0 ? middle : seen + 1;
  return word.slice(0, at) + word[at - 1] + word.slice(at);
}

/** The text with a mistake in it. */
export function applied(code, { start, end, text }) {
  return code.slice(0, start) + text + code.slice(end);
}

/** The lines, counted from 1, that a mistake is made in, and those of the calls around it. */
export function linesOf(code, { start, end, within }) {
  const line = (offset) => code.slice(0, offset).split("\n").length;
  return { from: line(start), to: line(end), calls: within.map(line) };
}
