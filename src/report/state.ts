/** The state beside a trace: what is true where it ends, and what each of its rows changed. */
import type { StateFact, Trace } from "../trace/trace.ts";
import type { Row } from "./rows.ts";

/** `page0: swap entry`, one for each subject, in the order of the model. */
export function endState({ state = [] }: Trace, all: boolean): string[] {
  return bySubject(state.filter(({ notable }) => all || notable));
}

/** What the end state is called: a step that violates something is looked at before it is taken. */
export function endStateTitle({ end }: Trace): string {
  return end.kind === "violation" && end.of === "assertion" ? "state before the last step" : "state";
}

/** What the steps of a row changed, in words; a fact that has no other in its place is struck out. */
export function changedState({ steps }: Row): string[] {
  let come: StateFact[] = [];
  let gone: StateFact[] = [];
  for (const { facts } of steps) {
    const fresh = (facts?.gone ?? []).filter((fact) => !come.some((each) => isSame(each, fact)));
    come = come.filter((fact) => !facts?.gone.some((each) => isSame(each, fact)));
    gone = [...gone, ...fresh];
    for (const fact of facts?.come ?? [])
      if (gone.some((each) => isSame(each, fact))) gone = gone.filter((each) => !isSame(each, fact));
      else come.push(fact);
  }
  const replaced = new Set(come.map(({ subject }) => subject));
  const lost = gone.filter(({ subject }) => !replaced.has(subject));
  return [...bySubject(come), ...bySubject(lost).map((line) => `${line} (no longer)`)];
}

function bySubject(facts: readonly StateFact[]): string[] {
  const subjects = [...new Set(facts.map(({ subject }) => subject))];
  return subjects.map((subject) => {
    const texts = facts.filter((fact) => fact.subject === subject).map(({ text }) => text);
    return `${subject}: ${texts.join("; ")}`;
  });
}

function isSame(one: StateFact, other: StateFact): boolean {
  return one.subject === other.subject && one.text === other.text;
}
