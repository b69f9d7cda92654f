/** The options of `tlbcheck litmus`. */
import { type MemoryOrder, memoryOrders } from "../arch/store-buffer.ts";
import {
  commonOptions,
  type CommonOptions,
  nameAmong,
  searchOptions,
  type SearchChoice,
  text,
  wordList,
  type Words,
} from "./option-values.ts";

export interface LitmusCommandOptions extends CommonOptions, SearchChoice {
  /** Files and folders. */
  readonly paths: readonly string[];
  readonly ets2: boolean;
  readonly order: MemoryOrder;
  readonly witness: boolean;
  /** The file of a table of verdicts to compare with. */
  readonly expect: string | undefined;
}

export function litmusOptionsOf(given: Words): LitmusCommandOptions {
  return {
    ...commonOptions(given),
    ...searchOptions(given),
    paths: wordList(given["paths"]),
    ets2: given["ets2"] !== false,
    order: nameAmong(memoryOrders, text(given, "order") ?? "tso", "order"),
    witness: given["witness"] === true,
    expect: text(given, "expect"),
  };
}
