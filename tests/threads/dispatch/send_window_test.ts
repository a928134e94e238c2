import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { WINDOW } from "../../../src/threads/dispatch/messages.ts";
import { SendWindow } from "../../../src/threads/dispatch/send_window.ts";

const BURST = 256 * 1024;

/** How a promise stands, once all that is ready has run. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  let state = "pending";
  promise.then(() => state = "resolved", () => state = "rejected");
  for (let turn = 0; turn < 4; turn++) await null;
  return state;
}

Deno.test("SendWindow is full once a window has been posted and not acknowledged", async () => {
  const sending = new SendWindow();
  sending.spend(WINDOW - 1);
  assertEquals([sending.isFull, await stateOf(sending.ready())], [false, "resolved"]);
  sending.spend(1);
  assertEquals([sending.isFull, sending.unacknowledged], [true, WINDOW]);
  assertEquals(await stateOf(sending.ready()), "pending");
});

Deno.test("SendWindow.acknowledged() tells the end of the holding back, and only that", () => {
  const sending = new SendWindow();
  sending.spend(10);
  assertEquals(sending.acknowledged(10), false);
  sending.spend(WINDOW + 5);
  assertEquals(sending.acknowledged(5), false, "still full");
  assertEquals(sending.acknowledged(1), true);
  assertEquals(sending.acknowledged(1), false);
  assertEquals(sending.unacknowledged, WINDOW - 2);
});

Deno.test("SendWindow.ready() resolves for all who wait once there is room", async () => {
  const sending = new SendWindow();
  sending.spend(WINDOW);
  const waiting = [sending.ready(), sending.skip(5)];
  sending.acknowledged(WINDOW);
  await Promise.all(waiting);
  sending.spend(WINDOW);
  assertEquals(await stateOf(sending.ready()), "pending", "the next wait is another");
});

Deno.test("SendWindow.ready() lets others have a turn after 256 KiB, posted or skipped", async () => {
  for (const skips of [true, false]) {
    const sending = new SendWindow();
    for (let posted = 0; posted < BURST; posted += 1024) {
      if (skips) sending.skip(1024);
      else sending.spend(1024);
      sending.acknowledged(skips ? 0 : 1024);
    }
    const waiting = sending.ready();
    // Bytes that were acknowledged before the window was full do not begin a new turn.
    assertEquals(await stateOf(waiting), skips ? "resolved" : "pending");
    await waiting;
  }
});

Deno.test("SendWindow.close() rejects who waits and who comes later, with the first reason, and leaves nothing unhandled", async () => {
  const sending = new SendWindow();
  sending.spend(WINDOW);
  const waiting = sending.ready();
  const error = new Error("gone");
  sending.close(error);
  sending.close(new Error("another"));
  assertStrictEquals(await assertRejects(() => waiting), error);
  assertStrictEquals(await assertRejects(() => sending.ready()), error);
  assertStrictEquals(await assertRejects(() => sending.skip(1)), error);
  // Nobody looks at these.
  sending.ready();
  sending.skip(1);
  await new Promise((resolve) => setTimeout(resolve, 1));
});
