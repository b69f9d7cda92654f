import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { importsOf, violations } from "./arrows.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function sources(folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
}

describe("import arrows", () => {
  test("are kept by the whole tree", () => {
    const files = [...sources("src"), ...sources("models")];
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((path) => violations(path, readFileSync(`${root}/${path}`, "utf8")))).toEqual([]);
  });

  test.each([
    ["src/model/term.ts", `import { tlb } from "../arch/tlb.ts";`],
    ["src/model/term.ts", `import type { Tlb } from "../arch/tlb.ts";`],
    ["src/model/term.ts", `export * from "../rules.ts";`],
    ["src/model/term.ts", `const { tlb } = await import("../arch/tlb.ts");`],
    ["src/model/term.ts", `import {\n  a,\n  b,\n} from "../arch/tlb.ts";`],
    ["src/model/term.ts", `import { readFileSync } from "node:fs";`],
    ["src/arch/tlb.ts", `import { lock } from "../kernel/locks.ts";`],
    ["src/kernel/locks.ts", `import "../properties/index.ts";`],
    ["src/explorer/interpreter.ts", `import { x } from "../arch/tlb.ts";`],
    ["src/explorer/interpreter.ts", `import { cpus } from "node:os";`],
    ["src/explorer/interpreter.ts", `import { Piscina } from "piscina";`],
    ["src/report/table.ts", `import { x } from "../cli/main.ts";`],
    ["src/unheard-of/x.ts", `import { x } from "../model/term.ts";`],
    ["src/model/term.ts", `import { x } from "../generators.ts";`],
    ["models/x.ts", `import { Term } from "../src/model/term.ts";`],
    ["models/x.ts", `import { readFileSync } from "node:fs";`],
  ])("a file %s with %s is refused", (path, source) => {
    expect(violations(path, source)).toHaveLength(1);
  });

  test.each([
    ["src/arch/tlb.ts", `import { Term } from "../model/term.ts";`],
    ["src/model/layout.ts", `import { List } from "immutable";`],
    ["src/cli/main.ts", `import { readFileSync } from "node:fs";\nimport yargs from "yargs";`],
    ["src/index.ts", `export { x } from "./kernel/locks.ts";`],
    ["models/x.ts", `import { model } from "tlbcheck/rules";`],
  ])("a file %s with %s is accepted", (path, source) => {
    expect(violations(path, source)).toEqual([]);
  });

  test("words about importing are no imports", () => {
    expect(
      importsOf(` * import { model } from "tlbcheck/rules";\nconst from = "import";\nexport const x = "y";`),
    ).toEqual([]);
  });
});
