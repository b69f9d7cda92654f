/**
 * Holds a value against a JSON Schema (draft 2020-12): the part of it that `docs/report.schema.json` uses. A keyword
 * that is not known here is an error of the schema, never ignored.
 */

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Schema = { readonly [keyword: string]: Json };

/** What is said for readers only. */
const REMARKS = ["$schema", "$defs", "title", "description"];

type Check = (value: unknown, argument: Json, at: string, schemas: Schemas) => string | null;

interface Schemas {
  readonly root: Schema;
  readonly schema: Schema;
}

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (value, argument, at, { root }) => objectionIn(value, definition(root, argument as string), at, root),
  type: (value, argument, at) => {
    const types = [argument].flat() as readonly string[];
    return types.some((type) => hasType(value, type)) ? null : `${at} is no ${types.join(" or ")}`;
  },
  const: (value, argument, at) => (value === argument ? null : `${at} is not ${JSON.stringify(argument)}`),
  enum: (value, argument, at) =>
    (argument as readonly unknown[]).includes(value) ? null : `${at} is none of ${JSON.stringify(argument)}`,
  minimum: (value, argument, at) =>
    typeof value === "number" && value < (argument as number)
      ? `${at} is less than ${argument as number}`
      : null,
  pattern: (value, argument, at) =>
    typeof value === "string" && !new RegExp(argument as string).test(value)
      ? `${at} has another form`
      : null,
  required: (value, argument, at) => {
    const missing = (argument as readonly string[]).find(
      (name) => isRecord(value) && !Object.hasOwn(value, name),
    );
    return missing === undefined ? null : `${at} has no "${missing}"`;
  },
  properties: (value, argument, at, { root }) =>
    firstOf(Object.entries(argument as Record<string, Schema>), ([name, schema]) =>
      isRecord(value) && Object.hasOwn(value, name)
        ? objectionIn(value[name], schema, `${at}.${name}`, root)
        : null,
    ),
  additionalProperties: (value, argument, at, { root, schema }) =>
    firstOf(isRecord(value) ? Object.entries(value) : [], ([name, each]) =>
      Object.hasOwn((schema["properties"] ?? {}) as Schema, name)
        ? null
        : objectionIn(each, argument as Schema, `${at}.${name}`, root),
    ),
  items: (value, argument, at, { root }) =>
    firstOf(Array.isArray(value) ? [...value.entries()] : [], ([i, each]) =>
      objectionIn(each, argument as Schema, `${at}[${i}]`, root),
    ),
  anyOf: (value, argument, at, { root }) => {
    const objections = (argument as readonly Schema[]).map((each) => objectionIn(value, each, at, root));
    return objections.includes(null) ? null : objections.find((each) => each !== null)!;
  },
};

/** What keeps a value from being what a schema describes, with its place in the value; null if nothing does. */
export function objection(value: unknown, schema: Schema): string | null {
  return objectionIn(value, schema, "the document", schema);
}

function objectionIn(value: unknown, schema: Schema, at: string, root: Schema): string | null {
  return firstOf(Object.entries(schema), ([keyword, argument]) => {
    if (REMARKS.includes(keyword)) return null;
    const check = CHECKS[keyword];
    if (!check) throw new Error(`the schema uses "${keyword}", which is not known here`);
    return check(value, argument, at, { root, schema });
  });
}

function definition(root: Schema, reference: string): Schema {
  const name = /^#\/\$defs\/(\w+)$/.exec(reference)?.[1];
  const found = name === undefined ? undefined : (root["$defs"] as Record<string, Schema>)[name];
  if (!found) throw new Error(`the schema refers to "${reference}", which is not there`);
  return found;
}

function hasType(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isRecord(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstOf<T>(items: readonly T[], look: (item: T) => string | null): string | null {
  for (const item of items) {
    const found = look(item);
    if (found !== null) return found;
  }
  return null;
}
