import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { inOrder, Slots } from "../../src/cli/slots.ts";

test("results are told in the order of the items, each as soon as those before it are there", async () => {
  const events: string[] = [];
  await inOrder(
    [60, 5, 30],
    3,
    async (milliseconds) => {
      await setTimeout(milliseconds);
      events.push(`end ${milliseconds}`);
      return milliseconds;
    },
    (result) => events.push(`tell ${result}`),
  );
  expect(events).toEqual(["end 5", "end 30", "end 60", "tell 60", "tell 5", "tell 30"]);
});

test("no more work runs at a time than there are slots, and all slots are used", async () => {
  const slots = new Slots(2);
  let running = 0;
  const seen: number[] = [];
  const work = async (): Promise<void> => {
    seen.push(++running);
    await setTimeout(2);
    running -= 1;
  };
  await Promise.all(Array.from({ length: 7 }, () => slots.run(work)));
  expect(seen).toHaveLength(7);
  expect(Math.max(...seen)).toBe(2);
});

test("after an error the work under way is told to end, nothing is begun, and the error is the answer", async () => {
  const begun: number[] = [];
  const told: number[] = [];
  const attempt = inOrder(
    [0, 1, 2, 3],
    2,
    async (item, signal) => {
      begun.push(item);
      if (item === 1) throw new Error("broken");
      await setTimeout(10_000, undefined, { signal });
      return item;
    },
    (item) => told.push(item),
  );
  await expect(attempt).rejects.toThrow("broken");
  expect(begun).toEqual([0, 1]);
  expect(told).toEqual([]);
});

test("a slot is free again after work that failed", async () => {
  const slots = new Slots(1);
  await expect(slots.run(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await slots.run(async () => 1)).toBe(1);
});
