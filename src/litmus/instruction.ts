/** The instructions of a litmus test as parsed: frozen plain objects, each with its place and its text. */

/** A place in a litmus file, lines and columns counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What an operand is taken as: the lower half of a register, or all of it. */
export type Width = 32 | 64;

/** The number of the register that reads as zero and forgets what is written (`XZR`, `WZR`). */
export const ZERO_REGISTER = 31;

/** The number of ELR_EL1, which holds the address of the instruction that faulted. */
export const ELR = 33;

export interface Register {
  readonly number: number;
  readonly width: Width;
}

/** By so many bits, to the left or to the right. */
export interface Shift {
  readonly right: boolean;
  readonly by: number;
}

export type Operand =
  | { readonly kind: "register"; readonly register: Register; readonly shift?: Shift }
  | { readonly kind: "immediate"; readonly value: number };

/** How many bytes an access takes in. */
export type Bytes = 1 | 2 | 4 | 8;

/** `[Xn]`, `[Xn,#8]`, `[Xn,Xm]`, `[Xn,Wm,SXTW]`: a base and what is added to it, in bytes. */
export interface Address {
  readonly base: Register;
  readonly offset: Operand;
}

/** Condition codes that a comparison of small non-negative integers decides alone. */
export const conditionCodes = [
  "EQ",
  "NE",
  "LT",
  "LO",
  "CC",
  "MI",
  "GE",
  "HS",
  "CS",
  "PL",
  "GT",
  "HI",
  "LE",
  "LS",
] as const;
export type ConditionCode = (typeof conditionCodes)[number];

export const arithmeticOperations = ["ADD", "SUB", "EOR", "AND", "ORR", "BIC", "LSR", "LSL"] as const;
export type ArithmeticOperation = (typeof arithmeticOperations)[number];

/**
 * What a load is ordered with: `acquire` (LDAR) with everything after it and with earlier store-releases,
 * `acquire-pc` (LDAPR) with everything after it only.
 */
export type LoadOrder = "plain" | "acquire" | "acquire-pc";
export type StoreOrder = "plain" | "release";

/** What an atomic does with the word in memory; all load its old value into their target. */
export type AtomicOperation =
  "swap" | "compare-and-swap" | "add" | "set" | "clear" | "exclusive-or" | "maximum" | "minimum";

export type BranchTest =
  | { readonly kind: "always" }
  | { readonly kind: "flags"; readonly code: ConditionCode }
  /** TBZ and TBNZ: whether a bit, counted from 0, is set. */
  | { readonly kind: "bit"; readonly register: Register; readonly bit: number; readonly set: boolean }
  | { readonly kind: "zero" | "nonzero"; readonly register: Register };

/** The address of an instruction of a CPU's program; the label is the one that it is named by, if any. */
export interface CodeAddress {
  readonly kind: "code";
  readonly thread: number;
  readonly label: string | null;
  readonly instruction: number;
}

interface InstructionBase {
  readonly at: Position;
  /** As written, spaces made even. */
  readonly text: string;
}

export type Instruction = InstructionBase &
  (
    | {
        readonly kind: "load";
        readonly order: LoadOrder;
        readonly target: Register;
        readonly bytes: Bytes;
        /** Whether the value is extended by its sign. */
        readonly signed: boolean;
        readonly address: Address;
      }
    | {
        readonly kind: "store";
        readonly order: StoreOrder;
        readonly source: Register;
        readonly bytes: Bytes;
        readonly address: Address;
      }
    | {
        readonly kind: "load-exclusive";
        readonly order: LoadOrder;
        readonly target: Register;
        readonly bytes: Bytes;
        /** Whether the value is extended by its sign. */
        readonly signed: boolean;
        readonly address: Address;
      }
    | {
        readonly kind: "store-exclusive";
        readonly order: StoreOrder;
        /** Becomes 0 if the store was done, else 1. */
        readonly status: Register;
        readonly source: Register;
        readonly bytes: Bytes;
        readonly address: Address;
      }
    | {
        readonly kind: "atomic";
        readonly operation: AtomicOperation;
        readonly acquire: boolean;
        readonly release: boolean;
        /** The new value, or what is added, set or cleared. */
        readonly source: Register;
        /** Gets the old value; of a compare-and-swap also what is compared with. */
        readonly target: Register;
        readonly bytes: Bytes;
        readonly address: Address;
      }
    | { readonly kind: "move"; readonly target: Register; readonly source: Operand }
    | {
        readonly kind: "arithmetic";
        readonly operation: ArithmeticOperation;
        readonly target: Register;
        readonly left: Register;
        readonly right: Operand;
      }
    /** ADR: the target becomes the address of an instruction. */
    | { readonly kind: "address-of-code"; readonly target: Register; readonly code: CodeAddress }
    /** CMP and TST: the flags tell the left from the right, or what is left of both bit by bit from zero. */
    | {
        readonly kind: "compare";
        readonly by: "SUB" | "AND" | "BIC";
        readonly left: Register;
        readonly right: Operand;
      }
    /** CSEL, CSINC: the target becomes `then` where the flags fulfil the code, else `otherwise` and `plus`. */
    | {
        readonly kind: "select";
        readonly target: Register;
        readonly then: Register;
        readonly otherwise: Register;
        readonly plus: 0 | 1;
        readonly code: ConditionCode;
      }
    | { readonly kind: "branch"; readonly test: BranchTest; readonly label: string }
    /** The option in lower case: `ish`, `ishld`, `ishst`, `sy`, `ld`, `st`, … */
    | { readonly kind: "dsb" | "dmb"; readonly option: BarrierOption }
    | { readonly kind: "isb" }
    /** `operation` in upper case: `VAAE1IS`; operand null for those without one. */
    | { readonly kind: "tlbi"; readonly operation: string; readonly operand: Register | null }
    | { readonly kind: "nop" }
    /** ERET, to the instruction whose address ELR_EL1 holds. */
    | { readonly kind: "exception-return" }
    /** Nothing is written for it: the end of a program that a fault handler stands behind, or of a handler. */
    | { readonly kind: "end" }
    /** Not known here; a test that has one is unsupported. */
    | { readonly kind: "unknown" }
  );

export type InstructionKind = Instruction["kind"];
export type InstructionOf<Kind extends InstructionKind> = Extract<Instruction, { readonly kind: Kind }>;

export const barrierOptions = [
  "sy",
  "ld",
  "st",
  "ish",
  "ishld",
  "ishst",
  "osh",
  "oshld",
  "oshst",
  "nsh",
  "nshld",
  "nshst",
] as const;
export type BarrierOption = (typeof barrierOptions)[number];
