import { describe, expect, test } from "vitest";
import { model, range } from "../../src/rules.ts";
import {
  type Configuration,
  configurations,
  defineFamily,
  expectedReason,
  expectedVerdict,
  type FamilySpec,
  isFamily,
} from "../../src/model/family.ts";
import { diagnosticOf } from "../diagnostics.ts";

const spec: FamilySpec = {
  about: "a family",
  arch: ["arm64", "x86"],
  parameters: {
    cpus: { about: "how many", default: 2, min: 1, max: 4 },
    fast: { about: "whether", default: false },
    order: { about: "which", default: "sc", oneOf: ["sc", "tso"] },
  },
  variants: {
    buggy: { id: "A0", about: "", expect: { safe: "violated", live: { arm64: "violated" } } },
    fixed: { id: "A1", about: "", expect: {} },
    special: { about: "only there", expect: {}, arch: ["arm64"] },
  },
};

const build = (): never => {
  throw new Error("not built here");
};
const family = defineFamily("family", spec, build);
const defaults = { cpus: 2, fast: false, order: "sc" };

function pairs(found: readonly Configuration[]): string[] {
  return found.map(({ arch, variant }) => `${variant} ${arch}`);
}

describe("the configurations of a family", () => {
  test("are all variants on all architectures, in the order of the file", () => {
    const found = configurations(family);
    expect(pairs(found)).toEqual(["buggy arm64", "buggy x86", "fixed arm64", "fixed x86", "special arm64"]);
    for (const { parameters } of found) expect(parameters).toEqual(defaults);
  });

  test("can be selected by architecture, and by a variant's name or id", () => {
    expect(pairs(configurations(family, { arch: "x86" }))).toEqual(["buggy x86", "fixed x86"]);
    expect(pairs(configurations(family, { variant: "fixed" }))).toEqual(["fixed arm64", "fixed x86"]);
    expect(pairs(configurations(family, { variant: "A0", arch: "arm64" }))).toEqual(["buggy arm64"]);
  });

  test("take values for parameters as text", () => {
    const [found] = configurations(family, { parameters: { cpus: "4", fast: "true", order: "tso" } });
    expect(found?.parameters).toEqual({ cpus: 4, fast: true, order: "tso" });
  });

  test("answer to names that every object has only where they are declared", () => {
    const names = ["constructor", "toString", "valueOf"] as const;
    const [first, second, third] = names;
    const hostile = defineFamily(
      "hostile",
      {
        about: "",
        parameters: { [first]: { about: "", default: 3, min: 1, max: 4 } },
        variants: { [second]: { about: "", expect: { [third]: "violated" as const } } },
      },
      build,
    );
    const [found] = configurations(hostile, { variant: second, parameters: { [first]: "4" } });
    expect(found).toEqual({ arch: null, variant: second, parameters: { [first]: 4 } });
    expect(names.map((name) => expectedVerdict(hostile, found!, name))).toEqual([
      "holds",
      "holds",
      "violated",
    ]);
    for (const selection of [{ variant: first }, { arch: first }, { parameters: { [second]: "1" } }])
      expect(() => configurations(hostile, selection)).toThrow(/has no|does not know/);
  });

  test("of a family without variants or hardware are one", () => {
    const plain = defineFamily("plain", { about: "" }, build);
    expect(configurations(plain)).toEqual([{ arch: null, variant: "default", parameters: {} }]);
  });

  test.each<[string, Parameters<typeof configurations>[1], string, RegExp, RegExp]>([
    ["an unknown architecture", { arch: "arm46" }, "TLB202", /"arm46"/, /did you mean "arm64"\?.*x86/],
    ["an unknown variant", { variant: "fixd" }, "TLB203", /"fixd"/, /did you mean "fixed"\?.*A1/],
    ["a variant elsewhere", { variant: "special", arch: "x86" }, "TLB203", /"special" on x86/, /arm64/],
    ["an unknown parameter", { parameters: { cpu: "2" } }, "TLB205", /"cpu"/, /did you mean "cpus"\?/],
    ["a name that every object has", { parameters: { constructor: "2" } }, "TLB205", /"constructor"/, /cpus/],
    ["a number too large", { parameters: { cpus: "5" } }, "TLB205", /cpus cannot be "5"/, /from 1 to 4/],
    ["no number", { parameters: { cpus: "" } }, "TLB205", /cpus cannot be ""/, /from 1 to 4/],
    ["a fraction", { parameters: { cpus: "1.5" } }, "TLB205", /cpus cannot be "1.5"/, /whole number/],
    ["no switch", { parameters: { fast: "yes" } }, "TLB205", /fast cannot be "yes"/, /true or false/],
    ["an unknown word", { parameters: { order: "pso" } }, "TLB205", /order cannot be "pso"/, /sc, tso/],
  ])("refuse %s", (_, selection, code, message, hint) => {
    expect(diagnosticOf(() => configurations(family, selection))).toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    });
  });

  test("say so if no variant is on the architecture", () => {
    const lonely = defineFamily(
      "lonely",
      { about: "", arch: ["arm64", "x86"], variants: { only: { about: "", expect: {}, arch: ["arm64"] } } },
      build,
    );
    const { code, message } = diagnosticOf(() => configurations(lonely, { arch: "x86" }));
    expect(code).toBe("TLB203");
    expect(message).toBe("the model lonely has no variant on x86");
  });
});

describe("expected verdicts", () => {
  test.each([
    ["buggy", "arm64", "safe", "violated"],
    ["buggy", "x86", "safe", "violated"],
    ["buggy", "arm64", "live", "violated"],
    ["buggy", "x86", "live", "holds"],
    ["fixed", "arm64", "safe", "holds"],
    ["buggy", "arm64", "unnamed", "holds"],
  ])("of %s on %s for %s: %s", (variant, arch, property, verdict) => {
    expect(expectedVerdict(family, { variant, arch, parameters: defaults }, property)).toBe(verdict);
  });
});

describe("a declaration is refused", () => {
  const variant = { about: "", expect: {} };
  test.each<[string, string, Partial<FamilySpec>, RegExp]>([
    ["with a name that is no word", "two words", {}, /the name may hold/],
    ["with an empty list of variants", "f", { variants: {} }, /variants is empty/],
    ["with an empty list of architectures", "f", { arch: [] }, /arch is empty/],
    [
      "with one id twice",
      "f",
      { variants: { a: { ...variant, id: "b" }, b: variant } },
      /two variants answer to "b"/,
    ],
    [
      "with a variant elsewhere",
      "f",
      { arch: ["x86"], variants: { a: { ...variant, arch: ["arm64"] } } },
      /"arm64"/,
    ],
    [
      "with an unknown headline",
      "f",
      { variants: { fixed: variant }, headline: { variant: "fixd" } },
      /did you mean "fixed"/,
    ],
    [
      "with a default out of bounds",
      "f",
      { parameters: { n: { about: "", default: 5, min: 0, max: 4 } } },
      /parameter n/,
    ],
    [
      "with a default of no such word",
      "f",
      { parameters: { n: { about: "", default: "c", oneOf: ["a"] } } },
      /parameter n/,
    ],
    [
      "with a number without an upper bound",
      "f",
      { parameters: { n: { about: "", default: -1, min: 0 } as never } },
      /parameters\.n: a parameter whose default is a number needs max/,
    ],
    [
      "with a number without bounds",
      "f",
      { parameters: { n: { about: "", default: 1 } as never } },
      /needs min and max/,
    ],
    [
      "with a word out of nothing",
      "f",
      { parameters: { n: { about: "", default: "a" } as never } },
      /needs oneOf/,
    ],
    [
      "with bounds of a switch",
      "f",
      { parameters: { n: { about: "", default: true, max: 1 } as never } },
      /whose default is a boolean has no max/,
    ],
  ])("%s", (_, name, more, message) => {
    const diagnostic = diagnosticOf(() => defineFamily(name, { about: "", ...more }, build));
    expect(diagnostic).toMatchObject({ code: "TLB206", message: expect.stringMatching(message) as string });
    expect(diagnostic.source?.file).toMatch(/family\.test\.ts$/);
  });
});

describe("model()", () => {
  test("builds each configuration anew, with its choice", () => {
    const counter = model(
      "counter",
      { about: "", parameters: spec.parameters!, variants: spec.variants!, arch: spec.arch! },
      (m, { variant, number, flag, word }) => {
        m.variable(`${variant} ${word("order")} ${String(flag("fast"))}`, range(0, number("cpus")), 0);
        m.rule("nothing", { body: () => [] });
      },
    );
    const [found] = configurations(counter, { variant: "A1", parameters: { cpus: "3" } });
    for (const built of [counter.build(found!), counter.build(found!)])
      expect(built.variables).toMatchObject([{ name: "fixed sc false", domain: { max: 3 } }]);
  });

  test("refuses to read a parameter that is not declared, or as another type", () => {
    const asking = (ask: "number" | "flag") =>
      model("m", { about: "", parameters: { n: { about: "", default: 1, min: 0, max: 1 } } }, (_, choice) => {
        choice[ask](ask === "number" ? "other" : "n");
      });
    const configuration = { arch: null, variant: "default", parameters: { n: 1 } };
    expect(() => asking("number").build(configuration)).toThrow('no parameter "other" that is a number');
    expect(() => asking("flag").build(configuration)).toThrow('no parameter "n" that is a boolean');
  });

  test("is recognized by its mark alone, across copies of the package", () => {
    expect(isFamily(family)).toBe(true);
    expect(isFamily({ ...family })).toBe(true);
    expect([null, undefined, {}, 3, build].some(isFamily)).toBe(false);
  });
});

describe("the reason of an expectation", () => {
  const reasons = defineFamily(
    "reasons",
    {
      about: "reasons",
      arch: ["arm64", "x86"],
      optional: [{ name: "added", aliases: [], option: "--set added" }],
      variants: {
        one: {
          about: "",
          expect: { added: "violated", safe: "holds", "no-use": "violated", live: { arm64: "violated" } },
          reason: "of the first",
        },
        two: {
          about: "",
          expect: { safe: { arm64: "violated" }, live: "violated" },
          reason: { arm64: "of arm64", x86: "of x86" },
          reasons: { added: "of its own", safe: { x86: "why it is safe" } },
        },
        fine: {
          about: "",
          expect: { safe: "holds" },
          reason: "why all hold",
          reasons: { live: "in the end" },
        },
      },
    },
    build,
  );
  const of = (variant: string, arch: string, ...properties: string[]): (string | null)[] =>
    properties.map((property) => expectedReason(reasons, { variant, arch, parameters: defaults }, property));

  test("stands under the first property that is expected to be violated on the architecture", () => {
    expect(of("one", "arm64", "safe", "no-use", "live", "other")).toEqual([null, "of the first", null, null]);
    expect(of("two", "arm64", "safe", "live", "other")).toEqual(["of arm64", null, null]);
  });

  test("stands under all that hold where none is violated", () => {
    expect(of("fine", "x86", "safe", "other")).toEqual(["why all hold", "why all hold"]);
  });

  test("is a property's own where it has one", () => {
    expect(of("two", "x86", "safe", "live", "added")).toEqual(["why it is safe", "of x86", "of its own"]);
    expect(of("fine", "arm64", "live", "safe")).toEqual(["in the end", "why all hold"]);
  });

  test("is not about a property that a parameter adds", () => {
    expect(of("one", "arm64", "added")).toEqual([null]);
    expect(of("fine", "arm64", "added")).toEqual([null]);
  });
});
