/** The blocks of TypeScript in a page of the documentation, as model files that can be loaded. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import { guardConditions } from "../../src/cli/refuse-conditions.ts";
import { type Family, isFamily } from "../../src/model/family.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Snippet {
  /** The first word of its `model("…")` or `scenario("…")`. */
  readonly name: string;
  readonly code: string;
  /** The line of the page that its code begins at. */
  readonly line: number;
}

/** The blocks marked `ts` of a page, in order. */
export function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((found) => {
    const code = found[1]!;
    const name = /\b(?:model|scenario)\(\s*"([^"]+)"/.exec(code)?.[1];
    const line = text.slice(0, found.index).split("\n").length + 1;
    if (name === undefined) throw new Error(`${page}:${line}: the block is no model file`);
    return { name, code, line };
  });
}

/**
 * Loads a block as the command line loads a model file, its conditions guarded; but against the sources, which
 * only the test runner can import.
 */
export async function familyOf({ name, code }: Snippet): Promise<Family> {
  const folder = mkdtempSync(join(tmpdir(), "tlbcheck-docs-"));
  try {
    const plain = transformSync(code, {
      loader: "ts",
      format: "esm",
      target: "node20",
      tsconfigRaw: {},
    }).code;
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, guardConditions(plain, "tlbcheck/rules").code);
    const exports = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default: unknown };
    if (!isFamily(exports.default)) throw new Error(`${name} exports no model`);
    return exports.default;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the compiler says of blocks; faults of the sources themselves are another test's affair. */
export function typeErrors(blocks: readonly Snippet[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "tlbcheck-types-"));
  try {
    for (const { name, code } of blocks) writeFileSync(join(folder, `${name}.mts`), code);
    const paths = { tlbcheck: [join(root, "src/index.ts")], "tlbcheck/rules": [join(root, "src/rules.ts")] };
    const typeRoots = [join(root, "node_modules/@types")];
    const config = {
      extends: join(root, "tsconfig.json"),
      compilerOptions: { paths, typeRoots },
      include: ["*.mts"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [compiler, "-p", "."], { cwd: folder, encoding: "utf8" });
    return stdout.split("\n").filter((line) => /^[\w-]+\.mts\(/.test(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
