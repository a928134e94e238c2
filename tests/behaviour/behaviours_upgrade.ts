import { assertEquals, assertMatch } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { head, inBackground } from "./raw_client.ts";

const OFFER = ["Connection: Upgrade", "Upgrade: first/1, second"] as const;

/** Behaviours of upgraded connections. */
export const upgradeBehaviours: readonly Behaviour[] = [
  {
    name: "Response.upgrade() sends 101 and returns the connection, early bytes first",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /upgrade", ...OFFER) + "early;");
      const { statusLine, fields, header } = await client.readHead();
      assertEquals(statusLine, "HTTP/1.1 101 Switching Protocols");
      assertEquals([header("connection"), header("upgrade"), header("x-kind")], [
        "upgrade",
        "first/1",
        "raw",
      ]);
      assertEquals(fields.length, 3, "neither date nor framing");
      assertEquals(await client.readText(6), "early;");
      for (const text of ["GET / HTTP/1.1\r\n\r\n", "\0\xff"]) {
        await client.send(text);
        assertEquals(await client.readText(new TextEncoder().encode(text).length), text);
      }
      await client.end();
      assertEquals(await client.readToEnd(), "");
      await server.connectionEnd(client.localPort);
    },
  },
  {
    name: "Response.upgrade() carries 8 MiB both ways",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /upgrade", ...OFFER));
      await client.readHead();
      const bytes = crypto.getRandomValues(new Uint8Array(65536));
      const sending = inBackground((async () => {
        for (let i = 0; i < 128; i++) await client.send(bytes);
        await client.end();
      })());
      for (let i = 0; i < 128; i++) assertEquals(await client.readExactly(bytes.length), bytes);
      assertEquals(await client.readToEnd(), "");
      await sending;
    },
  },
  {
    name: "Response.upgrade() uses the protocol that the handler set",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /upgrade/protocol", ...OFFER));
      assertEquals((await client.readHead()).header("upgrade"), "second");
      assertEquals(await client.readToEnd(), "", "the handler closed its half");
    },
  },
  {
    name: "Response.upgrade() allows each half to be closed separately",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /upgrade/server-first", ...OFFER));
      await client.readHead();
      assertEquals(await client.readText(8), "welcome;");
      await client.send("1234567");
      await client.end();
      assertEquals(await client.readToEnd(), "you sent 7");
    },
  },
  {
    name: "Response.upgrade() rejects if the request offers none",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /upgrade/error") + head("GET /upgrade/error", "Upgrade: unnamed"));
      for (let i = 0; i < 2; i++) {
        assertMatch((await client.readResponse()).text, /^ResponseError: Cannot upgrade: /);
      }
    },
  },
  {
    name: "Response.upgrade() rejects if the handler has not read the content, arrived or not",
    async run(server) {
      const fields = [...OFFER, "Transfer-Encoding: chunked"];
      for (const how of ["", "cancel", "trailers"]) {
        for (const wait of ["", "&wait=yes"]) {
          using client = await server.connect();
          await client.send(
            head(`POST /upgrade/unread?how=${how}${wait}`, ...fields) + "1\r\na\r\n0\r\n\r\n",
          );
          assertEquals(
            (await client.readResponse()).text,
            "ResponseError: Cannot upgrade: the content of the request has not been read to its end",
            how + wait,
          );
        }
      }
      for (const how of ["read", "stream", "stream&wait=yes"]) {
        for (const content of ["1\r\na\r\n0\r\n\r\n", "0\r\n\r\n"]) {
          using client = await server.connect();
          await client.send(head(`POST /upgrade/unread?how=${how}`, ...fields) + content + "early;");
          assertEquals((await client.readHead()).statusLine, "HTTP/1.1 101 Switching Protocols", how);
          assertEquals(await client.readText(6), "early;");
        }
      }
    },
  },
  {
    name: "Response.upgrade() sends what a handler has written before it fails",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /upgrade/fail", ...OFFER));
      assertEquals((await client.readHead()).statusLine, "HTTP/1.1 101 Switching Protocols");
      assertEquals(await client.readText(8), "written;");
      assertEquals(await client.drain(), 0);
    },
  },
  {
    name: "a declined upgrade gets a response, and the following bytes are the next request",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /upgrade/decline", ...OFFER) + head("GET /send/string"));
      assertEquals((await client.readResponse()).text, "declined");
      assertEquals((await client.readResponse()).text, "Hello, World!");
    },
  },
  {
    name: "Response.upgrade() notifies the handler when the client resets the connection",
    async run(server) {
      const id = server.id();
      const client = await server.connectResettable(head(`GET /upgrade?id=${id}`, ...OFFER));
      await server.event("upgraded", { id });
      await client.reset();
      assertMatch(String((await server.event("echoed", { id })).pipe), /^ConnectionClosedError: /);
      await server.connectionEnd(client.localPort);
    },
  },
  {
    name: "Response.upgrade() answers CONNECT with 200 and a tunnel, early bytes first",
    async run(server) {
      using client = await server.connect();
      await client.send("CONNECT tunnel.test:443 HTTP/1.1\r\nHost: tunnel.test:443\r\n\r\nearly;");
      const { statusLine, header } = await client.readHead();
      assertEquals(statusLine, "HTTP/1.1 200 OK");
      assertEquals([header("content-length"), header("transfer-encoding"), header("upgrade")], [
        null,
        null,
        null,
      ]);
      assertEquals(await client.readText(6), "early;");
      await client.send("through the tunnel");
      assertEquals(await client.readText(18), "through the tunnel");
      await client.end();
      assertEquals(await client.readToEnd(), "");
    },
  },
  {
    name: "CONNECT gets 501 from a handler that sends an ordinary response",
    async run(server) {
      for (const host of ["careless.test:443", "untouched.test:443"]) {
        using client = await server.connect();
        await client.send(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n` + head("GET /send/string"));
        const { status, header } = await client.readResponse();
        assertEquals([status, header("connection")], [501, "close"], host);
        assertEquals(await client.readToEnd(), "");
      }
    },
  },
  {
    name: "CONNECT cannot be answered with a streaming success",
    async run(server) {
      using client = await server.connect();
      await client.send("CONNECT streaming.test:443 HTTP/1.1\r\nHost: streaming.test:443\r\n\r\n");
      assertEquals((await client.readResponse()).status, 403);
      const { start } = await server.event("connect outcome", {});
      assertMatch(String(start), /^ResponseError: Cannot start the response: /);
    },
  },
];
