import { assertEquals } from "@std/assert";
import { SendProgress } from "../../src/server/send_progress.ts";

/** Time of the start, so that 0 is not a time of any event. */
const START = 1000;

function progress(timeout = 500): SendProgress {
  return new SendProgress(timeout, START);
}

Deno.test("SendProgress.expired() detects a client that reads nothing", () => {
  const sending = progress();
  assertEquals(sending.expired(START + 500, true, 0), false);
  assertEquals(sending.expired(START + 501, true, 0), true);
});

Deno.test("SendProgress.expired() is false for a client that reads, however slowly", () => {
  const sending = progress();
  let now = START;
  for (let taken = 1; taken < 20; taken++) {
    assertEquals(sending.expired(now += 500, true, taken), false);
  }
  assertEquals(sending.expired(now += 500, true, 19), false);
  assertEquals(sending.expired(now + 1, true, 19), true);
});

Deno.test("SendProgress.expired() counts from the last time that the client kept up", () => {
  const sending = progress();
  assertEquals(sending.expired(START + 4000, false, 0), false);
  assertEquals(sending.expired(START + 4500, true, 0), false);
  sending.drained(START + 4600);
  assertEquals(sending.expired(START + 5100, true, 0), false);
  assertEquals(sending.expired(START + 5101, true, 0), true);
});

Deno.test("SendProgress.expired() does not count bytes from before the wait as progress", () => {
  const sending = progress();
  assertEquals(sending.expired(START + 100, false, 70), false);
  assertEquals(sending.expired(START + 600, true, 70), false);
  assertEquals(sending.expired(START + 601, true, 70), true);
});

Deno.test("SendProgress.expired() is never true without a limit, nor while there is nothing to read", () => {
  const unlimited = progress(Infinity);
  for (const now of [1e6, 1e9, 1e12]) assertEquals(unlimited.expired(now, true, 0), false);
  const sending = progress();
  for (const now of [1e6, 1e9, 1e12]) assertEquals(sending.expired(now, false, 0), false);
});
