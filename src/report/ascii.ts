/** Text for mail: in ASCII as far as it can be spelled in it. */
import { printableLine } from "../model/printable.ts";

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
  µ: "u",
  μ: "u",
  ß: "ss",
  æ: "ae",
  Æ: "Ae",
  ø: "o",
  Ø: "O",
  ł: "l",
  Ł: "L",
  đ: "d",
  Đ: "D",
};

/**
 * The text spelled in ASCII: marks by their usual stand-ins, letters without their accents. What has no such spelling,
 * Greek or Chinese for instance, stays: mail and git take UTF-8, and a question mark would say nothing.
 */
export function ascii(text: string): string {
  return printableLine(text.replace(/\s/g, " ")).replace(
    /[^ -~]/gu,
    (character) => SPELLED[character] ?? withoutAccent(character),
  );
}

function withoutAccent(character: string): string {
  const plain = character.normalize("NFKD").replace(/[^ -~]/gu, "");
  return plain === "" ? character : plain;
}
