/** Sequence counters (include/linux/seqlock.h): a reader finds out that a writer came between, and reads again. */
import { primitive } from "../threads/primitive.ts";
import { parameterOf } from "../../model/arguments.ts";
import { term } from "../../model/argument-terms.ts";
import { SEQCOUNT } from "../arguments.ts";
import { bool, range } from "../../model/builder.ts";
import { choose, eachOf, or, type Place, type Term } from "../../model/term.ts";
import { smpBarrier } from "./barrier.ts";
import type { Cell } from "./cells.ts";
import type { Seqcount } from "./handles.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** It counts modulo this number: a reader in whose section so many halves of write sections fall sees none. */
const MODULUS = 8;

function writeSeqcountBegin(k: ThreadProgram, seqcount: Seqcount): void {
  k.event(`write_seqcount_begin(${seqcount.name})`, () => {
    advance(k, seqcount);
    smpBarrier("wmb")(k);
  });
}

function writeSeqcountEnd(k: ThreadProgram, seqcount: Seqcount): void {
  k.event(`write_seqcount_end(${seqcount.name})`, () => {
    smpBarrier("wmb")(k);
    advance(k, seqcount);
  });
}

/** A plain increment: writers exclude each other by a lock of theirs. */
function advance(k: ThreadProgram, seqcount: Seqcount): void {
  const cell = cellOf(k, seqcount);
  const seen = () => cell.seenBy(k.cpu()).value;
  const next = () => choose(seen().is(MODULUS - 1), 0, seen().plus(1));
  const way = { guard: () => cell.mayStore(k.cpu()), body: () => cell.store(k.cpu(), { value: next() }) };
  k.step({ label: `${seqcount.name}.sequence++`, kind: "data", reads: false, ways: [way] });
}

/** Waits while a write section is open. */
function readSeqcountBegin(k: ThreadProgram, seqcount: Seqcount): Place {
  const cell = cellOf(k, seqcount);
  const { domain } = cell.memory.fields.value;
  const register = k.register(`${seqcount.name} as begun`, domain, 0);
  const seen = () => cell.seenBy(k.cpu()).value;
  const even = (): Term =>
    or(
      ...eachOf(domain)
        .filter((_, value) => value % 2 === 0)
        .map((value) => seen().is(value)),
    );
  k.event(`read_seqcount_begin(${seqcount.name})`, () => {
    k.step({
      label: `${seqcount.name}.sequence`,
      kind: "wait",
      ways: [{ guard: () => [even()], body: () => register.set(seen()) }],
    });
    smpBarrier("rmb")(k);
  });
  return register;
}

function readSeqcountRetry(k: ThreadProgram, seqcount: Seqcount, begun: Term): Place {
  const cell = cellOf(k, seqcount);
  const retry = k.register(`${seqcount.name} has changed`, bool, false);
  k.event(`read_seqcount_retry(${seqcount.name})`, () => {
    smpBarrier("rmb")(k);
    const body = () => retry.set(cell.seenBy(k.cpu()).value.isNot(begun));
    k.step({ label: `${seqcount.name}.sequence again`, kind: "re-check", ways: [{ body }] });
  });
  return retry;
}

function cellOf(k: ThreadProgram, { name }: Seqcount): Cell {
  return k.system.sharedVariable(`${name}.sequence`, range(0, MODULUS - 1), 0);
}

const seqcount = parameterOf("seqcount", SEQCOUNT);

export const seqcountPrimitives = {
  /** `write_seqcount_begin()`, under a lock that keeps other writers out. */
  writeSeqcountBegin: primitive(writeSeqcountBegin, [seqcount]),
  /** `write_seqcount_end()`. */
  writeSeqcountEnd: primitive(writeSeqcountEnd, [seqcount]),
  /** `read_seqcount_begin()`: waits while a write section is open. */
  readSeqcountBegin: primitive(readSeqcountBegin, [seqcount], "the sequence, in a register"),
  /** `read_seqcount_retry()`: whether a writer has come between. */
  readSeqcountRetry: primitive(
    readSeqcountRetry,
    [seqcount, parameterOf("begun", term("int", "what k.readSeqcountBegin() gave"))],
    "whether to read again, in a register",
  ),
};
