/** Tells how the model checkers compare, a line a model. */
import type { Compared, ComparedMode } from "./compare-peers.ts";
import type { Answer } from "./peer.ts";

/** The cells of a model's line, in the order of `head`. */
export function tableRow(
  { name, modes, skipped }: Compared,
  peers: readonly string[],
  seconds: number,
): string[] {
  if (skipped !== null) return [name, skipped];
  const [counted, judged] = modes as [ComparedMode, ComparedMode];
  const own = counted.own as Answer & { readonly kind: "counts" };
  return [
    name,
    String(own.states),
    String(own.transitions),
    verdictText(judged.own),
    ...peers.map((peer) => comparison(modes, peer)),
    seconds.toFixed(1),
  ];
}

export function tableHead(peers: readonly string[]): string[] {
  return ["configuration", "states", "transitions", "verdict", ...peers, "seconds"];
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
