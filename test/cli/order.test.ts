/** What is explored of the hardware: `--order`, which is `--set order=`, and likewise `--hardware` and `--strict`. */
import { describe, expect, test } from "vitest";
import { fixture, tlbcheck } from "./command.ts";

const reclaim = "models/reclaim-mprotect.ts";
const selected = [reclaim, "--arch", "arm64", "--variant", "no-drain"];
const peterson = fixture("peterson.ts");

interface Told {
  readonly results: readonly {
    readonly parameters: unknown;
    readonly states: number;
    assumptions: string[];
  }[];
}

async function told(...words: string[]): Promise<Told["results"][number]> {
  const { out } = await tlbcheck([...selected, "--json", ...words]);
  return (JSON.parse(out) as Told).results[0]!;
}

describe("--order", () => {
  test("tso gives each CPU a store buffer, and the verdict says so", async () => {
    const [tso, set, sc, none] = await Promise.all([
      told("--order", "tso"),
      told("--set", "order=tso"),
      told("--order", "sc"),
      told(),
    ]);
    expect(tso.assumptions).toContain("memory order tso, store buffers of 10 stores");
    expect(tso.assumptions.join("; ")).toContain("weaker orders, with loads that are late");
    expect(tso.parameters).toMatchObject({ order: "tso" });
    expect(tso.states).toBe(set.states);
    expect(sc.assumptions).toContain("memory order sc: weaker orders are not explored");
    expect(sc.states).toBe(none.states);
    expect(tso.states).toBeGreaterThan(sc.states);
  });

  test("the size of the buffers is a parameter", async () => {
    const { assumptions } = await told("--order", "tso", "--set", "stores=1");
    expect(assumptions).toContain("memory order tso, store buffers of 1 store");
  });

  test("the command that repeats a verdict has it", async () => {
    const { out } = await tlbcheck([...selected, "--order", "tso", "--property", "use-after-free-page"]);
    expect(out).toContain(`$ tlbcheck ${reclaim} --arch arm64 --variant no-drain --set order=tso --property`);
  });

  test("export writes the store buffer", async () => {
    const words = ["export", ...selected, "--to", "murphi"];
    expect((await tlbcheck([...words, "--order", "tso"])).out).toContain("store_buffer");
    expect((await tlbcheck(words)).out).not.toContain("store_buffer");
  });

  test.each([
    [[peterson, "--order", "tso"], 'error TLB205: the model peterson has no parameter "order"', 64],
    [["crosscheck", peterson, "--order", "tso"], 'TLB205: the model peterson has no parameter "order"', 64],
    [[reclaim, "--order", "arm"], 'error TLB306: there is no order "arm"', 64],
    [[reclaim, "--set", "order=arm"], 'error TLB205: the parameter order cannot be "arm"', 64],
    [
      [reclaim, "--order", "tso", "--set", "order=sc"],
      "error TLB306: --order and --set order= are the same",
      64,
    ],
  ])("%j is refused", async (words, message, status) => {
    const result = await tlbcheck(words);
    expect(result.err).toContain(message);
    expect(result.status).toBe(status);
  });
});

describe("--strict", () => {
  const deferred = "models/deferred-kernel-flush.ts";
  const SPEC = "transient-use-after-free";
  const mainline = [deferred, "--arch", "intel", "--variant", "004-D0"];

  test("adds the property to every scenario, and the verdict says that transient accesses were explored", async () => {
    const [strict, set, none] = await Promise.all([
      tlbcheck([...mainline, "--strict", "--property", "P-SPEC"]),
      tlbcheck([...mainline, "--set", "strict=true", "--json"]),
      tlbcheck(mainline),
    ]);
    expect(strict.out).toMatch(/VIOLATED {2}transient-use-after-free/);
    expect(strict.out).toContain("as expected: vfree() frees the page before any flush");
    expect(strict.out).toContain(`--set strict=true --property ${SPEC}`);
    expect(strict.status).toBe(12);
    expect(set.out).toContain(SPEC);
    expect(set.out).toContain("transient accesses too");
    expect(none.out).toContain("transient accesses are not explored");
    expect(none.out).not.toContain(SPEC);
    expect(none.status).toBe(0);
  });

  test("export writes the property", async () => {
    const words = ["export", ...mainline, "--to", "murphi"];
    expect((await tlbcheck([...words, "--strict"])).out).toContain("transient");
    expect((await tlbcheck(words)).out).not.toContain("transient");
  });

  test("without it the property is not there, and the message says how to have it", async () => {
    const { err, status } = await tlbcheck([...mainline, "--property", "P-SPEC"]);
    expect(err).toContain('TLB204: the model deferred-kernel-flush has no property "P-SPEC"');
    expect(err).toContain(`${SPEC} is checked with --strict`);
    expect(status).toBe(64);
  });

  test.each([
    [[peterson, "--strict"], 'TLB205: the model peterson has no parameter "strict"'],
    [["crosscheck", peterson, "--strict"], 'TLB205: the model peterson has no parameter "strict"'],
    [[...mainline, "--strict", "--set", "strict=true"], "TLB306: --strict and --set strict= are the same"],
  ])("%j is refused", async (words, message) => {
    const { err, status } = await tlbcheck(words);
    expect(err).toContain(message);
    expect(status).toBe(64);
  });
});

describe("--hardware", () => {
  test("is --set hardware=, and the assumptions say it", async () => {
    const [worded, set] = [await told("--hardware", "closed"), await told("--set", "hardware=closed")];
    const { parameters, states, assumptions } = set;
    expect(worded).toMatchObject({ parameters, states, assumptions });
    expect(worded.assumptions).toContain("hardware closed: states say what may be cached");
  });

  test("a form that does not exist is refused, and one that is named twice", async () => {
    const other = await tlbcheck([...selected, "--hardware", "real"]);
    expect(other.err).toContain('error TLB306: there is no form of hardware "real"');
    expect(other.status).toBe(64);
    const twice = await tlbcheck([...selected, "--hardware", "closed", "--set", "hardware=enumerated"]);
    expect(twice.err).toContain("--hardware and --set hardware= are the same");
  });
});
