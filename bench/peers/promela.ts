/**
 * The benchmark model in SPIN's language, in the form that SPIN searches fastest: reclaim and mprotect are
 * processes whose program counter is their place in the text, unrolled over the pages, and everything else
 * (hardware and user code) is one process with a command an option. Variables are scalars of as few bits as they
 * need, which SPIN packs.
 */
import type { Size } from "../sizes.ts";

export function promela(size: Size): string {
  const { cpus, pages } = size;
  return [
    declarations(size),
    ...process("reclaim", reclaim(size)),
    ...process("mprotect", mprotect(size)),
    "active proctype machine() {",
    "  do",
    ...grid(cpus, pages).flatMap(([c, p]) => hardware(c, p)),
    ...range(0, cpus).map((c) => wholeFlush(c, pages)),
    ...grid(cpus, pages).flatMap(([c, p]) => (c < 2 ? [] : user(c, p, size))),
    "  od",
    "}",
    "",
  ].join("\n");
}

function declarations({ cpus, pages, accesses }: Size): string {
  const bits = 32 - Math.clz32(accesses);
  return [
    "unsigned lock : 2 = 0;",
    "unsigned fp : 1 = 0;",
    "unsigned returned : 1 = 0;",
    "unsigned err : 2 = 0;",
    ...range(0, pages).flatMap((p) => [`unsigned pte${p} : 2 = 2;`, `unsigned fr${p} : 1 = 0;`]),
    ...grid(cpus, pages).flatMap(([c, p]) => [
      `unsigned tlb${c}_${p} : 2 = 0;`,
      `unsigned q0_${c}_${p} : 1 = 0;`,
      `unsigned q1_${c}_${p} : 1 = 0;`,
    ]),
    ...range(0, cpus).map((c) => `unsigned qa${c} : 1 = 0;`),
    ...range(2, cpus).map((c) => `unsigned u${c} : ${bits} = 0;`),
    "",
  ].join("\n");
}

function process(name: string, lines: readonly string[]): string[] {
  // It waits at its end for ever: a process that terminated would leave the state.
  return [`active proctype ${name}() {`, ...lines.map((line) => `  ${line}`), "  false", "}", ""];
}

function reclaim({ cpus, pages }: Size): string[] {
  const unmap = range(0, pages).flatMap((p) => [
    "d_step { lock == 0; lock = 1 }",
    `pte${p} = 0;`,
    `d_step { ${range(0, cpus)
      .map((c) => `q0_${c}_${p} = 1`)
      .join("; ")} }`,
    "fp = 1;",
    "lock = 0;",
  ]);
  return [...unmap, `${allClear("q0", cpus, pages)};`, ...range(0, pages).map((p) => `fr${p} = 1;`)];
}

function mprotect({ cpus, pages }: Size): string[] {
  const flush = range(0, cpus)
    .map((c) => `qa${c} = 1`)
    .join("; ");
  const flushed = range(0, cpus)
    .map((c) => `qa${c} == 0`)
    .join(" && ");
  return [
    "d_step { lock == 0; lock = 2 }",
    "if",
    ":: fp == 0",
    `:: d_step { fp == 1; ${flush} }`,
    `   d_step { ${flushed}; fp = 0 }`,
    "fi;",
    ...range(0, pages).flatMap((p) => [
      "if",
      `:: pte${p} != 2`,
      `:: d_step { pte${p} == 2; pte${p} = 1 }`,
      `   d_step { ${range(0, cpus)
        .map((c) => `q1_${c}_${p} = 1`)
        .join("; ")} }`,
      `   ${allClear("q1", cpus, pages)}`,
      "fi;",
    ]),
    "d_step { lock = 0; returned = 1 }",
  ];
}

function hardware(c: number, p: number): string[] {
  const tlb = `tlb${c}_${p}`;
  return [
    `  :: d_step { ${tlb} == 0 && pte${p} != 0; ${tlb} = pte${p} }`,
    `  :: d_step { ${tlb} != 0; ${tlb} = 0 }`,
    `  :: d_step { q0_${c}_${p} == 1; q0_${c}_${p} = 0; ${tlb} = 0 }`,
    `  :: d_step { q1_${c}_${p} == 1; q1_${c}_${p} = 0; ${tlb} = 0 }`,
  ];
}

function wholeFlush(c: number, pages: number): string {
  const clear = range(0, pages)
    .map((p) => `tlb${c}_${p} = 0`)
    .join("; ");
  return `  :: d_step { qa${c} == 1; qa${c} = 0; ${clear} }`;
}

function user(c: number, p: number, { accesses }: Size): string[] {
  // The assertion cannot fail: it keeps `err` in the state, which SPIN would leave out if nothing read it.
  const load = `if :: fr${p} == 1 -> err = 2 :: else fi; assert(err <= 2)`;
  const store = `if :: fr${p} == 1 -> err = 2 :: else -> if :: returned -> err = 1 :: else fi fi; assert(err <= 2)`;
  return [
    `  :: d_step { tlb${c}_${p} != 0 && u${c} < ${accesses}; u${c} = u${c} + 1; ${load} }`,
    `  :: d_step { tlb${c}_${p} == 2 && u${c} < ${accesses}; u${c} = u${c} + 1; ${store} }`,
  ];
}

function allClear(queue: string, cpus: number, pages: number): string {
  return grid(cpus, pages)
    .map(([c, p]) => `${queue}_${c}_${p} == 0`)
    .join(" && ");
}

function grid(cpus: number, pages: number): [number, number][] {
  return range(0, cpus).flatMap((c) => range(0, pages).map((p): [number, number] => [c, p]));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
