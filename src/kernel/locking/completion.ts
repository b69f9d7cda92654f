/** Completions (kernel/sched/completion.c): one thread waits until another says that it is done. */
import { primitive } from "../threads/primitive.ts";
import { parameterOf } from "../../model/arguments.ts";
import { COMPLETION } from "../arguments.ts";
import { type Body, range } from "../../model/builder.ts";
import { choose } from "../../model/term.ts";
import type { Cell } from "./cells.ts";
import type { Completion } from "./handles.ts";
import { mightSleep } from "./lockdep.ts";
import type { ThreadProgram } from "../threads/thread-program.ts";

/** `UINT_MAX` in `done`: every waiter goes on, now and later. */
const ALL = 7;

function complete(k: ThreadProgram, completion: Completion): void {
  const done = doneOf(k, completion);
  const seen = () => done.seenBy(k.cpu()).value;
  // One more than can be counted leaves the range, which is an error and no silent complete_all().
  const more = () => choose(seen().is(ALL - 1), seen().plus(2), seen().plus(1));
  step(k, done, `complete(${completion.name})`, () => choose(seen().is(ALL), ALL, more()));
}

function completeAll(k: ThreadProgram, completion: Completion): void {
  step(k, doneOf(k, completion), `complete_all(${completion.name})`, () => ALL);
}

function step(
  k: ThreadProgram,
  done: Cell,
  label: string,
  value: () => Parameters<Cell["store"]>[1]["value"],
): void {
  // Under the lock of the wait queue, whose unlock is a release.
  const way = {
    guard: () => done.mayExchange(k.cpu(), "release"),
    body: () => done.exchange(k.cpu(), "release", { value: value() }),
  };
  k.event(label, () => k.step({ label, kind: "counter", ways: [way] }));
}

function waitForCompletion(k: ThreadProgram, completion: Completion): void {
  const done = doneOf(k, completion);
  const label = `wait_for_completion(${completion.name})`;
  const seen = () => done.seenBy(k.cpu()).value;
  const way = {
    guard: () => [seen().isNot(0), ...done.mayExchange(k.cpu(), "acquire")],
    body: (): Body => [
      mightSleep(k, label),
      done.exchange(k.cpu(), "acquire", { value: choose(seen().is(ALL), ALL, seen().minus(1)) }),
    ],
  };
  k.event(label, () => k.step({ label, kind: "wait", sleeps: true, ways: [way] }));
}

function doneOf(k: ThreadProgram, { name }: Completion): Cell {
  return k.system.sharedVariable(`${name}.done`, range(0, ALL), 0);
}

const completion = parameterOf("completion", COMPLETION);

export const completionPrimitives = {
  /** `complete()`: lets one waiter go on. */
  complete: primitive(complete, [completion]),
  /** `complete_all()`: lets every waiter go on, now and later. */
  completeAll: primitive(completeAll, [completion]),
  /** `wait_for_completion()`: sleeps until somebody has completed it. */
  waitForCompletion: primitive(waitForCompletion, [completion]),
};
