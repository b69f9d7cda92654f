/** The report on litmus tests for people: what herd would print, or a line a test beside a table of verdicts. */
import { type Comparison, comparisonKinds, type ComparisonKind, countKinds } from "../litmus/comparison.ts";
import { BBM_FLAG, herdReport, type Judged, type JudgedState } from "../litmus/herd-report.ts";
import { diagram } from "../report/diagram.ts";
import { formatSeconds, plural } from "../report/text.ts";
import type { LitmusCommandOptions } from "./litmus-arguments.ts";
import type { Terminal } from "./terminal.ts";

/** A test that was judged, and compared where there is a table. */
export interface LitmusTold {
  readonly judged: Judged;
  readonly comparison: Comparison | null;
}

export class LitmusPrinter {
  readonly #options: LitmusCommandOptions;
  readonly #terminal: Terminal;
  #isFirst = true;

  constructor(options: LitmusCommandOptions, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
  }

  /** A test in full; beside a table one line, and all of it only where it disagrees or witnesses are wanted. */
  add({ judged, comparison }: LitmusTold): void {
    if (comparison) this.#lines(this.#comparisonLine(judged, comparison));
    if (comparison && comparison.kind !== "disagree" && !this.#options.witness) return;
    const separated = !this.#isFirst || comparison !== null;
    this.#isFirst = false;
    const lines = herdReport(judged, (state) => this.#witness(state));
    this.#lines(...(separated ? [""] : []), ...lines, ...(comparison ? [""] : []));
  }

  end(tests: readonly LitmusTold[], malformed: number): void {
    const comparisons = tests.flatMap(({ comparison }) => comparison ?? []);
    const unsupported = tests.filter(({ judged: { result } }) => result.unsupported !== null);
    if (tests.length > 1 && unsupported.length > 0 && comparisons.length === 0)
      this.#lines(
        "",
        ...unsupported.map(({ judged: { test, result } }) => `${test.name}: ${result.unsupported}`),
      );
    if (comparisons.length === 0) return;
    const seconds = tests.reduce((sum, { judged: { result } }) => sum + result.seconds, 0);
    const counts = countKinds(comparisons);
    const told = comparisonKinds
      .filter((kind) => counts[kind] > 0 || ALWAYS_COUNTED.includes(kind))
      .map((kind) => `${COUNTED[kind]} ${counts[kind]}`);
    const { ets2, order } = this.#options;
    const paint = counts.disagree === 0 ? this.#terminal.style.green : this.#terminal.style.red;
    this.#lines(
      "",
      `${plural(tests.length, "test")} · ${ets2 ? "with" : "without"} FEAT_ETS2 · ${order} · ${formatSeconds(seconds)}`,
      paint([...told, ...(malformed > 0 ? [`malformed ${malformed}`] : [])].join(" · ")),
    );
  }

  #comparisonLine({ test, result, verdict }: Judged, { kind, differences }: Comparison): string {
    const flag = result.bbm ? `  ${BBM_FLAG}` : "";
    const said = verdict ? `  ${verdict.observation} ${verdict.positive} ${verdict.negative}${flag}` : "";
    const why = differences.length > 0 ? `  ${differences.join("; ")}` : "";
    const line = `${kind.padEnd(KIND_WIDTH)}  ${test.name}${said}${why}`;
    return kind === "disagree" ? this.#terminal.style.red(line) : line;
  }

  #witness({ outcome }: JudgedState): readonly string[] {
    const { width, style } = this.#terminal;
    return outcome.witness ? ["", ...diagram(outcome.witness, { width, style, full: false }), ""] : [];
  }

  #lines(...lines: readonly string[]): void {
    this.#terminal.out(lines.map((line) => `${line}\n`).join(""));
  }
}

const KIND_WIDTH = Math.max(...comparisonKinds.map(({ length }) => length));
const ALWAYS_COUNTED: readonly ComparisonKind[] = ["agree", "disagree", "stronger", "unsupported"];

const COUNTED: Readonly<Record<ComparisonKind, string>> = {
  agree: "agree",
  disagree: "disagree",
  stronger: "stronger than the architecture",
  unsupported: "unsupported",
  inconclusive: "inconclusive",
  unlisted: "not in the table",
};
