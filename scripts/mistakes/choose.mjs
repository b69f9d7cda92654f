// Which mistakes are made: the same for the same seed, each kind as often as the others, and each model too.

/**
 * So many mistakes of those that files can have: `[{ file, mistake }]`. Kinds take turns, and within a kind the files.
 *
 * @param given `[{ file, mistakes }]`
 */
export function chosen(given, count, seed) {
  const random = randomNumbers(seed);
  const turns = new Map();
  for (const { file, mistakes } of given)
    for (const mistake of shuffled(mistakes, random)) {
      const files = turns.get(mistake.kind) ?? new Map();
      turns.set(mistake.kind, files.set(file, [...(files.get(file) ?? []), { file, mistake }]));
    }
  const kinds = [...turns.values()].map((files) => dealt(shuffled([...files.values()], random)));
  return dealt(kinds).slice(0, count);
}

/** The first of each list, then the second of each, and so on. */
function dealt(lists) {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

function shuffled(list, random) {
  return list
    .map((each) => [random(), each])
    .toSorted(([a], [b]) => a - b)
    .map(([, each]) => each);
}

/** Numbers below 1, the same for the same seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
