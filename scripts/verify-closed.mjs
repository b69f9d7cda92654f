// Compares closed hardware with enumerated hardware: every configuration of the models that come with tlbcheck of up to
// 100 000 enumerated states, and a thousand scenarios made at random. Verdicts have to be equal, and each enumerated step
// matched by a closed one. TLBCHECK_CLOSED_STATES and TLBCHECK_CLOSED_SCENARIOS say other numbers.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { TLBCHECK_CLOSED_STATES = "100000", TLBCHECK_CLOSED_SCENARIOS = "1000" } = process.env;
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const tests = ["test/arch/closed-hardware.test.ts", "test/arch/closed-generated.test.ts"];
const { status } = spawnSync(process.execPath, [vitest, "run", ...tests], {
  cwd: root,
  env: { ...process.env, TLBCHECK_CLOSED_STATES, TLBCHECK_CLOSED_SCENARIOS },
  stdio: ["ignore", "inherit", "inherit"],
});
process.exit(status ?? 70);
