import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where a run in CI leaves its results as JSON, to be counted. */
const report = process.env["TEST_REPORT"];

export default defineConfig({
  // Model files import the package by name; the tests run them against the sources.
  resolve: {
    alias: [
      { find: /^tlbcheck$/, replacement: source("src/index.ts") },
      { find: /^tlbcheck\/rules$/, replacement: source("src/rules.ts") },
      { find: /^tlbcheck\/check$/, replacement: source("src/check.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 60_000,
    // All cores: the default leaves one for whoever watches, which on two doubles the time.
    maxWorkers: "100%",
    ...(report === undefined ? {} : { reporters: ["default", ["json", { outputFile: report }]] }),
  },
});
