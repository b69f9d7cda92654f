/** An output that cannot be written is an error of its own, and no verdict. */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main =
  process.env["TLBCHECK_MAIN"] ?? fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const model = fileURLToPath(new URL("../../models/peterson.ts", import.meta.url));

/** A device on which every write finds the disk full; Linux has it. */
const FULL = "/dev/full";

test.runIf(existsSync(FULL))("a full disk is TLB307 and exit 65", () => {
  const full = openSync(FULL, "w");
  const { status, stderr } = spawnSync(process.execPath, [main, model], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  closeSync(full);
  expect([status, stderr.split(":")[0]]).toEqual([65, "error TLB307"]);
});
