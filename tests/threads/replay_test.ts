import { assertEquals, assertRejects } from "@std/assert";
import type { Listening } from "../../src/server/listening.ts";
import { callKey, MAX_CALLS, noteOutcome, outcomesSoFar } from "../../src/threads/replay/replay.ts";
import { Server } from "../../src/threads/server.ts";

Deno.test("a program that makes servers without end does not remember each, and can join none of the later ones", async () => {
  const address = { hostname: "127.0.0.1", port: 0 };
  const listening = { address, threads: 1, accept: "single" } as Listening;
  const { promise: late, resolve } = Promise.withResolvers<Listening>();
  const pending = noteOutcome(callKey(address), late);
  for (let i = 1; i < MAX_CALLS; i++) await noteOutcome(callKey(address), Promise.resolve(listening));
  const before = outcomesSoFar();
  assertEquals([before.size, [...before.keys()].at(-1)], [
    MAX_CALLS,
    `{"hostname":"127.0.0.1","port":0} (call ${MAX_CALLS})`,
  ]);
  const server = Server.http("127.0.0.1:0");
  await assertRejects(
    () => server.handle(() => {}, { module: import.meta.url, threads: 2 }),
    TypeError,
    "Cannot join a server on other threads: 1000 calls of handle or more came before it",
  );
  resolve(listening);
  await pending;
  await (await server.handle(() => {})).close();
  assertEquals([outcomesSoFar().size, before.size], [0, MAX_CALLS]);
});
