/** Handles of what threads wait for or read together, by name: completions, seqcounts, static keys. */

/** `struct completion`: `m.completion()`. */
export interface Completion {
  readonly kind: "completion";
  readonly name: string;
}

/** `seqcount_t`: `m.seqcount()`. */
export interface Seqcount {
  readonly kind: "seqcount";
  readonly name: string;
}

/** `struct static_key`: `m.staticKey()`. */
export interface StaticKey {
  readonly kind: "static key";
  readonly name: string;
  /** What it is at first. */
  readonly enabled: boolean;
}
