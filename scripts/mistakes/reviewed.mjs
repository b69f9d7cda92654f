// Mistakes that change what happens and no verdict, each with the reason why none has to change. A record is of one mistake
// in one line of a model file, without its types; one that fits no mistake any more, or one that is seen, is an error.
export const REVIEWED = [];

/** What a record is found by. */
export function keyOf({ model, kind, line, was, text }) {
  return JSON.stringify([model, kind, line, was, text].map((part) => part.replaceAll(/\s+/g, " ").trim()));
}

/** The reason why nothing has to be seen of a mistake; undefined if nobody has looked at it. */
export function reviewOf(mistake) {
  return REVIEWED.find((record) => keyOf(record) === keyOf(mistake))?.reason;
}

/** The records of these models that fit none of their mistakes. */
export function stale(models, mistakes) {
  const known = new Set(mistakes.map(keyOf));
  return REVIEWED.filter((record) => models.includes(record.model) && !known.has(keyOf(record)));
}
