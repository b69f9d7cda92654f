/** What an export is asked for, and what it tells of itself. */
import type { Model } from "../model/model.ts";

export interface ExportOptions {
  /**
   * With the model's properties, to compare verdicts; or without them, so that the other checker counts every
   * state.
   */
  readonly properties: boolean;
  /** What the export was made from, in one line. */
  readonly origin: string;
  /** The numbers to expect of the whole state space, where they are known. */
  readonly counts: { readonly states: number; readonly transitions: number } | null;
}

/** A model in another language. */
export interface Exported {
  readonly text: string;
  /** A second file that the tool needs, or null. */
  readonly companion: string | null;
}

export type Exporter = (model: Model, options: ExportOptions) => Exported;
