/** The scenarios that come with tlbcheck, in both forms of their hardware. */
import { readdirSync } from "node:fs";
import { type Configuration, configurations, type Family } from "../../src/model/family.ts";
import type { Model } from "../../src/model/model.ts";

const folder = new URL("../../models/", import.meta.url);

/** The families whose hardware may be closed. */
export const scenarios: readonly Family[] = (
  await Promise.all(
    readdirSync(folder).map(
      async (file) => ((await import(new URL(file, folder).href)) as { default: Family }).default,
    ),
  )
).filter(({ reference }) => reference !== undefined);

/** A configuration with its hardware in the form that is named. */
export function inForm(
  family: Family,
  configuration: Configuration,
  hardware: "enumerated" | "closed",
): Model {
  return family.build({ ...configuration, parameters: { ...configuration.parameters, hardware } });
}

const states = process.env["TLBCHECK_CLOSED_STATES"];

/** Up to how many enumerated states configurations are compared. */
export const MAX_STATES = Number(states ?? 2000);

/** One of so many configurations is compared; all where it was said up to how many states. */
const EACH = states === undefined ? 8 : 1;

/** The configurations to compare, each with its family and a name for its test. */
export const compared: readonly (readonly [string, Family, Configuration])[] = scenarios
  .flatMap((family) =>
    configurations(family).map(
      (each) => [`${family.name} ${each.arch} ${each.variant}`, family, each] as const,
    ),
  )
  .filter((_, number) => number % EACH === 0);
