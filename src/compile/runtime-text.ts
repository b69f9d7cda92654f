/** Fills in the parameters of `runtime.wat`: sizes, addresses, and the lines that stand for each word. */
import { MULTIPLIERS } from "./hash.ts";
import { ASIDE_BYTES, BLOCK, control, type MemoryMap, stopBits, TOUCHED } from "./memory-map.ts";

export interface RuntimeParameters {
  readonly map: MemoryMap;
  readonly rules: number;
  /** Bits in use of each word of a state. */
  readonly wordBits: readonly number[];
  /** Lets all states of the tests' small models have the same home slot. */
  readonly weakHash?: boolean;
}

const WEAK_MULTIPLIERS = { A: 1n, B: 1n, C: 0n };

export function runtimeText(template: string, parameters: RuntimeParameters): string {
  const { map } = parameters;
  const constants = constantsOf(parameters);
  return repeatWords(template, map.words).replace(/\{([A-Z_\d+]+)\}/g, (_, name: string) => {
    const value = constants[name];
    if (value === undefined) throw new Error(`the runtime's text names {${name}}, which has no value`);
    return String(value);
  });
}

function constantsOf({ map, rules, wordBits, weakHash }: RuntimeParameters): Record<string, number | string> {
  const { A, B, C } = weakHash ? WEAK_MULTIPLIERS : MULTIPLIERS;
  const hashAt = 8 * (map.words + 1);
  return {
    ...control,
    ...map.lane,
    HASH_A: hex(A),
    HASH_B: hex(B),
    HASH_C: hex(C),
    HASH_A_INVERSE: hex(inverse(A)),
    HASH_B_INVERSE: hex(inverse(B)),
    ...Object.fromEntries(wordBits.map((bits, word) => [`BITS${word}`, bits])),
    REST_BITS: wordBits.slice(1).reduce((sum, bits) => sum + bits, 0),
    STOP_GROW: stopBits.GROW,
    STOP_CROWDED: stopBits.CROWDED,
    BLOCK,
    WORDS: map.words,
    BYTES: 8 * map.words,
    RECORD: map.record,
    ACTION: 8 * map.words,
    RULE: 8 * map.words + 4,
    HASH: hashAt,
    FIRINGS_BYTES: 8 * rules,
    BATCH_BYTES: map.batchBytes,
    PART_BYTES: map.partBytes,
    PART_COUNT: 2 ** map.partBits,
    TOUCH_BYTES: TOUCHED * 8 * map.words,
    ASIDE_BYTES,
    ASIDE_SLOTS: ASIDE_BYTES / 8,
    "TABLE+16": map.table + 16,
    "TABLE+32": map.table + 32,
    "TABLE+48": map.table + 48,
    EVENTS_ACTION: map.lane.EVENTS + 4,
    TABLE: map.table,
  };
}

/** Unrolls the lines between `{each word}` or `{each other word}` and `{end}`. */
function repeatWords(template: string, words: number): string {
  const block = /^ *\{each (other )?word\}\n([^]*?)^ *\{end\}\n/gm;
  return template.replace(block, (_, other: string | undefined, lines: string) =>
    Array.from({ length: words }, (_each, word) => word)
      .slice(other ? 1 : 0)
      .map((word) => lines.replaceAll("{8j}", String(8 * word)).replaceAll("{BITS_OF_WORD}", `{BITS${word}}`))
      .join(""),
  );
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** The number that undoes a multiplication by an odd number modulo 2^64: each round doubles the right bits. */
function inverse(odd: bigint): bigint {
  let found = odd;
  for (let bits = 3; bits < 64; bits *= 2) found = BigInt.asUintN(64, found * (2n - odd * found));
  return found;
}
