/** The sizes of the benchmark model `reclaim-mprotect(C, P, W)` and their exact counts, `FIX = 1`. */
export interface Size {
  readonly cpus: number;
  readonly pages: number;
  readonly accesses: number;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
}

export const sizes: Readonly<Record<string, Size>> = {
  T: { cpus: 3, pages: 1, accesses: 1, states: 1_180, transitions: 5_060, depth: 21 },
  S: { cpus: 3, pages: 2, accesses: 5, states: 95_190, transitions: 745_066, depth: 39 },
  M: { cpus: 4, pages: 2, accesses: 2, states: 1_252_053, transitions: 13_332_561, depth: 43 },
  L: { cpus: 5, pages: 2, accesses: 1, states: 10_574_984, transitions: 139_001_560, depth: 47 },
  XL: { cpus: 4, pages: 3, accesses: 1, states: 33_877_536, transitions: 496_920_172, depth: 55 },
};

/** What one run of one tool gave. */
export interface Measurement {
  readonly tool: string;
  readonly size: string;
  readonly threads: number;
  readonly states: number;
  readonly transitions: number;
  /** Null where the tool does not tell. */
  readonly depth: number | null;
  /** Exploration alone, in seconds. */
  readonly explore_s: number;
  /** The whole command from start to verdict, generating and compiling included, in seconds. */
  readonly total_s: number;
  /** The most memory that a process of the command had, in bytes. */
  readonly peak_bytes: number;
}
