/**
 * Every entry of the tables of kernel primitives and declarations, given arguments that are nearly right: whatever a
 * model file passes, it is taken or refused with a code and its line, and never ends in an error of JavaScript.
 */
import { basename } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bool,
  type Configuration,
  type Scenario,
  scenario,
  type Thread,
  TlbcheckError,
} from "../../src/index.ts";
import { mmParameters, scenarioParameters, tableParameters } from "../../src/kernel/declaration-arguments.ts";
import { primitives } from "../../src/kernel/primitives.ts";
import { controlFlow } from "../../src/kernel/threads/control-flow.ts";
import { type Description, type Parameter, takeOne } from "../../src/model/arguments.ts";

type Methods = Readonly<Record<string, (...given: unknown[]) => unknown>>;
type Table = readonly (readonly [string, readonly Parameter<unknown>[]])[];

const HERE = "near-misses.test.ts";
const CONFIGURATION: Configuration = { arch: "arm64", variant: "default", parameters: {} };

/** Thrown to leave a scenario whose program has been tried. */
class Done extends Error {}

/** Handles and values of which each parameter takes some, made in a scenario of its own. */
interface Setting {
  readonly values: (m: Scenario) => unknown[];
}

const declared = (m: Scenario) => [m.mm("b"), m.spareFrame("spare"), m.spinlock("lock"), m.rwsem("sem")];

const settings: Readonly<Record<string, Setting>> = {
  pages: {
    values: (m) => {
      const mm = m.mm();
      return [mm, mm.page("page0"), mm.page("page1"), m.device("dev", { mm }), ...declared(m)];
    },
  },
  tables: {
    values: (m) => {
      const mm = m.mm();
      const table = mm.table("table0");
      return [mm, table, table.page("page0"), ...declared(m)];
    },
  },
  "huge pages": {
    values: (m) => {
      const mm = m.mm();
      const huge = mm.hugePage("huge0");
      return [mm, huge, huge.page, huge.small, ...declared(m)];
    },
  },
};

const plain = [
  "text",
  1,
  0,
  true,
  bool,
  ["text"],
  () => undefined,
  () => [],
  () => true,
  {},
  "ro",
  "data",
  "dsb(ish)",
];

/** What a parameter takes, of some values; undefined if it takes none of them. */
function sampleOf(is: Description<unknown>, values: readonly unknown[]): unknown {
  const options = is.keys
    ? Object.entries(is.keys).flatMap(([key, of]) =>
        of.optional ? [] : [[key, sampleOf(of, values)] as const],
      )
    : [];
  const candidates = is.keys ? [Object.fromEntries(options)] : values;
  return candidates.find((each) => isTaken(is, each));
}

function isTaken(is: Description<unknown>, given: unknown): boolean {
  try {
    takeOne(is, given, { call: { name: "sample" }, path: "sample", source: null });
    return true;
  } catch {
    return false;
  }
}

const junk = [
  null,
  0.5,
  -1,
  Number.NaN,
  "",
  "nonsense",
  [],
  {},
  Symbol("s"),
  10n,
  new Date(0),
  [undefined],
  { kind: "page" },
];

/** The names of options misspelt, and values that lost their prototype. */
function nearTo(sample: unknown): unknown[] {
  if (typeof sample !== "object" || sample === null || Array.isArray(sample))
    return [[sample], { value: sample }];
  return [{ ...sample, nonsense: 1 }, { ...sample }, [sample], Object.keys(sample)[0]];
}

/** Whatever is passed to a method in place of one argument is taken, or refused at its line. */
function tried(receiver: Methods, table: Table, values: readonly unknown[]): void {
  const entry = fc.constantFrom(...table.filter(([, parameters]) => parameters.length > 0));
  fc.assert(
    fc.property(entry, fc.nat(), fc.nat(), ([name, parameters], place, which) => {
      const samples = parameters.map(({ is }) => sampleOf(is, [...values, ...plain]));
      const at = place % parameters.length;
      const wrong = [...junk, ...values, ...plain, ...nearTo(samples[at])];
      const given = samples.with(at, wrong[which % wrong.length]);
      const found = thrownBy(() => receiver[name]!(...given));
      if (found === null) return;
      expect(found, `${name}: ${describeError(found)}`).toBeInstanceOf(TlbcheckError);
      const { code, source } = (found as TlbcheckError).diagnostic;
      expect(code).not.toBe("TLB901");
      expect(basename(source?.file ?? `${name}: no line`)).toBe(HERE);
    }),
    { numRuns: 600 },
  );
}

function describeError(found: unknown): string {
  return found instanceof Error ? found.message : JSON.stringify(found);
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return null;
  } catch (error) {
    return error;
  }
}

/** Declares the scenario and leaves it where `use` has come to its end. */
function within(setting: Setting, use: (m: Scenario, values: readonly unknown[]) => void): () => unknown {
  const family = scenario("near", { about: "near misses", arch: ["arm64"] }, (m) =>
    use(m, setting.values(m)),
  );
  return () => family.build(CONFIGURATION);
}

/** The same, in the program of a thread. */
function inProgram(setting: Setting, use: (k: Thread, values: readonly unknown[]) => void): () => unknown {
  return within(setting, (m, values) => {
    m.thread("t", { cpu: 0, mm: values[0] as never }, (k) => {
      use(k, values);
      throw new Done();
    });
    m.thread("other", { cpu: 1 }, () => undefined);
  });
}

describe.each(Object.entries(settings))("in a scenario of %s", (_, setting) => {
  test("arguments of kernel primitives are taken or refused with a line", () => {
    const table = Object.entries(primitives).map(([name, { parameters }]) => [name, parameters] as const);
    const run = inProgram(setting, (k, values) => tried(k as unknown as Methods, table, values));
    expect(run).toThrow(Done);
  });

  test("so are those of steps and branches", () => {
    const table = Object.entries(controlFlow);
    const run = inProgram(setting, (k, values) => tried(k as unknown as Methods, table, values));
    expect(run).toThrow(Done);
  });

  test("so are those of declarations", () => {
    const takes = Object.entries<readonly Parameter<unknown>[] | null>(scenarioParameters).flatMap(
      ([name, parameters]) => (parameters ? [[name, parameters] as const] : []),
    );
    const run = within(setting, (m, values) => {
      tried(m as unknown as Methods, takes, values);
      tried(values[0] as Methods, Object.entries(mmParameters), values);
      const table = values.find((each) => typeof each === "object" && "pages" in each!);
      if (table) tried(table as Methods, Object.entries(tableParameters), values);
      throw new Done();
    });
    expect(run).toThrow(Done);
  });
});

test("every option of every entry is refused if its name is misspelt", () => {
  const run = inProgram(settings["pages"]!, (k, values) => {
    for (const [name, { parameters }] of Object.entries(primitives)) {
      const at = parameters.findIndex(({ is }) => is.keys);
      if (at < 0) continue;
      const samples = parameters.map(({ is }) => sampleOf(is, [...values, ...plain]));
      if (parameters.some(({ is }, i) => i < at && !is.optional && samples[i] === undefined)) continue;
      const keys = Object.keys(parameters[at]!.is.keys!);
      for (const key of keys) {
        const found = thrownBy(() =>
          (k as unknown as Methods)[name]!(...samples.with(at, { [`${key}x`]: 1 })),
        );
        expect(found, `${name}: ${key}`).toBeInstanceOf(TlbcheckError);
        expect((found as TlbcheckError).message).toContain(`has no option "${key}x"`);
      }
    }
  });
  expect(run).toThrow(Done);
});
