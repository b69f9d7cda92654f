/** `docs/architecture.md` names paths that exist, every page and top folder of `src`, and the arrows that are checked. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { arrows } from "../tooling/arrows.ts";
import { root } from "./snippets.ts";

const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

test("the arrows of the page are those that are checked", () => {
  const section = page.split("## The arrows")[1]!.split("\n## ")[0]!;
  const words = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
  const told = [...section.matchAll(/^\| (`[^|]*)\|([^|]*)\|$/gm)].map(([, part, imports]) => [
    words(part!)[0],
    words(imports!),
  ]);
  expect(Object.fromEntries(told)).toEqual(arrows);
});

test("every path of the page exists", () => {
  const paths = [
    ...page.matchAll(/`((?:src|test|docs|models|templates|litmus|bench|scripts|\.ci)(?:\/[\w/.-]+)?)`/g),
  ].map(([, path]) => path!);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("every part of src, and every page, is in a table", () => {
  const tables = page.split("\n").filter((line) => line.startsWith("|"));
  const parts = readdirSync(join(root, "src")).map((name) => `| \`src/${name}\` `);
  expect(parts.filter((part) => !tables.some((row) => row.startsWith(part)))).toEqual([]);
  const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  expect(pages.filter((name) => !tables.some((row) => row.includes(`[${name}](${name})`)))).toEqual([]);
});
