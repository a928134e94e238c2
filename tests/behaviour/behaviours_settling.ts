import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import { head, post, type RawResponse } from "./raw_client.ts";

/**
 * Checks that the response of a failed handler is a bare 500 without its message, and that the connection
 * stays open.
 */
async function assertBare500(server: BehaviourServer, path: string): Promise<void> {
  using client = await server.connect();
  await client.send(head(`GET ${path}`) + head("GET /send/string"));
  const response = await client.readResponse();
  assertEquals(response.statusLine, "HTTP/1.1 500 Internal Server Error");
  assertEquals(response.fields.map(([name]) => name).sort(), ["content-length", "date"]);
  assertEquals(response.text, "");
  assertEquals((await client.readResponse()).text, "Hello, World!");
}

function own(response: RawResponse): string[] {
  return response.fields.map(([name]) => name).filter((name) => name !== "date");
}

/** Behaviours of a response when its handler settles: hyper's `Drop`. */
export const settlingBehaviours: readonly Behaviour[] = [
  {
    name: "an untouched response is sent as an empty 200",
    async run(server) {
      for (const path of ["/settle/untouched", "/settle/untouched-later"]) {
        const response = await server.ask(head(`GET ${path}`));
        assertEquals([response.status, response.text], [200, ""]);
        assertEquals(own(response), ["content-length"]);
      }
    },
  },
  {
    name: "a response with status and headers alone is sent with them",
    async run(server) {
      const { status, header } = await server.ask(head("GET /settle/headers"));
      assertEquals([status, header("x-kept"), header("content-length")], [404, "yes", "0"]);
      assertEquals((await server.ask(head("GET /status/untouched?code=405"))).status, 405);
    },
  },
  {
    name: "a streaming response is ended when the handler settles",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /settle/streaming") + head("GET /send/string"));
      assertEquals((await client.readResponse()).text, "not ended by the handler");
      assertEquals((await client.readResponse()).text, "Hello, World!");
    },
  },
  {
    name: "a handler that throws or rejects gets a bare 500, and onError the error, once",
    async run(server) {
      for (const path of ["/settle/throw", "/settle/reject"]) {
        const id = server.id();
        await assertBare500(server, `${path}?id=${id}`);
        assertEquals(await server.error(`secret ${id}`), `Error: secret ${id}`);
        assertEquals(server.eventsOf("error", { error: `Error: secret ${id}` }).length, 1);
      }
    },
  },
  {
    name: "a handler that rejects with undefined gets a bare 500, and onError is called",
    async run(server) {
      const before = server.eventsOf("error", { error: "undefined" }).length;
      await assertBare500(server, "/settle/reject-with-nothing");
      await server.event("error", { error: "undefined" }, before + 1);
    },
  },
  {
    name: "a handler that throws after its response has been sent does not change the response",
    async run(server) {
      const id = server.id();
      using client = await server.connect();
      await client.send(head(`GET /settle/throw-after-send?id=${id}`) + head("GET /send/string"));
      assertEquals((await client.readResponse()).text, "sent");
      assertEquals((await client.readResponse()).text, "Hello, World!");
      await server.error(`secret ${id}`);
    },
  },
  {
    name: "a handler that throws while it streams cuts its response",
    async run(server) {
      const id = server.id();
      using client = await server.connect();
      await client.send(head(`GET /settle/throw-while-streaming?id=${id}`) + head("GET /send/string"));
      assertEquals((await client.readHead()).status, 200);
      assertEquals(await client.readText(15), "a\r\nsome of it\r\n");
      await assertRejects(() => client.readExactly(1), Error);
      await server.error(`secret ${id}`);
    },
  },
  {
    name: "a write after the handler has settled fails with an error that names the mistake",
    async run(server) {
      const id = server.id();
      using client = await server.connect();
      await client.send(head(`GET /settle/write-late?id=${id}`));
      assertEquals((await client.readResponse()).text, "in time");
      const write = String((await server.event("outcome", { id })).write);
      assertMatch(
        write,
        /^ResponseError: Cannot write to the response: the handler has settled.*not awaited/,
      );
      assertEquals(await server.error("the handler has settled"), write);
      await client.send(head("GET /send/string"));
      assertEquals((await client.readResponse()).text, "Hello, World!", "nothing of it was sent");
    },
  },
  {
    name: "a send after the handler has settled is refused",
    async run(server) {
      const id = server.id();
      assertEquals((await server.ask(head(`GET /settle/send-late?id=${id}`))).text, "");
      const { send, start } = await server.event("outcome", { id });
      assertMatch(String(send), /^ResponseError: Cannot send the response: /);
      assertMatch(String(start), /^ResponseError: Cannot start the response: /);
    },
  },
  {
    name: "a handler that sets a content-length and writes nothing gets a bare 500",
    async run(server) {
      await assertBare500(server, "/settle/short-with-nothing");
      assertMatch(await server.error("content-length is 10 but the body has 0 bytes"), /^ResponseError: /);
    },
  },
  {
    name: "unread content is dropped, and the connection stays open",
    async run(server) {
      using client = await server.connect();
      await client.send(post("/settle/unread", "GET /send/bytes HTTP/1.1\r\nHost: a\r\n\r\n"));
      assertEquals((await client.readResponse()).text, "unread");
      await client.send(
        head("POST /settle/unread", "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n",
      );
      assertEquals((await client.readResponse()).text, "unread");
      await client.send(post("/settle/throw?id=unread", "x".repeat(100_000)) + head("GET /send/string"));
      assertEquals((await client.readResponse()).status, 500);
      assertEquals((await client.readResponse()).text, "Hello, World!");
    },
  },
  {
    name: "too much unread content closes the connection after the response",
    async run(server) {
      using client = await server.connect();
      const size = 8 * 1024 * 1024;
      await client.send(head("POST /settle/unread", `Content-Length: ${size}`));
      const response = client.readResponse();
      await client.send(new Uint8Array(size));
      const { header, text } = await response;
      assertEquals([header("connection"), text], ["close", "unread"]);
      assertEquals(await client.readToEnd(), "");
    },
  },
];
