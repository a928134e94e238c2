import { assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import { head } from "./raw_client.ts";

/** Asks for a stream, goes away while it is silent, and waits until it has been canceled. */
async function leave(server: BehaviourServer, path: string, pieces: number, how: "close" | "reset") {
  const id = server.id();
  const request = head(`GET ${path}?pieces=${pieces}&id=${id}`);
  if (how === "reset") {
    const client = await server.connectResettable(request);
    await server.event("handling", { id });
    await client.reset();
  } else {
    using client = await server.connect();
    await client.send(request);
    await server.event("handling", { id });
    if (pieces > 0) await client.readHead();
  }
  const { reason } = await server.event("canceled", { id });
  assertEquals(reason, "ConnectionClosedError", `${path} ${how}`);
}

/** A client that goes away while nothing is written: a stream that is silent must not wait for its next piece. */
export const silenceBehaviours: readonly Behaviour[] = [
  {
    name: "Response.send() cancels a stream that is silent when its client goes away",
    async run(server) {
      await Promise.all(["/silent/send", "/silent/send-unawaited"].flatMap((path) => [
        leave(server, path, 0, "reset"),
        leave(server, path, 2, "reset"),
        leave(server, path, 0, "close"),
        leave(server, path, 2, "close"),
      ]));
    },
  },
  {
    name:
      "Response.writable fails when its connection is gone, so that a silent stream piped into it is canceled",
    async run(server) {
      await Promise.all([
        leave(server, "/silent/pipe", 0, "reset"),
        leave(server, "/silent/pipe", 2, "reset"),
      ]);
    },
  },
  {
    name: "fetchHandler() cancels a body that is silent when its client goes away",
    async run(server) {
      await Promise.all([
        leave(server, "/silent/fetch", 0, "reset"),
        leave(server, "/silent/fetch", 2, "reset"),
        leave(server, "/silent/fetch", 0, "close"),
        leave(server, "/silent/fetch", 2, "close"),
      ]);
    },
  },
  {
    name: "a silent stream is canceled where its client went away before it",
    async run(server) {
      await Promise.all(["/silent/late", "/silent/late-fetch"].flatMap((path) => [
        leave(server, path, 0, "reset"),
        leave(server, path, 0, "close"),
      ]));
    },
  },
  {
    name: "a client that closes its half gets all of a stream that goes on",
    async run(server) {
      await Promise.all(["/slow-stream/send", "/slow-stream/fetch"].map(async (path) => {
        using client = await server.connect();
        await client.send(head(`GET ${path}?ms=300&pieces=12`));
        await client.end();
        assertEquals((await client.readResponse()).text, "piece;".repeat(12), path);
        assertEquals(await client.readToEnd(), "");
      }));
    },
  },
];
