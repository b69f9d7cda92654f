/** What a test speaks of: its pages, and the places and faults that its final states are told by. */
import { assertNever } from "../model/model.ts";
import type { Condition, DescriptorText, FaultPattern, LitmusTest, Place, ValueText } from "./ast.ts";
import { formatPlace } from "./values.ts";

/** The places that the condition compares and those that are listed, each once: registers, then memory. */
export function placesOf({ final, locations }: LitmusTest): readonly Place[] {
  const asked = conditionsOf(final.condition).flatMap((each) => {
    if (each.kind === "same") return [each.place, each.other];
    return each.kind === "equal" ? [each.place] : [];
  });
  const distinct = new Map([...locations.places, ...asked].map((place) => [formatPlace(place), place]));
  return [...distinct.values()].sort(comparePlaces);
}

/** The faults that the condition asks for and those that are listed, each once; types of faults left out. */
export function faultsOf({ final, locations }: LitmusTest): readonly FaultPattern[] {
  const asked = conditionsOf(final.condition).flatMap((each) => (each.kind === "fault" ? [each.fault] : []));
  const patterns = [...locations.faults, ...asked].map((fault) => Object.freeze({ ...fault, type: null }));
  return [...new Map(patterns.map((fault) => [formatFaultPattern(fault), fault])).values()];
}

/** `fault(P0:L0,x)` */
export function formatFaultPattern({ thread, label, page, type }: FaultPattern): string {
  const where = label === null ? `P${thread}` : `P${thread}:${label}`;
  return `fault(${[where, page, type === null ? null : `MMU:${type}`].filter((part) => part !== null).join(",")})`;
}

/** Every page that is named anywhere, sorted. */
export function pagesOf(test: LitmusTest): readonly string[] {
  const conditions = conditionsOf(test.final.condition);
  const values = [
    ...test.init.map(({ value }) => value),
    ...conditions.flatMap((each) => (each.kind === "equal" ? [each.value] : [])),
  ];
  const places = [...test.init.map(({ place }) => place), ...placesOf(test)];
  const pages = [
    ...places.flatMap((place) => (place.kind === "register" ? [] : [place.page])),
    ...values.flatMap(pagesOfValue),
    ...faultsOf(test).flatMap(({ page }) => (page === null ? [] : [pageOf(page)])),
  ];
  return Object.freeze([...new Set(pages)].sort());
}

/** The descriptors that are written in the initial state or in the condition, each with where it stands. */
export function descriptorsOf(test: LitmusTest): readonly { descriptor: DescriptorText; place: Place }[] {
  const conditions = conditionsOf(test.final.condition);
  const equations = conditions.flatMap((each) => (each.kind === "equal" ? [each] : []));
  return [...test.init, ...equations].flatMap(({ place, value }) =>
    value.kind === "descriptor" ? [{ descriptor: value.descriptor, place }] : [],
  );
}

/** A condition and all conditions that it is made of. */
export function conditionsOf(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case "not":
      return [condition, ...conditionsOf(condition.operand)];
    case "and":
    case "or":
      return [condition, ...condition.operands.flatMap(conditionsOf)];
    case "constant":
    case "equal":
    case "same":
    case "fault":
      return [condition];
    default:
      return assertNever(condition);
  }
}

/** The page of a fault, or that of the descriptor which it is on. */
function pageOf(page: string): string {
  return /^PTE\((.*)\)$/.exec(page)?.[1] ?? page;
}

function pagesOfValue(value: ValueText): readonly string[] {
  if (value.kind === "page" || value.kind === "pte") return [value.page];
  return value.kind === "descriptor" && value.descriptor.oa !== null ? [value.descriptor.oa] : [];
}

function comparePlaces(a: Place, b: Place): number {
  if (a.kind === "register" && b.kind === "register") return a.thread - b.thread || a.register - b.register;
  if (a.kind === "register" || b.kind === "register") return a.kind === "register" ? -1 : 1;
  return formatPlace(a) < formatPlace(b) ? -1 : 1;
}
