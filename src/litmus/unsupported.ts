/** Why a test that parses cannot be judged here: it is told so, and never answered wrongly. */
import { analyse } from "./analysis.ts";
import type { Condition, InitItem, LitmusTest } from "./ast.ts";
import type { InstructionOf } from "./instruction.ts";
import { conditionsOf, descriptorsOf, faultsOf, formatFaultPattern, placesOf } from "./mentions.ts";
import { runsAtEl0, strangeSetting, strangeVariant } from "./settings.ts";
import { valueOfText } from "./values.ts";

/** TLBI by address, last level or all, or of everything, at EL1: locally or in a shareability domain. */
const KNOWN_INVALIDATIONS = /^(VMALL|VAA|VAAL|VA|VAL)E1(IS|OS)?$/;

/** The reason, such as `unsupported: the instruction MRS X0,NZCV`; null for a test that can be judged. */
export function unsupported(test: LitmusTest): string | null {
  const reason = reasonOf(test);
  return reason === null ? null : `unsupported: ${reason}`;
}

/** The first reason; a check may rely on those before it. */
function reasonOf(test: LitmusTest): string | null {
  for (const check of CHECKS) {
    const reason = check(test);
    if (reason !== null) return reason;
  }
  return reasonOfValues(test);
}

type Check = (test: LitmusTest) => string | null;

/** In order: what a test declares before what it contains. */
const CHECKS: readonly Check[] = [
  ({ beyond }) => beyond[0] ?? null,
  strangeVariant,
  (test) => {
    const setting = strangeSetting(test);
    return setting && `${setting.key}=${setting.value}`;
  },
  (test) =>
    first(
      test.threads.flatMap(({ instructions, handler }) => instructions.map((each) => ({ ...each, handler }))),
      ({ kind, handler }) => kind === "unknown" || (kind === "exception-return" && handler === null),
      ({ text }) => `the instruction ${text}`,
    ),
  (test) =>
    first(
      instructionsOf(test).filter((each): each is InstructionOf<"tlbi"> => each.kind === "tlbi"),
      ({ operation, operand }) =>
        !KNOWN_INVALIDATIONS.test(operation) || (operand === null && !operation.startsWith("VMALL")),
      ({ text }) => `the instruction ${text}`,
    ),
  (test) =>
    first(
      descriptorsOf(test).flatMap(({ descriptor }) => descriptor.other),
      () => true,
      (each) => `the attribute ${each} of a descriptor`,
    ),
  (test) =>
    first(
      valuesOf(test),
      ({ value, place }) => valueOfText(value, place) === null,
      ({ value }) =>
        value.kind === "integer"
          ? `the integer ${value.value}`
          : `the value ${"text" in value ? value.text : value.kind}`,
    ),
  unknownThread,
  unknownLabel,
  atEl0,
];

/** A place that is a register of no CPU, or a fault on none. */
function unknownThread(test: LitmusTest): string | null {
  const named = [
    ...[...test.init.map(({ place }) => place), ...placesOf(test)].flatMap((place) =>
      place.kind === "register" ? [place.thread] : [],
    ),
    ...faultsOf(test).map(({ thread }) => thread),
  ];
  return first(
    named,
    (each) => each >= test.threads.length,
    (each) => `P${each}, which the test does not have`,
  );
}

/** Descriptors lie in memory that is mapped for EL1. */
function atEl0(test: LitmusTest): string | null {
  const user = test.threads.find(({ number }) => runsAtEl0(test, number));
  if (!user) return null;
  const reachesDescriptor = test.init.some(
    ({ place, value }) => place.kind === "register" && place.thread === user.number && value.kind === "pte",
  );
  return reachesDescriptor
    ? `EL0=P${user.number} with the address of a descriptor, which EL0 may not access`
    : null;
}

function unknownLabel(test: LitmusTest): string | null {
  return first(
    faultsOf(test),
    ({ thread, label }) => label !== null && !test.threads[thread]!.labels.some(({ name }) => name === label),
    (fault) => `${formatFaultPattern(fault)}, a label that is not there`,
  );
}

function reasonOfValues(test: LitmusTest): string | null {
  const values = analyse(test);
  return values.kind === "unsupported" ? values.reason : null;
}

function instructionsOf(test: LitmusTest): LitmusTest["threads"][number]["instructions"] {
  return test.threads.flatMap(({ instructions }) => instructions);
}

function equationsOf({ final }: LitmusTest): readonly Extract<Condition, { readonly kind: "equal" }>[] {
  return conditionsOf(final.condition).flatMap((each) => (each.kind === "equal" ? [each] : []));
}

function valuesOf(test: LitmusTest): readonly Pick<InitItem, "place" | "value">[] {
  return [...test.init, ...equationsOf(test)];
}

function first<T>(
  all: readonly T[],
  isWrong: (each: T) => boolean,
  tell: (each: T) => string,
): string | null {
  const found = all.find(isWrong);
  return found === undefined ? null : tell(found);
}
