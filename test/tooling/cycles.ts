/** Cycles of imports between source files, those for types among them: files that cannot be read one after the other. */
import { posix } from "node:path";
import { importsOf } from "./arrows.ts";

/** The files that lie on cycles, by groups in which each file leads to each other one; the largest group first. */
export function cycles(sources: ReadonlyMap<string, string>): string[][] {
  const reached = new Map([...sources.keys()].map((path) => [path, reachedFrom(path, sources)] as const));
  const leads = (from: string, to: string): boolean => reached.get(from)!.has(to);
  const groups = new Map<string, string[]>();
  for (const path of [...sources.keys()].filter((each) => leads(each, each)).toSorted()) {
    const first = [...groups.keys()].find((each) => leads(path, each) && leads(each, path));
    if (first === undefined) groups.set(path, [path]);
    else groups.get(first)!.push(path);
  }
  return [...groups.values()].toSorted((a, b) => b.length - a.length);
}

/** Every file that an import of this one leads to, itself only if it lies on a cycle. */
function reachedFrom(path: string, sources: ReadonlyMap<string, string>): ReadonlySet<string> {
  const reached = new Set<string>();
  const left = [path];
  for (let next = left.pop(); next !== undefined; next = left.pop())
    for (const target of importsOf(sources.get(next) ?? "")) {
      const to = posix.join(posix.dirname(next), target);
      if (!sources.has(to) || reached.has(to)) continue;
      reached.add(to);
      left.push(to);
    }
  return reached;
}
