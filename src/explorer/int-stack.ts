/** A stack of 32-bit integers that grows: the stacks of a search in depth are too long for calls, and too large for lists. */
export class IntStack {
  length = 0;
  #items = new Int32Array(1024);

  get bytes(): number {
    return this.#items.byteLength;
  }

  push(value: number): void {
    if (this.length === this.#items.length) {
      const items = new Int32Array(2 * this.#items.length);
      items.set(this.#items);
      this.#items = items;
    }
    this.#items[this.length++] = value;
  }

  pop(): number {
    return this.#items[--this.length]!;
  }

  at(index: number): number {
    return this.#items[index]!;
  }

  set(index: number, value: number): void {
    this.#items[index] = value;
  }
}
