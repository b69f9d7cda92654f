/** The litmus tests that come with tlbcheck, and those of a folder that the environment names. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LitmusTest } from "../../src/litmus/ast.ts";
import { parseLitmus } from "../../src/litmus/parse.ts";
import { parseVerdictTable, type VerdictTable } from "../../src/litmus/verdict-table.ts";

export const ownFolder = fileURLToPath(new URL("../../litmus", import.meta.url));

/** Folders with tests from elsewhere and their `verdicts.tsv`, beside each or in it, separated by colons; none unless named. */
export const publicFolders = (process.env["TLBCHECK_LITMUS"] ?? "").split(":").filter((each) => each !== "");

export function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".litmus")).sort();
}

export function readTest(folder: string, name: string): LitmusTest {
  return parseLitmus(name, readFileSync(join(folder, name), "utf8"));
}

export function readTable(folder: string): VerdictTable {
  const path = [join(folder, "verdicts.tsv"), join(folder, "..", "verdicts.tsv")].find((each) =>
    existsSync(each),
  );
  if (path === undefined) throw new Error(`there is no verdicts.tsv in ${folder} or beside it`);
  return parseVerdictTable(path, readFileSync(path, "utf8"));
}

/** A test from its parts. */
export function testOf(parts: { head?: string; init?: string; code?: string; final?: string }): LitmusTest {
  const { head = "", init = "", code = " P0 ;\n NOP ;", final = "exists (true)" } = parts;
  return parseLitmus("test.litmus", `AArch64 T\n${head}\n{ ${init} }\n${code}\n${final}\n`);
}

/** A test of one CPU with these instructions. */
export function program(instructions: readonly string[], init = "", final = "exists (true)"): LitmusTest {
  return testOf({ init, code: [" P0 ;", ...instructions.map((each) => ` ${each} ;`)].join("\n"), final });
}
