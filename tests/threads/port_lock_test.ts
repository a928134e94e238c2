import { assertEquals, assertRejects } from "@std/assert";
import { withPortLock } from "../../src/threads/pool/port_lock.ts";

/** A port number to lock, which nothing needs to listen on. */
const address = { hostname: "127.0.0.1", port: 9 };

/** What came about, in order, where two do something under locks at the same time. */
async function order(first: Parameters<typeof withPortLock>[0], second = first): Promise<string[]> {
  const events: string[] = [];
  const { promise: bothBegan, resolve } = Promise.withResolvers<void>();
  // Long enough for the other to begin, if it can.
  const timer = setTimeout(resolve, 200);
  const work = (name: string) => async () => {
    events.push(`${name} begins`);
    if (events.length === 2) resolve();
    await bothBegan;
    events.push(`${name} ends`);
  };
  await Promise.all([withPortLock(first, work("one")), withPortLock(second, work("another"))]);
  clearTimeout(timer);
  return events.map((event) => event.split(" ")[1]!);
}

Deno.test("withPortLock() lets one after the other do its work for the same port", async () => {
  assertEquals(await order(address), ["begins", "ends", "begins", "ends"]);
  assertEquals(await order(address, { hostname: "::1", port: 9 }), ["begins", "ends", "begins", "ends"]);
});

Deno.test("withPortLock() locks nothing for another port, a free one or a Unix socket", async () => {
  const atOnce = ["begins", "begins", "ends", "ends"];
  assertEquals(await order(address, { hostname: "127.0.0.1", port: 10 }), atOnce);
  assertEquals(await order({ hostname: "127.0.0.1", port: 0 }), atOnce);
  assertEquals(await order({ path: "/tmp/never-bound.sock" }), atOnce);
});

Deno.test("withPortLock() gives the lock up where the work fails", async () => {
  await assertRejects(() => withPortLock(address, () => Promise.reject(new EvalError("failed"))), EvalError);
  const started = performance.now();
  assertEquals(await withPortLock(address, () => Promise.resolve("done")), "done");
  assertEquals(performance.now() - started < 4000, true, "nobody had the lock");
});
