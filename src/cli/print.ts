/** The report for people: the table while the search goes on, then traces, assumptions and warnings. */
import { formatDiagnostic, type Diagnostic } from "../model/diagnostic.ts";
import { type Family, variantId } from "../model/family.ts";
import { asExpected, type Outcome } from "../report/outcome.ts";
import {
  assumptionsLine,
  faultSection,
  section,
  type SectionOptions,
  sections,
  stopText,
} from "../report/section.ts";
import { summary } from "../report/summary.ts";
import { verdictTable, type PlannedLine, type VerdictTable } from "../report/table.ts";
import { formatSeconds, plural, wrap } from "../report/text.ts";
import { goalWarnings, ruleWarnings } from "../report/warnings.ts";
import type { CheckOptions } from "./arguments.ts";
import { headlines } from "./headlines.ts";
import type { Task } from "../session/plan.ts";
import type { Terminal } from "./terminal.ts";

export class HumanReport {
  readonly #family: Family;
  readonly #tasks: readonly Task[];
  readonly #options: CheckOptions;
  readonly #terminal: Terminal;
  readonly #table: VerdictTable;

  constructor(family: Family, tasks: readonly Task[], options: CheckOptions, terminal: Terminal) {
    this.#family = family;
    this.#tasks = tasks;
    this.#options = options;
    this.#terminal = terminal;
    this.#table = verdictTable(
      tasks.flatMap((task) => plannedLines(family, task)),
      terminal.style,
    );
  }

  /** What can be told before the search: nothing for a single configuration, else the head of the table. */
  begin(): void {
    if (this.#isSingle) return;
    const { name, spec } = this.#family;
    this.#lines(...wrap(`${name}: ${spec.about}`, this.#terminal.width), "", this.#table.header);
  }

  add(outcome: Outcome): void {
    if (!this.#isSingle) this.#lines(...this.#table.lines(outcome));
  }

  end(outcomes: readonly Outcome[], interrupted: boolean): void {
    if (!this.#isSingle) this.#conclude(outcomes);
    const [only] = outcomes;
    if (this.#isSingle && only) this.#single(only);
    else
      for (const { outcome, property } of headlines(this.#family, outcomes))
        this.#lines("", ...section(outcome, [property], this.#sectionOptions));
    this.#faults(outcomes);
    this.#warnings(outcomes);
    if (interrupted) this.#interruption(outcomes);
  }

  get #isSingle(): boolean {
    return this.#tasks.length === 1;
  }

  get #sectionOptions(): SectionOptions {
    const { width, style } = this.#terminal;
    const { full, state } = this.#options;
    return { width, style, full, state };
  }

  /** How the table compares with the model file, and what its `holds` rest on. */
  #conclude(outcomes: readonly Outcome[]): void {
    const all = outcomes.flatMap(({ properties }) => properties);
    const surprises = all.filter((property) => !asExpected(property));
    const undecided = surprises.filter(({ verdict }) => verdict === "inconclusive").length;
    const differing = surprises.length - undecided;
    const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
    const verdicts = plural(all.length, "verdict");
    const remarks = [
      ...(differing > 0 ? [`${differing} of ${verdicts} not as expected`] : []),
      ...(undecided > 0 ? [`${undecided} of ${verdicts} not decided`] : []),
    ];
    const conclusion = remarks.length === 0 ? `${verdicts}, all as expected` : remarks.join(", ");
    const paint = remarks.length === 0 ? this.#terminal.style.green : this.#terminal.style.red;
    this.#lines("", `${paint(conclusion)} · ${formatSeconds(seconds)}`, ...this.#assumptions(outcomes));
    for (const reason of new Set(outcomes.filter(hasUndecided).map(stopText)))
      this.#lines(`inconclusive: ${reason}`);
    if (Object.keys(this.#options.parameters).length > 0)
      this.#lines("what is expected is stated for the model's own parameters, without --set");
  }

  /** One line for each set of assumptions, with the configurations it is for where there are several. */
  #assumptions(outcomes: readonly Outcome[]): string[] {
    const holding = outcomes.filter(({ properties }) =>
      properties.some(({ verdict }) => verdict === "holds"),
    );
    return [...new Set(holding.map(assumptionsLine))].map((line) => {
      const members = holding.filter((outcome) => assumptionsLine(outcome) === line);
      const scope = scopeOf(members, holding);
      return `"holds" ${scope === "" ? "" : `(${scope}) `}${line}`;
    });
  }

  #single(outcome: Outcome): void {
    for (const lines of sections(outcome, this.#sectionOptions)) this.#lines(...lines, "");
    this.#lines(...summary(outcome, this.#options.full));
  }

  #faults(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      if (!outcome.fault) continue;
      const lines = faultSection(outcome, outcome.fault, this.#sectionOptions);
      this.#terminal.error(`\n${formatDiagnostic(outcome.fault.diagnostic)}\n\n${lines.join("\n")}\n`);
    }
  }

  #warnings(outcomes: readonly Outcome[]): void {
    const rules = ruleWarnings(outcomes);
    const told: string[] = [...goalWarnings(outcomes), ...(this.#options.full ? rules : [])].map(
      formatDiagnostic,
    );
    if (rules.length > 0 && !this.#options.full) told.push(summariseRules(rules));
    if (told.length > 0) this.#lines("", ...told.map(this.#terminal.style.yellow));
  }

  #interruption(outcomes: readonly Outcome[]): void {
    const left = this.#tasks.length - outcomes.length;
    this.#lines("", `interrupted${left > 0 ? `; ${plural(left, "configuration")} not begun` : ""}`);
  }

  #lines(...lines: readonly string[]): void {
    this.#terminal.out(lines.map((line) => `${line}\n`).join(""));
  }
}

function plannedLines(family: Family, { configuration, judged }: Task): PlannedLine[] {
  const { arch, variant } = configuration;
  const id = variantId(family, configuration);
  const names = judged.length === 0 ? [null] : judged.map(({ name }) => name);
  return names.map((property) => ({ variant, id, arch, property }));
}

/** Which of all outcomes some are: their variants on their architectures, each left out where it is all. */
function scopeOf(members: readonly Outcome[], all: readonly Outcome[]): string {
  const archs = new Set(members.map(archOf));
  const there = all.filter((outcome) => archs.has(archOf(outcome)));
  return [
    members.length < there.length ? [...new Set(members.map(nameOf))].join(", ") : "",
    there.length < all.length ? `on ${[...archs].join(", ")}` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function archOf({ configuration }: Outcome): string | null {
  return configuration.arch;
}

function nameOf({ id, configuration }: Outcome): string {
  return id ?? configuration.variant;
}

function hasUndecided({ properties }: Outcome): boolean {
  return properties.some(({ verdict }) => verdict === "inconclusive");
}

function summariseRules(rules: readonly Diagnostic[]): string {
  const count = rules.length === 1 ? "1 rule or line is" : `${rules.length} rules or lines are`;
  return `warning TLB130: ${count} never reached (--full lists them)`;
}
