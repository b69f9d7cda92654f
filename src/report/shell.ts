/** Commands that a report prints, to be pasted into a shell. */

/** A word as a shell reads it back; one with control characters as `$'…'`, which POSIX has since 2024 and bash long before. */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  // eslint-disable-next-line no-control-regex -- these are what it is about
  if (/[\u0000-\u001f\u007f]/.test(word)) return `$'${word.replace(SPECIAL, escaped)}'`;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

// eslint-disable-next-line no-control-regex -- see above
const SPECIAL = /[\u0000-\u001f\u007f'\\]/g;

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x20 || code === 0x7f ? `\\${code.toString(8).padStart(3, "0")}` : `\\${character}`;
}
