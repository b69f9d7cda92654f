/**
 * The frames that descriptors of a test lead to: the pages, by their names. What a descriptor with `el0:0` maps is told
 * apart, where some CPU runs at EL0, by a frame of its own that stands for the same memory: so a TLB entry knows
 * that EL0 may not use it.
 */
import type { TestValues } from "./analysis.ts";
import type { LitmusTest } from "./ast.ts";
import { runsAtEl0 } from "./settings.ts";
import type { Descriptor } from "./values.ts";

const FOR_EL1 = " for EL1";

export interface Frames {
  readonly all: readonly string[];
  /** Those that only EL1 may use. */
  readonly privileged: readonly string[];
}

export function framesOf(test: LitmusTest, values: TestValues, pages: readonly string[]): Frames {
  const descriptors = values.values.filter((value): value is Descriptor => value.kind === "descriptor");
  const asked = test.threads.some(({ number }) => runsAtEl0(test, number));
  const privileged = asked
    ? descriptors.flatMap(({ oa, el0 }) => (el0 === 0 && oa !== null ? [oa + FOR_EL1] : []))
    : [];
  return { all: [...pages, ...new Set(privileged)], privileged };
}

/** The frame that a descriptor leads to; null for none. */
export function frameOf({ oa, el0 }: Descriptor, { all }: Frames): string | null {
  const own = `${oa}${FOR_EL1}`;
  return el0 === 0 && all.includes(own) ? own : oa;
}

/** The page whose memory a frame stands for. */
export function pageOfFrame(frame: string): string {
  return frame.endsWith(FOR_EL1) ? frame.slice(0, -FOR_EL1.length) : frame;
}
