import { expect, test } from "vitest";
import { SLICE, TimeSlice } from "../../src/explorer/time-slice.ts";

test("work doubles until a slice is full, then follows the time that it took", () => {
  const slice = new TimeSlice(4);
  const amounts = [1, 1, 2 * SLICE, SLICE, 0].map((took) => {
    const { amount } = slice;
    slice.learn(amount, took);
    return amount;
  });
  expect(amounts).toEqual([4, 8, 16, 8, 8]);
  expect(slice.amount).toBe(16);
});

test("there is always something to do, however long it takes", () => {
  const slice = new TimeSlice(8);
  slice.learn(8, 1e6);
  expect(slice.amount).toBe(1);
});
