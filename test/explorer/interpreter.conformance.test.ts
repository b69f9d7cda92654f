import { describe } from "vitest";
import { interpreter } from "../../src/explorer/interpreter.ts";
import { conformance } from "./conformance.ts";

describe("interpreter", () => {
  conformance(interpreter, { randomModels: 1, threads: 1 });
});
