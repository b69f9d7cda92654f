// Prints "N passed, N failed" for a run of CI, and fails unless everything passed.
// Arguments: vitest's JSON report, the status of `npm test`, the statuses of the checks after it.
import { existsSync, readFileSync } from "node:fs";

const [report, testStatus, ...laterStatuses] = process.argv.slice(2);

// Without a report, a check before the tests has failed.
const tests = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
// A file that does not even load has no tests that could fail; count it as one.
const broken =
  tests === null
    ? 0
    : tests.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0)
        .length;
const testsFailed = tests === null ? 0 : tests.numFailedTests + broken;

const checks = [
  // The checks before the tests passed if the tests ran at all; a failing run without a failing test is a failure still.
  tests !== null && (testStatus === "0" || testsFailed > 0),
  ...laterStatuses.map((status) => status === "0"),
];
const passed = (tests?.numPassedTests ?? 0) + checks.filter((each) => each).length;
const failed = testsFailed + checks.filter((each) => !each).length;

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
