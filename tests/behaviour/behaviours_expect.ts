import { assertEquals, assertMatch } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { chunk, head, LAST_CHUNK } from "./raw_client.ts";

const EXPECT = "Expect: 100-continue";
const CONTINUE = "HTTP/1.1 100 Continue";

/** Behaviours of `Expect`. */
export const expectBehaviours: readonly Behaviour[] = [
  {
    name: "Expect: 100-continue is answered when the handler reads the content",
    async run(server) {
      using client = await server.connect();
      for (const path of ["/gate", "/echo", "/read?as=text"]) {
        await client.send(head(`POST ${path}`, "Content-Length: 4", "EXPECT: 100-Continue"));
        const interim = await client.readResponse();
        assertEquals([interim.statusLine, interim.fields], [CONTINUE, []], path);
        await client.send("body");
        assertEquals((await client.readResponse()).status, 200, path);
      }
    },
  },
  {
    name: "Expect: 100-continue is not answered if the handler does not read the content",
    async run(server) {
      using client = await server.connect();
      await client.send(head("POST /expect/ignore", "Content-Length: 4", EXPECT));
      const { statusLine, text, header } = await client.readResponse();
      assertEquals([statusLine, text], ["HTTP/1.1 200 OK", "ignored"]);
      assertEquals(header("connection"), "close", "whether the content still comes cannot be known");
      await client.send("body" + head("GET /send/string"));
      assertEquals(await client.readToEnd(), "");
    },
  },
  {
    name: "Expect: 100-continue is not answered if the handler cancels the content",
    async run(server) {
      for (const how of ["send", "start"]) {
        using client = await server.connect();
        await client.send(head(`POST /expect/cancel?how=${how}`, "Content-Length: 1000000", EXPECT));
        const { status, text, header } = await client.readResponse();
        assertEquals([status, text, header("connection")], [413, "too large", "close"], how);
        assertEquals(await client.readToEnd(), "", how);
      }
    },
  },
  {
    name: "Expect: 100-continue is not answered after the content begins to arrive",
    async run(server) {
      using client = await server.connect();
      const id = server.id();
      await client.send(head(`POST /gate?id=${id}`, "Content-Length: 4", EXPECT) + "bo");
      await server.event("handling", { id });
      await client.send("dy");
      const { statusLine, text } = await client.readResponse();
      assertEquals([statusLine, text], ["HTTP/1.1 200 OK", "gate body"]);
      await client.send(head("POST /gate", "Transfer-Encoding: chunked", EXPECT) + chunk("x") + LAST_CHUNK);
      assertEquals((await client.readResponse()).statusLine, "HTTP/1.1 200 OK");
    },
  },
  {
    name: "Expect: 100-continue is not answered after the response has begun",
    async run(server) {
      using client = await server.connect();
      await client.send(head("POST /chunks", "Content-Length: 4", EXPECT));
      const { statusLine, header } = await client.readHead();
      assertEquals([statusLine, header("connection")], ["HTTP/1.1 200 OK", "close"]);
      await client.send("body" + head("GET /send/string"));
      assertEquals(await client.readToEnd(), "9\r\n4 4 true;\r\n0\r\n\r\n");
    },
  },
  {
    name: "Expect: 100-continue is not answered if there is no content",
    async run(server) {
      using client = await server.connect();
      await client.send(head("POST /gate", "Content-Length: 0", EXPECT) + head("GET /gate", EXPECT));
      assertEquals((await client.readResponse()).text, "gate ");
      assertEquals((await client.readResponse()).text, "gate ");
    },
  },
  {
    name: "Expect: 100-continue of HTTP/1.0 is not answered",
    async run(server) {
      using client = await server.connect();
      await client.send(`POST /gate?id=old HTTP/1.0\r\nContent-Length: 4\r\n${EXPECT}\r\n\r\n`);
      await server.event("handling", { id: "old" });
      await client.send("body");
      const { statusLine, text } = await client.readResponse();
      assertEquals([statusLine, text], ["HTTP/1.1 200 OK", "gate body"]);
    },
  },
  {
    name: "Expect: 100-continue can be combined with other interim responses",
    async run(server) {
      using client = await server.connect();
      const id = server.id();
      await client.send(head(`POST /expect/read-late?id=${id}`, "Content-Length: 4", EXPECT));
      assertEquals((await client.readResponse()).status, 103);
      assertEquals((await client.readResponse()).statusLine, CONTINUE);
      await client.send("body");
      assertEquals((await client.readResponse()).text, "body");
    },
  },
  {
    name: "another expectation is refused with 417",
    async run(server) {
      const { status, header } = await server.ask(
        head("POST /gate", "Content-Length: 4", "Expect: a-miracle"),
      );
      assertEquals([status, header("connection")], [417, "close"]);
    },
  },
  {
    name: "Handler.checkContinue() refuses content before it is sent",
    async run(server) {
      const refused = { "/expect/refuse": 413, "/expect/refuse-later": 403 };
      for (const [path, status] of Object.entries(refused)) {
        const id = server.id();
        using client = await server.connect();
        await client.send(head(`POST ${path}?id=${id}`, "Content-Length: 1000", EXPECT));
        const response = await client.readResponse();
        assertEquals([response.status, response.text, response.header("connection")], [status, "", "close"]);
        assertEquals(await client.readToEnd(), "");
        const { method, version } = await server.event("checkContinue", { id, path });
        assertEquals([method, version], ["POST", "1.1"]);
      }
    },
  },
  {
    name: "Handler.checkContinue() lets content through",
    async run(server) {
      using client = await server.connect();
      await client.send(head("POST /expect/refuse", "Content-Length: 4", EXPECT));
      assertEquals((await client.readResponse()).statusLine, CONTINUE);
      await client.send("body");
      assertEquals((await client.readResponse()).text, "body");
    },
  },
  {
    name: "Handler.checkContinue() that throws gets a bare 500",
    async run(server) {
      const { status, text } = await server.ask(head("POST /expect/throw", "Content-Length: 4", EXPECT));
      assertEquals([status, text], [500, ""]);
      assertMatch(await server.error("checkContinue threw"), /^Error: /);
    },
  },
  {
    name: "Handler.checkContinue() is not called for other requests",
    async run(server) {
      const id = server.id();
      await server.ask(head(`POST /gate?id=${id}`, "Content-Length: 4") + "body");
      await server.ask(head(`GET /gate?id=${id}`, EXPECT));
      assertEquals(server.eventsOf("checkContinue", { id }), []);
    },
  },
];
