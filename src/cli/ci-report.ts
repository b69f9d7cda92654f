/** Outcomes in the forms that CI reads. */
import { github } from "../report/ci/github.ts";
import { junit } from "../report/ci/junit.ts";
import { ktap } from "../report/ci/ktap.ts";
import { markdown } from "../report/ci/markdown.ts";
import { sarif } from "../report/ci/sarif.ts";
import type { Outcome } from "../report/outcome.ts";
import type { CiFormat } from "./formats.ts";

/** A text for each form, made when it is called. */
export function ciReports(
  outcomes: readonly Outcome[],
  version: string,
): Readonly<Record<CiFormat, () => string>> {
  return {
    ktap: () => ktap(outcomes),
    junit: () => junit(outcomes),
    sarif: () => sarif(outcomes, version),
    github: () => github(outcomes),
    markdown: () => markdown(outcomes),
  };
}
