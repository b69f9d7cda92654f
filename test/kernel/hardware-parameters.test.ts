/** The parameters that every scenario has, and those of its own. */
import { expect, test } from "vitest";
import { scenario } from "../../src/index.ts";
import { hardwareParameters } from "../../src/kernel/hardware-parameters.ts";
import { configurations } from "../../src/model/family.ts";
import { diagnosticOf } from "../diagnostics.ts";

const declared = (name: string) =>
  scenario(
    "own",
    { about: "", arch: ["arm64"], parameters: { [name]: { about: "", default: 1, min: 1, max: 3 } } },
    () => {},
  );

test.each(Object.keys(hardwareParameters))("a parameter of the model's own cannot be named %s", (name) => {
  const found = diagnosticOf(() => declared(name));
  expect(found).toMatchObject({ code: "TLB206", hint: expect.stringContaining("another name") as string });
  expect(found.message).toContain(`"${name}"`);
});

test.each(["accesses", "constructor", "storess"])("one named %s keeps its own value", (name) => {
  const [found] = configurations(declared(name), { parameters: { [name]: "2" } });
  expect(found!.parameters[name]).toBe(2);
});
