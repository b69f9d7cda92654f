/**
 * Text from a file made safe to print: control characters are shown as escapes, so that no name and no message moves
 * the cursor, colours the screen, or reverses the direction of a line.
 */

/**
 * What a terminal acts on, or what makes text look like other text: C0 and C1 controls, DEL, marks that change the
 * direction of text (Unicode Standard Annex 9), characters without width, line and paragraph separators, and lone
 * surrogates.
 */
const UNSEEN =
  // eslint-disable-next-line no-control-regex -- these are what it is about
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|[\ud800-\udfff]/gu;

/** One line of text: line breaks and tabs are shown as escapes, too. */
export function printableLine(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** Text of several lines, whose line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replace(UNSEEN, (character) => (/[\n\t]/.test(character) ? character : escaped(character)));
}

/** A JSON document in which each such character is written as JSON's own escape, so that it reads back the same. */
export function printableJson(document: string): string {
  return document.replace(UNSEEN, (character) =>
    character === "\n"
      ? character
      : units(character)
          .map((unit) => `\\u${hex(unit, 4)}`)
          .join(""),
  );
}

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0)!;
  if (code < 0x100) return `\\x${hex(code, 2)}`;
  return code < 0x1_0000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`;
}

/** The UTF-16 code units of a text. */
function units(text: string): number[] {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
