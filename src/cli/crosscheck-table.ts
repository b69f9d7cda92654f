/** Tells how the model checkers compare, a line a model, each as soon as it is known. */
import { alignRow } from "../report/text.ts";
import type { Compared, ComparedMode } from "./compare-peers.ts";
import type { Answer } from "./peer.ts";

const HEAD = { name: "configuration", states: "states", transitions: "transitions", verdict: "verdict" };
/** As wide as what nearly every line has. A wider cell moves the rest of its line. */
const WIDEST = {
  states: "12345678",
  transitions: "123456789012",
  verdict: "violated after 12",
  peer: "equal",
};

/** The table, and what is told of it in the end. */
export class CrosscheckTable {
  readonly #peers: readonly string[];
  readonly #out: (text: string) => void;
  readonly #widths: readonly number[];
  readonly #skipped: string[] = [];
  readonly #kept: string[] = [];
  #rows = 0;

  /** `names`: of all the models that there will be; `out`: where the lines go. */
  constructor(names: readonly string[], peers: readonly string[], out: (text: string) => void) {
    this.#peers = peers;
    this.#out = out;
    const { states, transitions, verdict, peer } = WIDEST;
    this.#widths = [
      Math.max(...[HEAD.name, ...names].map(({ length }) => length)),
      ...[states, transitions, verdict].map(({ length }) => length),
      ...peers.map(({ length }) => Math.max(length, peer.length)),
      "seconds".length,
    ];
  }

  /** Tells the versions, what is not asked, and the heads of the columns. */
  begin(versions: readonly string[], lacking: readonly string[]): void {
    for (const line of [...versions, ...lacking, ""]) this.#line(line);
    this.#row([HEAD.name, HEAD.states, HEAD.transitions, HEAD.verdict, ...this.#peers, "seconds"]);
  }

  /** Tells a model's line; those that are not compared are told of in the end. */
  add({ name, modes, skipped, kept, seconds }: Compared): void {
    if (skipped !== null) {
      this.#skipped.push(`not compared: ${name}: ${skipped}`);
      return;
    }
    if (kept !== null) this.#kept.push(`${name} DIFFERS: everything is kept in ${kept}`);
    const [counted, judged] = modes as readonly [ComparedMode, ComparedMode];
    const own = counted.own as Answer & { readonly kind: "counts" };
    this.#rows += 1;
    this.#row([
      name,
      String(own.states),
      String(own.transitions),
      verdictText(judged.own),
      ...this.#peers.map((peer) => comparison(modes, peer)),
      seconds.toFixed(1),
    ]);
  }

  /** Tells what was left out, what differs, how long all took, and whether that was all. */
  end(seconds: number, interrupted: boolean): void {
    const equal = this.#rows === 0 ? [] : ["all equal"];
    const differing = this.#kept.length === 0 ? equal : [`${this.#kept.length} differ`];
    const counted = `${this.#rows} configurations compared`;
    const last = [counted, ...differing, `in ${Math.round(seconds)} seconds`].join(", ");
    const end = interrupted ? `interrupted: ${last}` : last;
    for (const line of ["", ...this.#skipped, ...this.#kept, end]) this.#line(line);
  }

  #row(cells: readonly string[]): void {
    this.#line(alignRow(cells, this.#widths, [1, 2, cells.length - 1]));
  }

  #line(text: string): void {
    this.#out(`${text}\n`);
  }
}

/** How a peer compares in both modes, in a few words. */
function comparison(modes: readonly ComparedMode[], name: string): string {
  const answers = modes.map(({ peers }) => peers.find(({ peer }) => peer === name)!);
  const told = answers.map(({ answer, agrees }) => {
    if (answer.kind === "stopped") return `out of ${answer.why}`;
    return agrees ? "equal" : answerText(answer);
  });
  return [...new Set(told)].join(", ");
}

function verdictText(answer: Answer): string {
  if (answer.kind !== "violated") return answer.kind;
  return answer.length === null ? "violated" : `violated after ${answer.length}`;
}

function answerText(answer: Answer): string {
  if (answer.kind === "counts") return `${answer.states} states, ${answer.transitions} transitions`;
  return verdictText(answer);
}
