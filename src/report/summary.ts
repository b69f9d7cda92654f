/** The figures of one search. */
import type { Outcome } from "./outcome.ts";
import { formatBytes, formatCount, formatSeconds, plural } from "./text.ts";

/** Two lines of figures; with `full` also how often each rule was taken, the never taken ones last. */
export function summary(outcome: Outcome, full: boolean): string[] {
  const { states, transitions, depth, seconds, bytes, threads, engine } = outcome;
  const branching = states === 0 ? 0 : transitions / states;
  const counts = [plural(states, "state"), plural(transitions, "transition"), `depth ${depth}`];
  const cost = [
    ...(bytes === null ? [] : [`${formatBytes(bytes)} for states`]),
    formatSeconds(seconds),
    `${engine}, ${plural(threads, "thread")}`,
  ];
  return [
    [...counts, `mean branching ${branching.toFixed(2)}`].join(" · "),
    cost.join(" · "),
    ...(full ? firings(outcome) : []),
  ];
}

function firings({ rules }: Outcome): string[] {
  const sorted = [...rules].sort((a, b) => b.firings - a.firings);
  const width = Math.max(...sorted.map((rule) => formatCount(rule.firings).length));
  const lines = sorted.map((rule) => `  ${formatCount(rule.firings).padStart(width)}  ${rule.rule}`);
  return ["", "how often each rule was taken", ...lines];
}
