import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import { chunk, head, LAST_CHUNK, post } from "./raw_client.ts";

const CUT = /^Connection ended|reset/i;

/** Behaviours of `Response<Streaming>`. */
export const streamingBehaviours: readonly Behaviour[] = [
  {
    name: "Response.start() sends the head at once, and write() each piece",
    async run(server) {
      using client = await server.connect();
      await client.send(head("POST /start", "Transfer-Encoding: chunked"));
      const { statusLine, header } = await client.readHead();
      assertEquals(statusLine, "HTTP/1.1 201 Created");
      assertEquals([header("x-kind"), header("transfer-encoding")], ["streaming", "chunked"]);
      for (let i = 0; i < 3; i++) {
        await client.send(chunk("go on"));
        assertEquals(await client.readText(12), "7\r\nwritten\r\n");
      }
      await client.send(LAST_CHUNK);
      assertEquals(await client.readText(14), "4\r\n 201\r\n0\r\n\r\n", "ended when the handler settled");
    },
  },
  {
    name: "Response.write() sends text and bytes, and an empty piece does not end the response",
    async run(server) {
      const { chunks } = await server.ask(head("GET /write"));
      assertEquals(chunks.join(""), "text übytes");
      const { body } = await server.ask(head("GET /write/binary"));
      assertEquals([...body], Array.from({ length: 256 }, (_, i) => i));
    },
  },
  {
    name: "Response.write() rejects chunks that are neither text nor bytes",
    async run(server) {
      const id = server.id();
      assertEquals((await server.ask(head(`GET /write/wrong-type?id=${id}`))).text, "before;after");
      assertMatch(String((await server.event("outcome", { id })).write), /^TypeError: Cannot write/);
    },
  },
  {
    name: "Response.write() under a content-length sends it unchunked",
    async run(server) {
      const id = server.id();
      const { header, text } = await server.ask(head(`GET /write/length?pieces=1234,567890&id=${id}`));
      assertEquals([header("content-length"), header("transfer-encoding")], ["10", null]);
      assertEquals(text, "1234567890");
    },
  },
  {
    name: "Response.write() rejects more than the content-length, and sends nothing of it",
    async run(server) {
      const id = server.id();
      using client = await server.connect();
      await client.send(
        head(`GET /write/length?pieces=12345,678901,67890,x&id=${id}`) + head("GET /send/string"),
      );
      assertEquals((await client.readResponse()).text, "1234567890");
      assertEquals((await client.readResponse()).text, "Hello, World!");
      const outcomes = [1, 2, 3, 4].map(async (count) =>
        (await server.event("outcome", { id }, count)).write
      );
      const [first, second, third, fourth] = await Promise.all(outcomes);
      assertEquals([first, third], ["ok", "ok"]);
      assertEquals(second, "ResponseError: Cannot write 6 bytes to the response: content-length leaves 5");
      assertEquals(fourth, "ResponseError: Cannot write 1 bytes to the response: content-length leaves 0");
    },
  },
  {
    name: "a response that is shorter than its content-length is cut, never padded",
    async run(server) {
      const told = "Cannot end the response: content-length leaves 5 bytes to write";
      for (const path of ["/settle/short", "/end/short"]) {
        using client = await server.connect();
        await client.send(head(`GET ${path}?id=short`) + head("GET /send/string"));
        assertEquals((await client.readHead()).header("content-length"), "10");
        assertEquals(await client.readText(5), "12345");
        await assertRejects(() => client.readExactly(1), Error, undefined, path);
      }
      assertEquals(await server.error(told), `ResponseError: ${told}`, "/settle/short");
      const { end } = await server.event("outcome", { id: "short" });
      assertEquals(end, `ResponseError: ${told}`, "/end/short");
    },
  },
  {
    name: "Response.end() ends the response once",
    async run(server) {
      const id = server.id();
      assertEquals((await server.ask(head(`GET /end?id=${id}`))).text, "content");
      const { end, write } = await server.event("outcome", { id });
      assertEquals(end, "ResponseError: Cannot end the response: it has been ended");
      assertEquals(write, "ResponseError: Cannot write to the response: it has been ended");
      assertEquals(await server.error("Cannot write to the response: it has been ended"), write);
    },
  },
  {
    name: "Response.end() sends trailers to a client that accepts them",
    async run(server) {
      const { text, trailers } = await server.ask(
        head("GET /trailers", "TE: gzip;q=0.5, trailers", "Connection: TE"),
      );
      assertEquals(text, "content");
      assertEquals(trailers.map(([name, value]) => [name.toLowerCase(), value]), [["x-sum", "42"], [
        "x-more",
        "ü",
      ]]);
    },
  },
  {
    name: "Response.end() drops trailers for other clients",
    async run(server) {
      assertEquals((await server.ask(head("GET /trailers"))).trailers, []);
      assertEquals((await server.ask(head("GET /trailers", "TE: gzip"))).trailers, []);
      assertEquals((await server.ask("GET /trailers HTTP/1.0\r\nTE: trailers\r\n\r\n")).text, "content");
    },
  },
  {
    name: "Response.end() throws for a trailer that frames the message, and the response stays open",
    async run(server) {
      const id = server.id();
      const { text, trailers } = await server.ask(head(`GET /trailers/forbidden?id=${id}`, "TE: trailers"));
      assertEquals([text, trailers], ["still open", []]);
      const { end } = await server.event("outcome", { id });
      assertStringIncludes(String(end), 'ResponseError: Cannot send trailer "content-length"');
    },
  },
  {
    name: "Response<Streaming> is ended by await using",
    async run(server) {
      const { text } = await server.ask(head("GET /dispose"));
      assertEquals(text, "disposed");
    },
  },
  {
    name: "Response.writable is the response as a stream",
    async run(server) {
      assertEquals((await server.ask(head("GET /writable"))).chunks.join(""), "onetwo");
      assertEquals((await server.ask(post("/echo", "piped ü"))).text, "piped ü");
      assertEquals((await server.ask(head("GET /echo"))).text, "");
    },
  },
  {
    name: "Response.writable cuts the response when it is aborted",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /writable/abort"));
      const error = await assertRejects(() => client.readResponse(), Error);
      assertMatch(error.message, CUT);
    },
  },
  {
    name: "a streaming response to HTTP/1.0 ends with the connection",
    async run(server) {
      for (const fields of ["", "Connection: keep-alive\r\n"]) {
        const { header, text } = await server.ask(`GET /write HTTP/1.0\r\n${fields}\r\n`);
        assertEquals([header("transfer-encoding"), header("content-length")], [null, null]);
        assertEquals([header("connection"), text], ["close", "text übytes"]);
      }
    },
  },
];
