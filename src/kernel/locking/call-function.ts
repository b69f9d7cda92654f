/**
 * Functions of a scenario that other CPUs are asked to call (kernel/smp.c): by interrupt, with interrupts off there, and the
 * asker waits until all have come to their ends. A CPU that asks itself calls the function too, with interrupts off.
 */
import { CODE, primitive } from "../threads/primitive.ts";
import { callback, CONDITION } from "../../model/argument-terms.ts";
import { optional, parameterOf, TEXT, wholeNumber } from "../../model/arguments.ts";
import type { Handler } from "../../arch/interrupts.ts";
import { bool, type Body } from "../../model/builder.ts";
import { TlbcheckError } from "../../model/diagnostic.ts";
import { callerSource } from "../../model/source.ts";
import { and, condition, type Operand, type Term, TRUE } from "../../model/term.ts";
import { MAX_CPUS } from "../details.ts";
import { onEachCpuMask, smpCallFunction } from "./interrupts.ts";
import { localIrqRestore, localIrqSave } from "./irqs-off.ts";
import { mayAwaitCpus } from "./lockdep.ts";
import type { System } from "../system.ts";
import type { KernelCode, ThreadProgram } from "../threads/thread-program.ts";

/** Whom to ask, and whether the asker is one of them if the mask has it. */
interface Asked {
  readonly mask: (cpu: Term) => Operand;
  readonly here: boolean;
}

/** Asks the CPUs of a mask to call a function, and waits for them. */
function callFunction(k: ThreadProgram, word: string, name: string, code: KernelCode, asked: Asked): void {
  const { machine } = k.system;
  const { interrupts } = machine;
  const handler = handlerOf(k, name, code);
  const told = `${word}(${name})`;
  k.event(told, () => {
    const here = k.register(`${handler.name} here`, bool, false);
    k.step({
      label: `IPI ${handler.name}`,
      kind: "flush",
      ways: [
        {
          guard: () => [interrupts.maySend(k.cpu())],
          body: () => [
            mayAwaitCpus(k, told),
            k.seat.preemption(true),
            asked.here ? here.set(asked.mask(k.cpu())) : [],
            machine
              .cpus()
              .map((cpu) =>
                interrupts.send(k.cpu(), cpu, handler, and(cpu.isNot(k.cpu()), condition(asked.mask(cpu)))),
              ),
          ],
        },
      ],
    });
    if (asked.here) k.if(here, () => callHere(k, code));
    const last = (): Body => [k.seat.preemption(false), here.set(false)];
    k.step({
      label: `wait for IPI ${handler.name}`,
      kind: "wait",
      ways: [{ guard: () => [interrupts.acknowledged(k.cpu(), handler)], body: last }],
      weaker: [{ name: "omitted", body: last }],
    });
  });
}

function callHere(k: ThreadProgram, code: KernelCode): void {
  const flags = localIrqSave(k);
  k.run(code);
  localIrqRestore(k, flags);
}

const asked = new WeakMap<System, Map<string, number>>();

/** The handler, as a routine of each CPU; one that has the name of an earlier one is numbered. */
function handlerOf(k: ThreadProgram, given: string, code: KernelCode): Handler {
  const { routines, machine } = k.system;
  const counts = asked.get(k.system) ?? new Map<string, number>();
  asked.set(k.system, counts);
  const number = (counts.get(given) ?? 0) + 1;
  counts.set(given, number);
  const name = number === 1 ? given : `${given} #${number}`;
  const asker = k;
  const handler: Handler = {
    name,
    goesOn: true,
    guard: () => TRUE,
    body: (to) => routines.start(name, to),
  };
  const acknowledge = (k: ThreadProgram): void =>
    k.step({
      label: `${name} has run`,
      kind: "wait",
      ways: [
        {
          // csd_unlock() is a store-release: nobody sees it before what was stored before it.
          guard: () => [machine.storesDrained(k.cpu())],
          body: () => machine.interrupts.acknowledge(asker.cpu(), k.cpu(), handler),
        },
      ],
    });
  routines.define(name, machine.cpus().keys(), (k) =>
    k.event(name, () => {
      k.run(code);
      acknowledge(k);
    }),
  );
  return handler;
}

function smpCall(k: ThreadProgram, name: string, code?: KernelCode): void {
  if (!code) return smpCallFunction(k, name);
  callFunction(k, "smp_call_function", name, code, { mask: () => true, here: false });
}

function smpCallSingle(k: ThreadProgram, cpu: number, name: string, code: KernelCode): void {
  const { machine } = k.system;
  if (cpu >= machine.cpus().length)
    throw new TlbcheckError("TLB201", `k.smpCallFunctionSingle(): there is no CPU ${cpu}`, {
      hint: `CPUs are numbered from 0 to ${machine.cpus().length - 1}`,
      source: callerSource(),
    });
  const mask = (each: Term): Term => each.is(machine.cpu(cpu));
  callFunction(k, "smp_call_function_single", name, code, { mask, here: true });
}

function onEachCpu(k: ThreadProgram, name: string, code: KernelCode): void {
  callFunction(k, "on_each_cpu", name, code, { mask: () => true, here: true });
}

function onMask(k: ThreadProgram, mask: (cpu: Term) => Operand, name: string, code?: KernelCode): void {
  if (!code) return onEachCpuMask(k, mask, name);
  callFunction(k, "on_each_cpu_mask", name, code, { mask, here: true });
}

const name = parameterOf("name", TEXT);
const mask = parameterOf("mask", callback<(cpu: Term) => Operand>(CONDITION, "cpu"));
const code = parameterOf("code", CODE);
const maybeCode = parameterOf("code", optional(CODE));

export const callFunctionPrimitives = {
  /**
   * `smp_call_function()`: every other CPU calls the function, with interrupts off, and the thread waits for all of them.
   * Without code the function does nothing.
   */
  smpCallFunction: primitive(smpCall, [name, maybeCode]),
  /** `smp_call_function_single()`: the same on one CPU, which may be this one. */
  smpCallFunctionSingle: primitive(smpCallSingle, [
    parameterOf("cpu", wholeNumber(0, MAX_CPUS - 1)),
    name,
    code,
  ]),
  /** `on_each_cpu()`: every CPU calls the function, this one too. */
  onEachCpu: primitive(onEachCpu, [name, code]),
  /** `on_each_cpu_mask()`: the CPUs of the mask call the function; without code, they execute the barrier of that name. */
  onEachCpuMask: primitive(onMask, [mask, name, maybeCode]),
};
