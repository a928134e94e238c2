import { setImmediate } from "node:timers";
import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { Turns } from "../../src/server/turns.ts";

const BURST = 256 * 1024;
const SKIPS = 4096;

/** Checks whether a promise resolves within this turn of the event loop. */
async function isNow(promise: Promise<void>): Promise<boolean> {
  let resolved = false;
  promise.then(() => resolved = true);
  for (let i = 0; i < 4; i++) await null;
  return resolved;
}

Deno.test("Turns.next() returns one resolved promise until 256 KiB have been written", async () => {
  const turns = new Turns();
  const first = turns.next();
  turns.spend(BURST - 1);
  assertStrictEquals(turns.next(), first);
  assertEquals(await isNow(first), true);
  turns.spend(1);
  assertEquals(await isNow(turns.next()), false);
});

Deno.test("Turns.next() resolves in the next turn if this one is used up, then counts again", async () => {
  const turns = new Turns();
  turns.spend(3 * BURST);
  const waiting = turns.next();
  const order: string[] = [];
  setImmediate(() => order.push("the event loop"));
  await waiting.then(() => order.push("the writer"));
  await new Promise<void>((resolve) => setImmediate(resolve));
  assertEquals(order.sort(), ["the event loop", "the writer"]);
  assertNotStrictEquals(turns.next(), waiting);
  assertEquals(await isNow(turns.next()), true);
});

Deno.test("Turns.skip() counts a write without bytes, so that a loop of such writes yields", async () => {
  const turns = new Turns();
  for (let i = 1; i < SKIPS; i++) turns.skip(0);
  assertEquals(await isNow(turns.next()), true);
  turns.skip(0);
  assertEquals(await isNow(turns.next()), false);
});

Deno.test("Turns.skip() counts the bytes if there are many", async () => {
  const turns = new Turns();
  turns.skip(BURST - 1);
  assertEquals(await isNow(turns.next()), true);
  turns.skip(1);
  assertEquals(await isNow(turns.next()), false);
});

Deno.test("Turns.reset() begins a new turn", async () => {
  const turns = new Turns();
  turns.spend(BURST);
  turns.reset();
  assertEquals(await isNow(turns.next()), true);
});
