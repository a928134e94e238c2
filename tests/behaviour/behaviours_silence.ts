import { assertEquals } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import { head } from "./raw_client.ts";

/** Requests a stream, disconnects while it is silent, and waits until it has been canceled. */
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

/**
 * Behaviours of a client that disconnects while nothing is written: a silent stream must be canceled before
 * its next piece.
 */
export const silenceBehaviours: readonly Behaviour[] = [
  {
    name: "Response.send() cancels a silent stream when its client disconnects",
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
    name: "Response.writable fails when its connection closes, so a silent stream piped into it is canceled",
    async run(server) {
      await Promise.all([
        leave(server, "/silent/pipe", 0, "reset"),
        leave(server, "/silent/pipe", 2, "reset"),
      ]);
    },
  },
  {
    name: "fetchHandler() cancels a silent body when its client disconnects",
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
    name: "a silent stream is canceled if its client disconnected before it was sent",
    async run(server) {
      await Promise.all(["/silent/late", "/silent/late-fetch"].flatMap((path) => [
        leave(server, path, 0, "reset"),
        leave(server, path, 0, "close"),
      ]));
    },
  },
  {
    name: "a client that closes its half gets all of a stream that is not silent",
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
