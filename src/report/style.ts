/** Colours of a terminal, or none. */

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const same = (text: string): string => text;

export const plainStyle: Style = { bold: same, dim: same, red: same, green: same, yellow: same };

/**
 * Colours by ANSI sequences, each begun by `escape` and a bracket: where text from files is made printable after it was
 * painted, by a mark that no file can have in it.
 */
export function colourStyle(escape: string): Style {
  const sgr =
    (on: number, off: number) =>
    (text: string): string =>
      text === "" ? "" : `${escape}[${on}m${text}${escape}[${off}m`;
  return {
    bold: sgr(1, 22),
    dim: sgr(2, 22),
    red: sgr(31, 39),
    green: sgr(32, 39),
    yellow: sgr(33, 39),
  };
}
