/** `docs/kernel-sources.md` is made of `src/kernel/sources.ts`, which has every kernel primitive. `vitest run -u` writes it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { describe, expect, test } from "vitest";
import { ThreadProgram } from "../../src/kernel/threads/thread-program.ts";
import { kernelSources } from "../../src/kernel/sources.ts";
import { threadWords } from "../../src/kernel/words.ts";
import { root } from "./snippets.ts";

const path = join(root, "docs/kernel-sources.md");

/** How programs are written, which is nothing of Linux. */
const program = new Set([...Object.getOwnPropertyNames(ThreadProgram.prototype), "run"]);
const primitives = [...new Set(threadWords)].filter((name) => !program.has(name));

/** The primitives in the table of differences. */
function withDifferences(): ReadonlySet<string> {
  const semantics = readFileSync(join(root, "docs/semantics.md"), "utf8");
  const table = semantics.slice(
    semantics.indexOf("<!-- differences -->"),
    semantics.indexOf("<!-- rules -->"),
  );
  const first = table.split("\n").map((line) => line.split("|")[1] ?? "");
  return new Set(first.flatMap((cell) => [...cell.matchAll(/`k\.(\w+)`/g)].map(([, name]) => name!)));
}

function table(): string {
  const differing = withDifferences();
  const rows = primitives.map((name) => {
    const { at, read, order, does = "" } = kernelSources[name]!;
    const difference = differing.has(name) ? "[listed](semantics.md#the-kernels-words)" : "none known";
    const cells = [`\`k.${name}\``, at, read, order.arm64, order.x86, order.riscv, does, difference];
    return `| ${cells.join(" | ")} |`;
  });
  const heads = [
    "primitive",
    "file: function",
    "read",
    "arm64",
    "x86",
    "riscv",
    "locks, flushes",
    "difference",
  ];
  return [`| ${heads.join(" | ")} |`, `|${" --- |".repeat(heads.length)}`, ...rows].join("\n");
}

describe("docs/kernel-sources.md", () => {
  test("there is a row for each kernel primitive, and for nothing else", () => {
    expect(Object.keys(kernelSources).toSorted()).toEqual(primitives.toSorted());
  });

  test.each(Object.entries(kernelSources))("%s names a file and a function", (_, { at, read }) => {
    if (read === "not in Linux") expect(at).not.toBe("");
    else expect(at).toMatch(/\.[chS](, [\w.*/]+\.[chS])*: \w+/);
  });

  test("the exchanges of entries have the order that the code gives them", () => {
    const { order } = kernelSources["ptepGetAndClear"]!;
    const source = (arch: string): string => readFileSync(join(root, `src/kernel/arch/${arch}.ts`), "utf8");
    const orderOf = (arch: string): string => /exchangeOrder: "(\w+)"/.exec(source(arch))![1]!;
    expect(order.arm64).toContain(orderOf("arm64"));
    expect(order.riscv).toContain(orderOf("riscv"));
    expect(order.x86).toContain(orderOf("x86/index"));
  });

  test("says what the data say", async () => {
    const text = `${introduction}\n\n${table()}\n\n${formats}\n`;
    const options = await resolveConfig(path);
    await expect(await format(text, { ...options, parser: "markdown" })).toMatchFileSnapshot(path);
  });
});

const introduction = `# The kernel primitives against Linux's sources

For each primitive the function of Linux that it is written from, with its memory order on each architecture, the locks
that it takes and drops itself, and what it flushes. What is known to differ is in the
[table of differences](semantics.md#the-kernels-words).

The column "read" says in which version the function was read: "v6.12" is v6.12.117 of the stable tree, "v6.14+" a tree between
v6.14 and v6.16. "its commit" means the commit that added the function. "not in Linux" are patches that are not merged, and
what is no kernel code.

"plain" is an access without an order; on x86 every store waits in the store buffer, and a locked instruction drains it.`;

const formats = `## PMD entries

The layouts in \`src/kernel/arch/pmd-format\` were compared with these headers:

| architecture | header: macros                                                                                                              | result                                                                                 |
| ------------ | --------------------------------------------------------------------------------------------------------------------------- | -------------------------------------------------------------------------------------- |
| x86          | arch/x86/include/asm/pgtable_64.h: \`__swp_entry()\`, \`__swp_type()\`, \`__swp_offset()\`; pgtable.h: \`__pte_access_permitted()\` | as here; \`pmd_mkinvalid()\` and pgtable-invert.h were not read again                    |
| arm64        | arch/arm64/include/asm/pgtable.h, pgtable-prot.h: \`pmd_mkinvalid()\`, \`PTE_PRESENT_INVALID\`, \`__swp_entry()\`                 | here as of v6.9, whose race it is: since v6.11 PRESENT_INVALID is the bit of nG, and swap entries have type 6-10, offset 12-61; the same verdicts with either |
| riscv        | arch/riscv/include/asm/pgtable.h: \`pmd_present()\`, \`pmd_leaf()\`, \`pmd_mkinvalid()\`, \`__swp_entry()\`                         | as here                                                                                |
| powerpc      | arch/powerpc/include/asm/book3s/64/pgtable.h: \`_PAGE_*\`, \`pmd_present()\`, \`pte_access_permitted()\`, \`__swp_entry()\`           | as here                                                                                |
| LoongArch    | arch/loongarch/include/asm/pgtable.h: \`pmd_present()\`, \`pmd_mkinvalid()\`, \`__swp_entry_to_pmd()\`                            | as here                                                                                |
| MIPS         | arch/mips/include/asm/pgtable.h: \`pmd_mkinvalid()\`, \`pmd_trans_huge()\`                                                    | as here; the bits of pgtable-bits.h were not read again                                |`;
