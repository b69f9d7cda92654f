/**
 * A thread's program: steps in order, with structured control flow, and how it becomes rules over a program
 * counter.
 *
 * A branch on the thread's own registers is no step of its own: nobody can observe when it is taken, so it
 * is decided at the end of the step before it. With `merge` off it is a step, which adds states and changes
 * no verdict.
 */
import { entersStoreBuffer } from "../arch/store-buffer.ts";
import { type Arguments, type Body, flatten, type ModelBuilder, when } from "../model/builder.ts";
import { type Expr, OMITTED } from "../model/model.ts";
import { argumentsOf } from "../model/rule-arguments.ts";
import { atSource, callerSource } from "../model/source.ts";
import { and, FALSE, not, or, type Place, Term } from "../model/term.ts";
import { eachExpr, eachStatement } from "../model/walk.ts";
import type { Awaited, Choices, Event, Op, Step, StepOptions, WeakerStep, Way } from "./step.ts";
import { stepOf } from "./step.ts";
import { lazy, type NumberedStep, type Target } from "./target.ts";

/** What a program is told about the thread that runs it. */
export interface Runner {
  readonly name: string;
  /** Conditions besides the program counter, such as being on a CPU. */
  readonly running: () => readonly Term[];
  /** When it may read memory, by the stores before it (ARM-18). */
  readonly mayRead: () => Term;
  readonly place: () => Term;
  /** What may keep it from any step: a CPU, an interrupt. */
  readonly awaits: () => readonly Awaited[];
  readonly registers: ReadonlySet<string>;
  readonly merge: boolean;
  /** Whether it need not begin, though its first step can be taken. */
  readonly mayStay: boolean;
  /** Whether the program runs once from the beginning, or whenever somebody starts it. */
  readonly begins: "at once" | "when started";
  /** Done in a step with which the program comes to its end, after everything else. */
  readonly ending: () => Body;
  /** Done where the program goes from a step to another, or to its end; not where it begins. */
  readonly moving?: (from: StepOptions, to: StepOptions | null) => Body;
}

/** A linked program: its program counter and the rules that drive it. */
export class Program {
  readonly #steps: NumberedStep[] = [];
  readonly #runner: Runner;
  readonly #builder: ModelBuilder;
  readonly #entry: Target;
  readonly #labels = new Map<string, ReturnType<typeof lazy>>();
  readonly #end: Target = (from) => [this.counter.set(END), this.#moves(from, null)];
  #counter: Place | null = null;

  constructor(builder: ModelBuilder, runner: Runner, ops: readonly Op[]) {
    this.#builder = builder;
    this.#runner = runner;
    this.#entry = this.#link(startsWithStep(ops) ? ops : [beginStep(), ...ops], this.#end);
  }

  /** Puts the program counter at the first step. */
  start(): Body {
    return this.#entry(null);
  }

  /** The program counter: the labels of the steps, and the end. */
  get counter(): Place {
    this.#counter ??= this.#declareCounter();
    return this.#counter;
  }

  /** Declares the program counter now; else it is with its first use. */
  declare(): void {
    this.#counter ??= this.#declareCounter();
  }

  /** True once the program has come to its end. */
  ended(): Term {
    return this.counter.is(END);
  }

  /** True while the thread stands before a step for which it sleeps, and which it cannot take. */
  sleeps(): Term {
    const sleeping = this.#steps.filter(({ op }) => op.options.sleeps);
    return or(
      ...sleeping.map((step) => {
        const [way] = step.op.options.ways;
        return and(this.counter.is(nameOf(step)), not(and(...(way?.guard?.({}) ?? []))));
      }),
    );
  }

  /** True while the thread stands before a step of this label. */
  at(label: string): Term {
    return this.before((options) => options.label === label);
  }

  /** True while the thread stands before one of some steps. */
  before(isOne: (options: StepOptions) => boolean): Term {
    return or(
      ...this.#steps.filter(({ op }) => isOne(op.options)).map((step) => this.counter.is(nameOf(step))),
    );
  }

  /**
   * Builds every body once, so that all that the program issues is known to the machine. To be called for all
   * programs before `addRules` for any, because a barrier's guard depends on what is ever issued.
   */
  announce(): void {
    for (const { op } of this.#steps)
      atSource(op.source, () => {
        for (const way of op.options.ways) way.body?.(choicesOf(op.options.label, way));
      });
  }

  addRules(): void {
    for (const step of this.#steps)
      atSource(step.op.source, () => {
        for (const way of step.op.options.ways) this.#addRule(step, way);
      });
  }

  /** True while the thread stands before a step for which there is no memory. */
  awaitsMemory(): Term {
    return or(
      ...this.#steps.flatMap((step) =>
        (step.op.options.awaits?.() ?? [])
          .filter(({ memory }) => memory)
          .map(({ until }) => and(this.counter.is(nameOf(step)), not(until))),
      ),
    );
  }

  /** True while the thread stands before its first step. */
  beginning(): Term {
    return this.counter.is(nameOf(this.#steps[0]!));
  }

  #addRule(step: NumberedStep, way: Way): void {
    const { op, next, exits } = step;
    const { label, kind, section } = op.options;
    if (isImpossible(label, way)) return;
    const target = way.exit === undefined ? next : exits.get(way.exit)!;
    const here = [
      this.counter.is(nameOf(step)),
      ...this.#runner.running(),
      ...(readsMemory(op.options) ? [this.#runner.mayRead()] : []),
    ];
    const stepName = `${this.#runner.name}: ${nameOf(step)}`;
    this.#builder.rule(`${stepName}${way.name ? ` (${way.name})` : ""}`, {
      actor: this.#runner.name,
      parameters: way.choices ?? {},
      guard: (choices) => [...here, ...(way.guard?.(choices) ?? [])],
      body: (choices) => this.#ending([way.body?.(choices) ?? [], target(step)]),
      text: (choices) => way.text?.(choices) ?? label,
      remark: (choices) => (entersStoreBuffer(way.body?.(choices) ?? []) ? "into the store buffer" : null),
      ...(op.event
        ? {
            event: {
              id: op.event.id,
              text: (choices) => way.told?.(choices) ?? op.event!.text(),
              goesOn: () => this.#isWithin(op.event!),
            },
          }
        : {}),
      waiting: () => ({
        stands: this.counter.is(nameOf(step)),
        step: label,
        awaits: [...(op.options.awaits?.() ?? []), ...this.#runner.awaits()].map(
          ({ until, text, because = [] }) => ({
            until,
            text,
            because,
          }),
        ),
      }),
      prelude: op.prelude,
      place: () => this.#runner.place(),
      // Whatever a thread's next step is, that it takes one in the end is one promise.
      fair: this.#runner.mayStay && step.number === 0 ? false : this.#runner.name,
      step: kind,
      stepName,
      section: section === undefined ? undefined : `${this.#runner.name}: ${section}`,
      weaker: () =>
        weakerForms(op.options).map((form: WeakerStep) => ({
          name: form.name,
          guard: [...here, ...(form.guard?.() ?? [])],
          body: [form.body?.() ?? [], target(step)],
        })),
    });
  }

  /** True while the thread stands before a step of an event other than its first, with which it begins again. */
  #isWithin({ id }: Event): Term {
    const [, ...later] = this.#steps.filter(({ op }) => op.event?.id === id);
    return or(...later.map((step) => this.counter.is(nameOf(step))));
  }

  /** A body, and what is done besides where it comes to the end. */
  #ending(body: Body): Body {
    const { variable } = this.counter.cell;
    const next: Expr[] = [];
    eachStatement(flatten(body), (statement) => {
      if (statement.kind === "assign" && statement.target.variable === variable) next.push(statement.value);
    });
    // The end comes behind all steps.
    const ends = next.some((value) => value.kind === "constant" && value.value === this.#steps.length);
    return ends ? [body, when(this.ended(), this.#runner.ending())] : body;
  }

  #link(ops: readonly Op[], next: Target): Target {
    const [first, ...rest] = ops;
    return first ? this.#linkOne(first, rest, next) : next;
  }

  /** Steps are numbered in the order of the program text. */
  #linkOne(op: Op, rest: readonly Op[], next: Target): Target {
    switch (op.kind) {
      case "step":
        return this.#linkStep(op, rest, next);
      case "private": {
        const after = this.#link(rest, next);
        return (from) => [op.body(), after(from)];
      }
      case "label": {
        const here = this.#link(rest, next);
        this.#label(op.name).set(here);
        return here;
      }
      case "jump": {
        const to = op.to === null ? this.#end : this.#label(op.to).target;
        const after = this.#link(rest, next);
        const { condition } = op;
        return condition ? (from) => when(condition, to(from), after(from)) : to;
      }
      default:
        return this.#linkBranch(op, rest, next);
    }
  }

  #linkBranch(op: Op & { kind: "if" | "while" }, rest: readonly Op[], next: Target): Target {
    const decided = this.#isOwn(op.condition) && this.#runner.merge;
    const branch = decided ? this.#silentBranch(op.condition) : this.#branchStep(op);
    const after = lazy(op.kind === "while" ? op.source : null);
    let entry: Target;
    if (op.kind === "if") {
      entry = branch(
        () => this.#link(op.then, after.target),
        () => this.#link(op.otherwise, after.target),
      );
    } else {
      const again = lazy(op.source);
      entry = branch(
        () => this.#link(op.body, again.target),
        () => after.target,
      );
      again.set(entry);
    }
    after.set(this.#link(rest, next));
    return entry;
  }

  #linkStep(op: Step, rest: readonly Op[], next: Target): Target {
    const number = this.#steps.length;
    const after = lazy(op.source);
    const exits = new Map<string, Target>();
    const step = { op, number, next: after.target, exits };
    this.#steps.push(step);
    const goesOn: Readonly<Record<"next" | "again" | "end", Target>> = {
      next: after.target,
      again: (from) => this.#goTo(step, from),
      end: this.#end,
    };
    for (const [name, { block, then }] of Object.entries(op.options.exits ?? {}))
      exits.set(name, this.#link(block, goesOn[then]));
    after.set(this.#link(rest, next));
    return goesOn.again;
  }

  #label(name: string): ReturnType<typeof lazy> {
    const known = this.#labels.get(name) ?? lazy(null);
    this.#labels.set(name, known);
    return known;
  }

  #goTo(step: NumberedStep, from: NumberedStep | null): Body {
    return [this.counter.set(nameOf(step)), this.#moves(from, step)];
  }

  #moves(from: NumberedStep | null, to: NumberedStep | null): Body {
    return from ? (this.#runner.moving?.(from.op.options, to?.op.options ?? null) ?? []) : [];
  }

  #silentBranch(holds: Term) {
    return (then: () => Target, otherwise: () => Target): Target => {
      const yes = then();
      const no = otherwise();
      return (from) => when(holds, yes(from), no(from));
    };
  }

  /** A branch as a step of its own, with one way for each outcome. */
  #branchStep(op: Op & { kind: "if" | "while" }) {
    return (then: () => Target, otherwise: () => Target): Target => {
      const exits = new Map<string, Target>();
      const options: StepOptions = {
        label: op.kind,
        kind: "re-check",
        ways: [
          { name: "yes", guard: () => [op.condition], exit: "yes" },
          { name: "no", guard: () => [op.condition.not()], exit: "no" },
        ],
      };
      const step: NumberedStep = {
        op: stepOf(options, callerSource()),
        number: this.#steps.length,
        next: () => [],
        exits,
      };
      this.#steps.push(step);
      exits.set("yes", then());
      exits.set("no", otherwise());
      return (from) => this.#goTo(step, from);
    };
  }

  /** Whether a condition reads nothing but registers of this thread. */
  #isOwn(term: Term): boolean {
    let own = true;
    eachExpr(term.node, (expr) => {
      if (expr.kind === "read" && !this.#runner.registers.has(expr.variable)) own = false;
    });
    return own;
  }

  #declareCounter() {
    const values = [...this.#steps.map(nameOf), END];
    const name = `${this.#runner.name}.pc`;
    const first = this.#runner.begins === "at once" ? this.#steps[0] : undefined;
    return this.#builder.variable(name, { kind: "enum", name, values }, first ? nameOf(first) : END);
  }
}

const END = "end";

function nameOf({ number, op }: { number: number; op: Step }): string {
  return `${number} ${op.options.label}`;
}

/** What may stand in the place of a step: nothing, unless the step says what else is left of it then, and its own forms. */
function weakerForms({ kind, weaker = [] }: StepOptions): readonly WeakerStep[] {
  const says = kind === "data" || kind === "control" || weaker.some(({ name }) => name === OMITTED);
  return says ? weaker : [{ name: OMITTED }, ...weaker];
}

function readsMemory({ kind, reads = true }: StepOptions): boolean {
  return reads && !["barrier", "flush", "control"].includes(kind);
}

function startsWithStep(ops: readonly Op[]): boolean {
  const first = ops.find(({ kind }) => kind !== "label");
  return first === undefined || first.kind === "step";
}

function beginStep(): Op {
  return stepOf({ label: "begin", kind: "control", ways: [{}] });
}

/** Whether this machine can never take a way, whatever its state: there is no rule for it then. */
function isImpossible(step: string, way: Way): boolean {
  const guard = way.guard?.(choicesOf(step, way)) ?? [];
  return guard.some((each) => each === false || (each instanceof Term && each.node === FALSE.node));
}

/** Terms for the choices of a way: its rule's parameters. */
function choicesOf(step: string, { choices = {} }: Way): Arguments<Choices> {
  return argumentsOf(
    step,
    Object.entries(choices).map(([name, domain]) => ({ name, domain })),
  );
}
