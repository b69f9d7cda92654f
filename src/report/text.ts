/** Small tools for text in columns. */

/** Numbers as people read them: `4 318 000`. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** `0.09 s`, `12.3 s`, `4 min 05 s` */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** `812 B`, `4.0 KiB`, `1.5 GiB` */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** `1 state`, `2 states` */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Breaks a text into lines of at most `width` characters, between words where it can. Lines after the first
 * are indented by `hang`.
 */
export function wrap(text: string, width: number, hang = 2): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (joined.length <= width || line.trim() === "") line = line.trim() === "" ? line + word : joined;
    else {
      lines.push(line);
      line = " ".repeat(hang) + word;
    }
    while (line.length > width) {
      const at = breakWithin(line, width);
      lines.push(line.slice(0, at));
      line = " ".repeat(hang) + line.slice(at);
    }
  }
  return [...lines, line];
}

/** Where to break a word that is too long: behind a mark such as `(` or `_`, unless that leaves half a line empty. */
function breakWithin(line: string, width: number): number {
  const marks = [...line.slice(0, width).matchAll(/[(_,./:-]/g)].map(({ index }) => index + 1);
  const last = marks.at(-1) ?? 0;
  return last > width / 2 ? last : width;
}

/** Rows of cells as lines, each column as wide as its widest cell; the columns in `right` are right-aligned. */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = columnWidths(rows);
  return rows.map((row) => alignRow(row, widths, right));
}

export function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
}

export function alignRow(
  row: readonly string[],
  widths: readonly number[],
  right: readonly number[] = [],
): string {
  const cells = row.map((cell, i) =>
    right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!),
  );
  return cells.join("  ").trimEnd();
}
