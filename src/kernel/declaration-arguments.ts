/** What declarations take: the methods of `m`, of an address space and of a page table. */
import { callback, CONDITION, NOTHING } from "../model/argument-terms.ts";
import {
  type Argument,
  type Description,
  either,
  FLAG,
  list,
  oneOf,
  optional,
  options,
  parameterOf,
  refined,
  restOf,
  TEXT,
  unfit,
  wholeNumber,
} from "../model/arguments.ts";
import { RULES } from "../arch/rule-choices.ts";
import { DEVICE, FRAME_HANDLE, MM, PERMISSION } from "./arguments.ts";
import { DETAILS, MAX_CPUS } from "./details.ts";
import type { AccessPermission, HugePageOptions, Mm, PageOptions } from "./handles.ts";
import type { MmOptions, ThreadOptions } from "./declaration-options.ts";
import { STANDING } from "./observers.ts";
import { CODE } from "./threads/primitive.ts";
import type { SystemProperty } from "./system-property.ts";

const name = parameterOf("name", TEXT);

const MM_OPTIONS = options<MmOptions>({
  batched: optional(oneOf("counters", "boolean")),
  global: optional(FLAG),
  asidOf: optional(MM),
});

const permission = optional({
  ...oneOf("none", "ro", "rw", null),
  says: `${PERMISSION.says}, or null for a page that is not mapped`,
});

const PAGE_OPTIONS = options<PageOptions>({
  permission,
  frame: optional(FRAME_HANDLE),
  dirty: optional(FLAG),
  young: optional(FLAG),
});

const HUGE_PAGE_OPTIONS = options<HugePageOptions>({
  entry: optional(oneOf("mapping", "migration")),
  permission: optional(oneOf<AccessPermission>("ro", "rw")),
  dirty: optional(FLAG),
  young: optional(FLAG),
});

const CPU = wholeNumber(0, MAX_CPUS - 1);

/** CPUs that a thread may run on. */
const CPUS = refined(list(CPU, 1), "a list of different CPUs", (cpus) => {
  const twice = cpus.find((cpu, i) => cpus.indexOf(cpu) < i);
  return twice === undefined ? null : `CPU ${twice} is listed twice`;
});

const THREAD_OPTIONS = options<ThreadOptions>({
  cpu: { ...either(Array.isArray, CPUS, CPU), says: "the number of a CPU from 0, or a list of them" },
  mm: optional(MM),
  daemon: optional(FLAG),
  serves: optional(DEVICE),
});

const isText = (given: unknown): boolean => typeof given === "string";

/** A property of the scenario's own: what it attaches declares the assertion, and anything it returns would be lost. */
const OWN_PROPERTY: Description<SystemProperty> = {
  says: "a property of your own: { name, attach }",
  take: (given: unknown, at: Argument): SystemProperty => {
    if (typeof given !== "object" || given === null || Array.isArray(given))
      throw unfit(at, OWN_PROPERTY.says, given);
    const { name, attach } = given as Partial<SystemProperty>;
    const property = options<SystemProperty>({ name: TEXT, attach: callback(NOTHING, "system") });
    return property.take({ name, attach: attach?.bind(given) }, at);
  },
};

/** What the methods of `m` take. */
export const scenarioParameters = {
  mm: [parameterOf("name", optional(TEXT)), parameterOf("options", optional(MM_OPTIONS))],
  spareFrame: [name],
  spinlock: [name],
  rwsem: [name],
  completion: [name],
  seqcount: [name],
  staticKey: [name, parameterOf("enabled", optional(FLAG))],
  device: [name, parameterOf("options", options<{ readonly mm: Mm }>({ mm: MM }))],
  thread: [name, parameterOf("options", THREAD_OPTIONS), parameterOf("program", CODE)],
  check: [restOf("properties", either(isText, { ...TEXT, says: "the name of a property" }, OWN_PROPERTY), 1)],
  leaveOut: [restOf("properties", oneOf(...STANDING))],
  hardware: [parameterOf("replace", callback(RULES, "rules"))],
  goal: [
    name,
    parameterOf("reached", callback(CONDITION, "system, thread")),
    parameterOf(
      "options",
      optional(options<{ of?: unknown }>({ of: optional(either(isText, TEXT, list(TEXT))) })),
    ),
  ],
  details: [parameterOf("details", DETAILS)],
  build: null,
} as const;

/** What the methods of an address space take. */
export const mmParameters = {
  page: [name, parameterOf("options", optional(PAGE_OPTIONS))],
  table: [name],
  fixedTable: [name],
  hugePage: [name, parameterOf("options", optional(HUGE_PAGE_OPTIONS))],
} as const;

/** What the methods of a page table take, of one that stays as well. */
export const tableParameters = {
  page: [name, parameterOf("options", optional(PAGE_OPTIONS))],
} as const;
