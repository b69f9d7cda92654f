/** Barriers, TLBI, exception return, and the one system register that is modelled: ELR_EL1. */
import { barrierOptions, ELR, type Operand, type Register } from "../instruction.ts";
import { type Forms, NotModelled, type Parse } from "./form.ts";
import { comma, register, seesEndOfCell } from "./operands.ts";

const barrier =
  (kind: "dsb" | "dmb"): Parse =>
  (cursor) => {
    if (cursor.peek().kind === "symbol" && !seesEndOfCell(cursor)) throw new NotModelled();
    const text = cursor.peek().text.toLowerCase();
    if (/^(sy|ish|osh|nsh)nxs$/.test(text)) throw new NotModelled();
    const option = barrierOptions.find((each) => each === text);
    if (option === undefined)
      throw cursor.expected(`one of ${barrierOptions.map((each) => each.toUpperCase()).join(", ")}`);
    cursor.take();
    return [{ kind, option }];
  };

const EXCEPTION_LINK: Register = Object.freeze({ number: ELR, width: 64 });

const readSystem: Parse = (cursor) => {
  const target = register(cursor);
  if (comma(cursor).word("a system register").toUpperCase() !== "ELR_EL1") throw new NotModelled();
  const source: Operand = { kind: "register", register: EXCEPTION_LINK };
  return [{ kind: "move", target, source }];
};

const writeSystem: Parse = (cursor) => {
  if (cursor.word("a system register").toUpperCase() !== "ELR_EL1") throw new NotModelled();
  return [
    {
      kind: "move",
      target: EXCEPTION_LINK,
      source: { kind: "register", register: register(comma(cursor)) },
    },
  ];
};

export const systemForms: Forms = [
  [/^DSB$/, barrier("dsb")],
  [/^DMB$/, barrier("dmb")],
  [
    /^ISB$/,
    (cursor) => {
      cursor.accept("SY");
      return [{ kind: "isb" }];
    },
  ],
  [/^NOP$/, () => [{ kind: "nop" }]],
  [/^ERET$/, () => [{ kind: "exception-return" }]],
  [
    /^TLBI$/,
    (cursor) => {
      const operation = cursor.word("an operation such as VAAE1IS").toUpperCase();
      return [{ kind: "tlbi", operation, operand: cursor.accept(",") ? register(cursor) : null }];
    },
  ],
  [/^MRS$/, readSystem],
  [/^MSR$/, writeSystem],
];
