import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { jsonReport, SCHEMA_VERSION } from "../../src/report/json.ts";
import { objection, type Schema } from "../../src/report/schema.ts";
import { outcome, verdictOf } from "./outcomes.ts";
import { step, trace } from "./traces.ts";

const published = JSON.parse(
  readFileSync(new URL("../../docs/report.schema.json", import.meta.url), "utf8"),
) as Schema;

describe("a schema", () => {
  const schema: Schema = {
    type: "object",
    required: ["n"],
    properties: {
      n: { type: "integer", minimum: 0 },
      code: { type: "string", pattern: "^T[0-9]+$" },
      kind: { enum: ["a", null] },
      one: { const: 1 },
      list: { type: "array", items: { $ref: "#/$defs/item" } },
      map: { type: "object", additionalProperties: { type: ["number", "boolean"] } },
      either: { anyOf: [{ type: "null" }, { type: "object", required: ["x"] }] },
    },
    $defs: { item: { type: "string" } },
  };

  test.each([
    [{ n: 0 }],
    [{ n: 1, code: "T12", kind: null, one: 1, list: ["x"], map: { a: 1, b: true }, either: { x: 1 } }],
    [{ n: 1, either: null, unknown: "is allowed" }],
  ])("accepts %j", (value) => {
    expect(objection(value, schema)).toBeNull();
  });

  test.each([
    [null, "the document is no object"],
    [[], "the document is no object"],
    [{}, 'the document has no "n"'],
    [{ n: "1" }, "the document.n is no integer"],
    [{ n: 1.5 }, "the document.n is no integer"],
    [{ n: -1 }, "the document.n is less than 0"],
    [{ n: 1, code: "U1" }, "the document.code has another form"],
    [{ n: 1, kind: "b" }, 'the document.kind is none of ["a",null]'],
    [{ n: 1, one: 2 }, "the document.one is not 1"],
    [{ n: 1, list: ["a", 2] }, "the document.list[1] is no string"],
    [{ n: 1, list: {} }, "the document.list is no array"],
    [{ n: 1, map: { a: "x" } }, "the document.map.a is no number or boolean"],
    [{ n: 1, either: 3 }, "the document.either is no null"],
  ])("refuses %j", (value, message) => {
    expect(objection(value, schema)).toBe(message);
  });

  test("with a keyword that is not known is refused itself, and so is a reference to nothing", () => {
    expect(() => objection(1, { multipleOf: 2 })).toThrow('"multipleOf"');
    expect(() => objection(1, { $ref: "#/$defs/none", $defs: {} })).toThrow("#/$defs/none");
  });
});

describe("docs/report.schema.json", () => {
  const end = { kind: "violation", property: "p", of: "liveness" } as const;
  const place = { line: 1, column: 2, file: "m.ts" };
  const told = trace(
    [{ ...step(0, "a", "event"), changes: [{ cell: "n", from: "0", to: "1" }], source: place }],
    {
      end,
      initial: [{ cell: "n", value: "0" }],
      cycle: { steps: [step(null, "b")], fairness: "fair" },
    },
  );
  const diagnostic = { code: "TLB120", severity: "error", message: "m", hint: null, source: place } as const;
  /** A document with something in each of its fields. */
  const full = {
    version: "0.0.0",
    status: 12,
    interrupted: false,
    warnings: [{ ...diagnostic, severity: "warning" as const }],
    errors: [diagnostic],
    outcomes: [
      outcome({
        properties: [verdictOf("violated", { steps: 1, trace: told, kind: "liveness" }), verdictOf("holds")],
        goals: [{ goal: "g", reached: true, of: null, source: null }],
        rules: [{ rule: "r", firings: 1, step: null, source: null }],
        configuration: { arch: "arm64", variant: "v", parameters: { a: 1, b: true, c: "x" } },
        fault: { diagnostic, trace: { ...told, end: { kind: "fault", action: null } } },
      }),
    ],
  };

  test("is of the version that is written", () => {
    expect((published["properties"] as Record<string, Schema>)["schemaVersion"]).toEqual({
      const: SCHEMA_VERSION,
    });
  });

  test("describes what is written, all of it", () => {
    const document = JSON.parse(jsonReport(full)) as unknown;
    expect(objection(document, published)).toBeNull();
    expect(objection(document, closed(published) as Schema)).toBeNull();
  });

  test.each([
    ["results[0].verdict", "maybe", /results\[0\]\.verdict is none of/],
    ["results[0].trace.steps[0].action", 7, /steps\[0\]\.action is no string/],
    ["results[0].trace.cycle.steps[0].changes", undefined, /has no "changes"/],
    ["results[0].states", -1, /states is less than 0/],
    ["schemaVersion", 2, /schemaVersion is not 1/],
    ["errors[0].code", "E1", /code has another form/],
  ])("refuses %s as %j", (path, value, message) => {
    const document = JSON.parse(jsonReport(full)) as Record<string, unknown>;
    const keys = path.replace(/\[(\d+)\]/g, ".$1").split(".");
    const holder = keys.slice(0, -1).reduce((each, key) => each[key] as Record<string, unknown>, document);
    holder[keys.at(-1)!] = value;
    expect(objection(JSON.parse(JSON.stringify(document)), published)).toMatch(message);
  });
});

/** The schema with nothing allowed that it does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const isOpen = "properties" in schema && "required" in schema && !("additionalProperties" in schema);
  return Object.fromEntries(isOpen ? [...entries, ["additionalProperties", { enum: [] }]] : entries);
}
