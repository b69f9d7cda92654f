/** Text in plain ASCII, for mail. */

const SPELLED: Readonly<Record<string, string>> = {
  "…": "...",
  "·": "-",
  "–": "-",
  "—": "-",
  "‘": "'",
  "’": "'",
  "“": '"',
  "”": '"',
  "→": "->",
  "←": "<-",
  "≤": "<=",
  "≥": ">=",
  "≠": "!=",
  "×": "x",
};

/** The text with every character spelled in ASCII: letters without their accents, and "?" for what has no spelling. */
export function ascii(text: string): string {
  return text
    .replace(/\s/g, " ")
    .replace(/[^ -\u007f]/gu, (character) => SPELLED[character] ?? withoutAccent(character));
}

function withoutAccent(character: string): string {
  const plain = character.normalize("NFKD").replace(/[^ -\u007f]/gu, "");
  return plain === "" ? "?" : plain;
}
