/** What tests ask of errors. */
import { expect } from "vitest";
import { type Diagnostic, TlbcheckError } from "../src/model/diagnostic.ts";

/** The diagnostic that misuse throws. */
export function diagnosticOf(misuse: () => unknown): Diagnostic {
  try {
    misuse();
  } catch (error) {
    expect(error).toBeInstanceOf(TlbcheckError);
    return (error as TlbcheckError).diagnostic;
  }
  throw new Error("nothing was thrown");
}
