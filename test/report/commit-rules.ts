/** What every commit message must be, whatever trace it tells. */

/** The rules that a text breaks, one line each. */
export function brokenRules(text: string): string[] {
  const lines = text.split("\n");
  const rules: readonly [string, (line: string, number: number) => boolean][] = [
    ["at most 75 columns", (line) => line.length <= 75],
    ["plain ASCII", (line) => /^[ -~]*$/.test(line)],
    ["no spaces at the end", (line) => !line.endsWith(" ")],
    ["no line at which git am cuts", (line) => !/^(---|diff -|Index: )/.test(line)],
    ["no line that git commit drops", (line) => !line.startsWith("#")],
    ["an underline below a step", (line, i) => !/^ *\^+$/.test(line) || lines[i - 1]!.trim() !== ""],
    [
      "heads with a line below",
      (line, i) => !/^ {4}CPU\d+(?![\d:])/.test(line) || /^ {4}----/.test(lines[i + 1]!),
    ],
    // One space keeps a line of the text from being taken for a mark.
    ["an indent of 4", (line) => !line.startsWith("  ") || line.startsWith("    ")],
  ];
  return rules.flatMap(([rule, holds]) =>
    lines.flatMap((line, i) => (holds(line, i) ? [] : [`line ${i + 1}: ${rule}: ${line}`])),
  );
}

/** The columns at which the heads of a diagram begin; none for blocks. */
export function headColumns(text: string): number[] {
  const rule = text.split("\n").find((line) => /^ *----( +----)*$/.test(line));
  return rule === undefined ? [] : [...rule.matchAll(/----/g)].map(({ index }) => index);
}
