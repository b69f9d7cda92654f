// Models that differ in nothing but names: which they are is for people, as long as different things have different ones.

/** Where names are: of variables, parameters, domains, values and properties. */
const NAMES = new Set(["name", "variable", "property", "values"]);

/** Whether two models are one, where each name of the first stands for one name of the second, and the reverse. */
export function sameButForNames(a, b) {
  const there = new Map();
  const back = new Map();
  const isNamed = (x, y) => {
    if (!there.has(x) && !back.has(y)) {
      there.set(x, y);
      back.set(y, x);
    }
    return there.get(x) === y && back.get(y) === x;
  };
  const same = (x, y, key) => {
    if (typeof x === "string" && typeof y === "string") return NAMES.has(key) ? isNamed(x, y) : x === y;
    if (x === null || y === null || typeof x !== "object" || typeof y !== "object") return Object.is(x, y);
    if (Array.isArray(x))
      return Array.isArray(y) && x.length === y.length && x.every((each, i) => same(each, y[i], key));
    const keys = Object.keys(x);
    return (
      !Array.isArray(y) &&
      keys.length === Object.keys(y).length &&
      keys.every((each) => Object.hasOwn(y, each) && same(x[each], y[each], each))
    );
  };
  return same(a, b, "");
}
