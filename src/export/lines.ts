/** Writes the lines of a program text with indentation. */
export class Lines {
  readonly #lines: string[] = [];
  #depth = 0;

  /** One line; an empty one ends a part of the text. */
  line(text = ""): void {
    this.#lines.push(text === "" ? "" : "  ".repeat(this.#depth) + text);
  }

  lines(texts: Iterable<string>): void {
    for (const text of texts) this.line(text);
  }

  /** `head`, whatever `body` writes one step further in, and `foot`. */
  block(head: string, body: () => void, foot?: string): void {
    this.line(head);
    this.#depth += 1;
    body();
    this.#depth -= 1;
    if (foot !== undefined) this.line(foot);
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}

/** Text that may stand in a comment of any of the languages: on one line, and neither beginning nor ending a comment. */
export function commentText(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/(?<=[/(])(?=\*)|(?<=\*)(?=[/)])/g, " ")
    .trim();
}
