/** The rules of `docs/hardware.md`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./snippets.ts";

/** A file of this repository. */
export const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** The entries of the page by the number of their rule, each on one line. */
export const entries = new Map(
  read("docs/hardware.md")
    .split(/^(?=- \*\*|## )/m)
    .flatMap((text) => {
      const number = /^- \*\*([A-Z\d]+-\d+)\.\*\*/.exec(text)?.[1];
      return number === undefined ? [] : [[number, text.replace(/\s+/g, " ")] as const];
    }),
);
