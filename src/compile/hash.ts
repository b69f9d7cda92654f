/** The hash of a packed state: what `runtime.wat` computes of each successor, for use outside of the module. */

/** Odd multipliers with about as many ones as zeros; the first is 2^64 divided by the golden ratio. */
export const MULTIPLIERS = { A: 0x9e3779b97f4a7c15n, B: 0xd6e8feb86659fd93n, C: 0xff51afd7ed558ccdn };

/**
 * 64 bits. The first ones name the home line in a visited set; the last ones, which are as good and on which no line
 * depends, name the shard that owns the state.
 */
export function hashOf(words: BigUint64Array): bigint {
  let rest = 0n;
  for (const word of words.subarray(1)) {
    rest = multiply(rest ^ word, MULTIPLIERS.C);
    rest ^= rest >> 31n;
  }
  const mixed = multiply(rest ^ words[0]!, MULTIPLIERS.A);
  return multiply(mixed ^ (mixed >> 32n), MULTIPLIERS.B);
}

function multiply(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a * b);
}
