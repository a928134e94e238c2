import { assertEquals } from "@std/assert";
import { LONGEST_DELAY, timerHolds } from "../../src/net/longest_delay.ts";

Deno.test("timerHolds() says no to what setTimeout would take for 1 ms", () => {
  const delays = [0, 10_000, LONGEST_DELAY, LONGEST_DELAY + 1, Infinity];
  assertEquals(delays.map(timerHolds), [true, true, true, false, false]);
});
