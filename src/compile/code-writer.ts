/** Writes lines of WebAssembly text with indentation. */
export class CodeWriter {
  readonly #lines: string[] = [];
  #depth = 0;

  line(text: string): void {
    this.#lines.push("  ".repeat(this.#depth) + text);
  }

  /** A form that lines are nested in: `(block $skip`, whatever `body` writes, `)`. */
  nest(head: string, body: () => void): void {
    this.line(`(${head}`);
    this.#depth += 1;
    body();
    this.#depth -= 1;
    this.line(")");
  }

  /** Appends another writer's lines. */
  append(other: CodeWriter): void {
    for (const line of other.#lines) this.line(line);
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}
