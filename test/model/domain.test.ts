import { describe, expect, test } from "vitest";
import { bool, enumeration, names, orNone, range } from "../../src/model/builder.ts";
import {
  codes,
  contains,
  describeDomain,
  type Domain,
  domainSize,
  formatValue,
  indexCodes,
  indexSize,
  literalCode,
} from "../../src/model/domain.ts";

const lock = enumeration("lock", ["free", "held"]);
const page = names("page", ["text", "heap", "stack"]);
const cpu = names("cpu", 2);

describe("domains", () => {
  test.each<[string, Domain, number[], number[]]>([
    ["bool", bool, [0, 1], [0, 1]],
    ["a range", range(-1, 2), [-1, 0, 1, 2], [-1, 0, 1, 2]],
    ["a range of one", range(5, 5), [5], [5]],
    ["an enumeration", lock, [0, 1], [0, 1]],
    ["names", page, [0, 1, 2], [0, 1, 2]],
    ["names or none", orNone(page), [0, 1, 2, 3], [0, 1, 2]],
  ])("%s has its codes, and those that are indices", (_, domain, all, indices) => {
    expect(codes(domain)).toEqual(all);
    expect(domainSize(domain)).toBe(all.length);
    expect(indexCodes(domain)).toEqual(indices);
    expect(indexSize(domain)).toBe(indices.length);
  });

  test("contain their codes and nothing else", () => {
    expect([-2, -1, 0, 2, 3, 0.5, NaN].filter((code) => contains(range(-1, 2), code))).toEqual([-1, 0, 2]);
    expect(contains(orNone(cpu), 2)).toBe(true);
    expect(contains(cpu, 2)).toBe(false);
  });

  test.each<[Domain, number, string]>([
    [bool, 0, "false"],
    [bool, 1, "true"],
    [bool, 2, "2"],
    [range(-1, 2), -1, "-1"],
    [lock, 1, "held"],
    [lock, 7, "7"],
    [cpu, 1, "cpu1"],
    [cpu, 2, "2"],
    [orNone(cpu), 2, "none"],
  ])("%o tells code %i as %s", (domain, code, text) => {
    expect(formatValue(domain, code)).toBe(text);
  });

  test.each<[Domain, boolean | number | string | null, number | undefined]>([
    [bool, true, 1],
    [bool, 1, undefined],
    [range(0, 3), 3, 3],
    [range(0, 3), 4, undefined],
    [range(0, 3), 1.5, undefined],
    [range(0, 3), "3", undefined],
    [lock, "held", 1],
    [lock, "broken", undefined],
    [lock, 1, undefined],
    [page, "heap", 1],
    [page, 1, 1],
    [page, 3, undefined],
    [page, -1, undefined],
    [page, 0.5, undefined],
    [page, null, undefined],
    [orNone(page), null, 3],
    [orNone(page), "none", 3],
  ])("%o reads the literal %o as %o", (domain, literal, code) => {
    expect(literalCode(domain, literal)).toBe(code);
  });

  test("are described in words", () => {
    expect(describeDomain(range(0, 3))).toBe("0..3");
    expect(describeDomain(lock)).toBe("lock {free, held}");
    expect(describeDomain(orNone(cpu))).toBe("cpu {cpu0, cpu1, none}");
  });
});
