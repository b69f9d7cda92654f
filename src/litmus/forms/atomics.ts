/** Atomic read-modify-writes: SWP, CAS, LDADD, STADD and their like, with their orders and sizes. */
import type { Cursor } from "../cursor.ts";
import type { AtomicOperation } from "../instruction.ts";
import { type Form, type Forms, NotModelled } from "./form.ts";
import { addressing, bytesOf } from "./memory.ts";
import { comma, register, zeroRegister } from "./operands.ts";

const OPERATIONS: Readonly<Record<string, AtomicOperation>> = {
  SWP: "swap",
  CAS: "compare-and-swap",
  LDADD: "add",
  LDSET: "set",
  LDCLR: "clear",
  LDEOR: "exclusive-or",
  LDUMAX: "maximum",
  LDSMAX: "maximum",
  LDUMIN: "minimum",
  LDSMIN: "minimum",
};

/** SWP, LDADD and their like name what is stored first and where the old value goes second; CAS the reverse. */
function atomic(cursor: Cursor, mnemonic: string): readonly Form[] {
  const [, name, suffix, size] = LOADING.exec(mnemonic)!;
  const operation = OPERATIONS[name!]!;
  const first = register(cursor);
  const second = register(comma(cursor));
  const [source, target] = operation === "compare-and-swap" ? [second, first] : [first, second];
  const { address, update } = addressing(comma(cursor));
  if (update.length > 0) throw new NotModelled();
  const acquire = suffix!.includes("A");
  const release = suffix!.includes("L");
  return [
    { kind: "atomic", operation, acquire, release, source, target, bytes: bytesOf(size, source), address },
  ];
}

/** STADD and its like give the old value to nobody. */
function storing(cursor: Cursor, mnemonic: string): readonly Form[] {
  const [, name, suffix, size] = STORING.exec(mnemonic)!;
  const source = register(cursor);
  const { address, update } = addressing(comma(cursor));
  if (update.length > 0) throw new NotModelled();
  const operation = OPERATIONS[`LD${name}`]!;
  const rest = { acquire: false, release: suffix === "L", bytes: bytesOf(size, source), address };
  return [{ kind: "atomic", operation, source, target: zeroRegister(source.width), ...rest }];
}

const LOADING = /^(SWP|CAS|LDADD|LDSET|LDCLR|LDEOR|LD[US]MAX|LD[US]MIN)(AL|A|L|)([BH]?)$/;
const STORING = /^ST(ADD|SET|CLR|EOR|[US]MAX|[US]MIN)(L?)([BH]?)$/;

export const atomicForms: Forms = [
  [LOADING, atomic],
  [STORING, storing],
];
