import { afterEach, expect, test, vi } from "vitest";
import { progressLine, progressText } from "../../src/cli/progress.ts";

afterEach(() => vi.unstubAllEnvs());

const progress = {
  states: 250_000,
  transitions: 1_000_000,
  depth: 14,
  frontier: 1234,
  violated: [],
  seconds: 2,
  bytes: null,
};

test("depth, states, frontier, rate, memory, time", () => {
  expect(progressText(progress, 2 ** 30)).toBe(
    "depth 14 · 250 000 states · 1 234 to expand · 125 000/s · 1.0 GiB · 2.00 s",
  );
});

test("what is violated so far", () => {
  const found = { ...progress, violated: ["use-after-free", "deadlock"] };
  expect(progressText(found, 2 ** 30)).toContain(" · VIOLATED use-after-free, deadlock");
});

test("one line of a terminal, written over, and taken away at the end", () => {
  vi.stubEnv("TERM", "xterm");
  const written: string[] = [];
  const output = { isTTY: true, columns: 40, write: (text: string) => written.push(text) };
  const line = progressLine(output, () => 0);
  line.show("[1/2] ", { ...progress, seconds: 0.1 });
  expect(written).toEqual([]);
  line.show("[1/2] ", progress);
  line.show("[1/2] ", progress);
  expect(written).toEqual(["\r\u001b[K[1/2] depth 14 · 250 000 states · 1 234"]);
  line.clear();
  line.clear();
  expect(written.slice(1)).toEqual(["\r\u001b[K"]);
});

test("a text of the caller's is shown in its place, once the work has taken a while", () => {
  vi.stubEnv("TERM", "xterm");
  const written: string[] = [];
  const line = progressLine(
    { isTTY: true, columns: 20, write: (text: string) => written.push(text) },
    () => 0,
  );
  line.tell("[1/9] 0.10 s", 0.1);
  expect(written).toEqual([]);
  line.tell("[2/9] 1.00 s, and more", 1);
  expect(written).toEqual(["\r\u001b[K[2/9] 1.00 s, and m"]);
});

test("nothing in a pipe, and nothing on a terminal that cannot", () => {
  const write = vi.fn<(text: string) => void>();
  progressLine({ write }, () => 0).show("", progress);
  progressLine({ write }, () => 0).tell("", 1);
  vi.stubEnv("TERM", "dumb");
  progressLine({ isTTY: true, columns: 80, write }, () => 0).show("", progress);
  expect(write).not.toHaveBeenCalled();
});
