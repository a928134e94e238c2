import { assertEquals, assertMatch } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import { chunk, head, post } from "./raw_client.ts";
import { BEGINNING_NAMES } from "./routes_request.ts";

const CHUNKED = "Transfer-Encoding: chunked";

/** Resets a connection that sent `text`, after `event` has happened on it. */
async function vanish(
  server: BehaviourServer,
  text: string,
  event: string,
  id: string,
  port = server.port,
): Promise<void> {
  const client = await server.connectResettable(text, port);
  if (event === "connectionStart") await server.connectionStart(client.localPort);
  else await server.event(event, { id });
  await client.reset();
  await server.connectionEnd(client.localPort);
}

/** Behaviours of a client that disconnects: the handler is notified, and no rejection is unhandled. */
export const vanishingBehaviours: readonly Behaviour[] = [
  {
    name: "a client that disconnects before or within its head leaves nothing behind",
    async run(server) {
      // A separate server, because events of earlier clients may arrive late.
      await using own = await server.listen();
      for (const text of ["", "\r\n", "GET /inspect HT", "GET /inspect HTTP/1.1\r\nHost: a\r\nX-"]) {
        await vanish(server, text, "connectionStart", "", own.port);
      }
      await own.close();
      assertEquals(server.eventsOf("error", { server: own.name }), [], "onError need not know");
    },
  },
  {
    name: "Request.signal aborts when the client resets the connection in the middle of its content",
    async run(server) {
      const id = server.id();
      await vanish(server, head(`POST /signal?id=${id}`, CHUNKED) + chunk("some"), "handling", id);
      const { reason, same, aborted } = await server.event("aborted", { id });
      assertEquals([reason, same, aborted], ["ConnectionClosedError", true, true]);
      assertEquals((await server.event("handling", { id })).aborted, false);
    },
  },
  {
    name: "Request.signal aborts when the client resets the connection while it waits for the response",
    async run(server) {
      for (const request of [head("GET /signal?id="), post("/signal?id=", "whole")]) {
        const id = server.id();
        await vanish(server, request.replace("id=", `id=${id}`), "handling", id);
        await server.event("aborted", { id });
      }
    },
  },
  {
    name: "Request.signal aborts when the client closes the connection while it waits for the response",
    async run(server) {
      const id = server.id();
      using client = await server.connect();
      await client.send(head(`GET /signal?id=${id}`));
      await server.event("handling", { id });
      client.close();
      await server.event("aborted", { id });
    },
  },
  {
    name: "Request.signal does not abort after a success",
    async run(server) {
      for (const how of ["send", "stream", "throw"]) {
        const id = server.id();
        const client = await server.connect();
        const port = client.localPort;
        await client.send(head(`GET /signal-after-success?how=${how}&id=${id}`) + head("GET /send/string"));
        await client.readResponse();
        await client.readResponse();
        client.close();
        await server.connectionEnd(port);
        assertEquals(server.eventsOf("aborted", { id }), [], how);
      }
    },
  },
  {
    name: "Request.signal does not abort after a success, even if the handler runs on and content is unread",
    async run(server) {
      const id = server.id();
      const path = `/signal-after-success?how=busy&id=${id}`;
      await vanish(server, head(`POST ${path}`, "Content-Length: 10") + "12345", "answered", id);
      assertEquals(server.eventsOf("aborted", { id }), []);
    },
  },
  {
    name: "Request.signal does not abort when the client disconnects right after the response",
    async run(server) {
      const id = server.id();
      const client = await server.connect();
      const port = client.localPort;
      await client.send(head(`GET /signal-after-success?id=${id}`, "Connection: close"));
      await client.end();
      assertEquals((await client.readResponse()).text, "done");
      client.close();
      await server.connectionEnd(port);
      assertEquals(server.eventsOf("aborted", { id }), []);
    },
  },
  {
    name: "Request.toWeb() has a signal that aborts with the client",
    async run(server) {
      const id = server.id();
      await vanish(server, head(`GET /web-signal?id=${id}`), "handling", id);
      await server.event("aborted", { id });
    },
  },
  {
    name: "Request rejects its readers when the client resets the connection",
    async run(server) {
      for (const framing of [CHUNKED, "Content-Length: 100"]) {
        const id = server.id();
        const content = framing === CHUNKED ? chunk("some") : "some";
        await vanish(server, head(`POST /body-error?id=${id}`, framing) + content, "reading", id);
        const { text, trailers } = await server.event("bodyError", { id });
        assertMatch(String(text), /^ConnectionClosedError: /);
        assertMatch(String(trailers), /^ConnectionClosedError: /);
      }
    },
  },
  {
    name:
      "Request leaves no rejection unhandled when the client disconnects before the handler awaits its read",
    async run(server) {
      await Promise.all(BEGINNING_NAMES.map(async (name) => {
        const id = server.id();
        const request = head(`POST /read-later?id=${id}&as=${encodeURIComponent(name)}`, CHUNKED);
        await vanish(server, request, "reading", id);
        const { read } = await server.event("readLater", { id });
        const isReader = !name.startsWith("a ");
        assertMatch(String(read), isReader ? /^ConnectionClosedError: / : /^ok$/, name);
      }));
    },
  },
  {
    name: "Response.upgrade() leaves no rejection unhandled when the client has disconnected",
    async run(server) {
      const id = server.id();
      const fields = ["Connection: upgrade", "Upgrade: raw"];
      await vanish(server, head(`GET /upgrade/late?id=${id}`, ...fields), "handling", id);
      const { upgrade } = await server.event("upgradedLate", { id });
      assertMatch(String(upgrade), /^ConnectionClosedError: /);
    },
  },
  {
    name: "Response.writable leaves no rejection unhandled if each write is caught",
    async run(server) {
      const id = server.id();
      await vanish(server, head(`GET /flood/writer?id=${id}`), "held back", id);
      const { ready } = await server.event("flood failed", { id });
      assertMatch(String(ready), /^ConnectionClosedError: /);
    },
  },
  {
    name: "Response.write() rejects when the client disconnects",
    async run(server) {
      for (const how of ["close", "reset"]) {
        const id = server.id();
        const request = head(`GET /flood?total=1000000000&id=${id}`);
        if (how === "close") {
          const client = await server.connect();
          await client.send(request);
          await client.readExactly(100_000);
          client.close();
        } else {
          await vanish(server, request, "held back", id);
        }
        const { error, aborted } = await server.event("flood failed", { id });
        assertEquals([error, aborted], ["ConnectionClosedError", true], how);
      }
    },
  },
  {
    name: "a client that disconnects after pipelined requests ends them all",
    async run(server) {
      const [first, second] = [server.id(), server.id()];
      const text = head(`POST /hold?id=${first}`, CHUNKED) + chunk("x") + "0\r\n\r\n" +
        head(`GET /slow?id=${second}`);
      await vanish(server, text, "handling", first);
      await server.event("aborted", { id: first });
      assertEquals(server.eventsOf("handling", { id: second }), []);
    },
  },
  {
    name: "a client that disconnects within an echo or a stream leaves nothing behind",
    async run(server) {
      const echoing = await server.connectResettable(head("POST /echo", CHUNKED) + chunk("x".repeat(5000)));
      await server.connectionStart(echoing.localPort);
      await echoing.reset();
      await server.connectionEnd(echoing.localPort);
      const streaming = await server.connect();
      const port = streaming.localPort;
      await streaming.send(head("GET /send/stream-cancelled?id=left"));
      await streaming.readExactly(10);
      streaming.close();
      await server.connectionEnd(port);
      assertEquals(server.unexpected, []);
    },
  },
];
