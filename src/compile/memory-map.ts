/**
 * Where things lie in the memory that the lanes of a search share. The runtime's text names the same places;
 * see the head of `runtime.wat`.
 */

/** Addresses of the control words, each on a cache line of its own. Bytes. */
export const control = {
  /** The first state of the level that no lane has taken. */
  CURSOR: 0,
  /** Bits of `stopBits`: why the lanes are to pause, or 0. */
  STOP: 64,
  /** State numbers given out to lanes, in blocks. */
  CLAIMED: 128,
  /** How many state numbers may be given out before the table must grow. */
  LIMIT: 192,
  LEVEL_END: 256,
  /** States a chunk. */
  CHUNK: 260,
  /** log2 of the number of slots. */
  BITS: 264,
  /** 1 if slots are exact, 0 if they are tagged. */
  EXACT: 268,
  /** Where the arena begins, downwards; 0 stands for 4 GiB. */
  TOP: 272,
  /** The address of the marks of the trace's search. */
  MARKS: 276,
  /** log2 of the number of parts that successors are distributed to. */
  PART_BITS: 284,
  /** 1 if a state was entered into a tagged table behind one with the same tag. */
  TWINS: 288,
} as const;

/** Bits of the stop word. */
export const stopBits = {
  /** The table or the arena is full. */
  GROW: 1,
  /** The coordinator wants the lanes to stop. */
  HALT: 2,
  /** An exact slot would lie too far from its home. */
  CROWDED: 4,
} as const;

/** State numbers that a lane takes at a time. */
export const BLOCK = 64;
/** States after which a batch is flushed. */
export const BATCH_RECORDS = 256;
/** Records that may follow before the next look at the batch's length. */
export const GROUP_RECORDS = 256;

/** log2 of the most parts that successors are distributed to before they are inserted. */
export const MAX_PART_BITS = 8;
/** Entries of a part. */
const PART_ENTRIES = 1024;
/** Entries whose home slots are touched at a time: a cache line each, which must stay in the cache. */
export const TOUCHED = 256;
/** Bytes of the visited set that are set aside while it grows; they fit into a batch. */
export const ASIDE_BYTES = 8192;

const CONTROL_BYTES = 1024;
const LANE_HEADER = 64;
const LINE = 64;

/** What the sizes in the map depend on. */
export interface MapInput {
  readonly words: number;
  readonly rules: number;
  readonly properties: number;
  /** What one state may report at most. */
  readonly events: number;
  readonly lanes: number;
  /** log2 of the number of parts, 0 to MAX_PART_BITS. */
  readonly partBits: number;
}

export interface MemoryMap {
  readonly words: number;
  readonly lanes: number;
  readonly partBits: number;
  /** Bytes of a record of a batch. */
  readonly record: number;
  /** Bytes of a lane's area. */
  readonly laneBytes: number;
  /** The visited set's address: all that is fixed lies below. */
  readonly table: number;
  /** Offsets in a lane's area. */
  readonly lane: {
    readonly PENDING_FROM: number;
    readonly PENDING_TO: number;
    readonly BLOCK_NEXT: number;
    readonly BLOCK_END: number;
    readonly EVENT_COUNT: number;
    readonly PAGE_END: number;
    readonly FLAGS: number;
    readonly FIRINGS: number;
    readonly COMMITTED: number;
    readonly UNDRAINED: number;
    /** The state of the lane's random numbers, 8 bytes. */
    readonly RANDOM: number;
    readonly FILLS: number;
    readonly BATCH: number;
    readonly EVENTS: number;
    readonly PARTS: number;
  };
  readonly batchBytes: number;
  readonly partBytes: number;
}

export function memoryMap({ words, rules, properties, events, lanes, partBits }: MapInput): MemoryMap {
  const record = 8 * (words + 2);
  const FIRINGS = LANE_HEADER;
  const COMMITTED = FIRINGS + 8 * rules;
  const FLAGS = COMMITTED + 8 * rules;
  const FILLS = FLAGS + 4 * (properties + 1);
  const BATCH = roundUp(FILLS + 4 * 2 ** partBits, LINE);
  const EVENTS = BATCH + (BATCH_RECORDS + GROUP_RECORDS) * record;
  const PARTS = roundUp(EVENTS + 8 * events, LINE);
  const partBytes = PART_ENTRIES * 8 * words;
  const laneBytes = roundUp(PARTS + 2 ** partBits * partBytes, 4096);
  return {
    words,
    lanes,
    partBits,
    record,
    laneBytes,
    table: roundUp(CONTROL_BYTES, 4096) + lanes * laneBytes,
    lane: {
      PENDING_FROM: 0,
      PENDING_TO: 4,
      BLOCK_NEXT: 8,
      BLOCK_END: 12,
      EVENT_COUNT: 16,
      PAGE_END: 20,
      UNDRAINED: 24,
      RANDOM: 32,
      FILLS,
      FLAGS,
      FIRINGS,
      COMMITTED,
      BATCH,
      EVENTS,
      PARTS,
    },
    batchBytes: BATCH_RECORDS * record,
    partBytes,
  };
}

/** The address of a lane's area. */
export function laneAddress(map: MemoryMap, lane: number): number {
  return roundUp(CONTROL_BYTES, 4096) + lane * map.laneBytes;
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}
