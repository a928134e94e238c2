import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import { head } from "./raw_client.ts";

/** Returns the outcome that the handler of `path` reported. */
async function outcomeOf(server: BehaviourServer, path: string): Promise<Record<string, unknown>> {
  const id = server.id();
  using client = await server.connect();
  await client.send(head(`GET ${path}${path.includes("?") ? "&" : "?"}id=${id}`));
  return await server.event("outcome", { id });
}

/** Checks that the connection serves another request after `request`, so that no bytes are left over. */
async function goesOn(server: BehaviourServer, request: string): Promise<void> {
  using client = await server.connect();
  await client.send(request);
  await client.readResponse(request.slice(0, request.indexOf(" ")));
  await client.send(head("GET /send/string"));
  assertEquals((await client.readResponse()).text, "Hello, World!");
}

/** Behaviours of `Response<Fresh>`. */
export const responseBehaviours: readonly Behaviour[] = [
  {
    name: "Response.send() sends nothing with a length of 0",
    async run(server) {
      for (const path of ["/send/nothing", "/send/empty"]) {
        const response = await server.ask(head(`GET ${path}`));
        assertEquals(response.statusLine, "HTTP/1.1 200 OK");
        assertEquals(response.header("content-length"), "0");
      }
    },
  },
  {
    name: "Response.send() sends text with its length and a current date, and nothing else",
    async run(server) {
      const response = await server.ask(head("GET /send/string"));
      assertEquals(response.text, "Hello, World!");
      assertEquals(response.fields.map(([name]) => name.toLowerCase()).sort(), ["content-length", "date"]);
      const date = response.header("date")!;
      assertEquals(new Date(date).toUTCString(), date);
      assert(Math.abs(Date.parse(date) - Date.now()) < 10_000, date);
    },
  },
  {
    name: "Response.send() sends text that is not ASCII as UTF-8, its length in bytes",
    async run(server) {
      const response = await server.ask(head("GET /send/unicode"));
      assertEquals(response.text, "Grüße, 世界 🌍");
      assertEquals(response.header("content-length"), String(new TextEncoder().encode(response.text).length));
    },
  },
  {
    name: "Response.send() sends bytes unchanged",
    async run(server) {
      const { body } = await server.ask(head("GET /send/bytes"));
      assertEquals([...body], Array.from({ length: 256 }, (_, i) => i));
    },
  },
  {
    name: "Response.send() sends a Blob with its length",
    async run(server) {
      const response = await server.ask(head("GET /send/blob"));
      assertEquals([response.text, response.header("content-length")], ["Grüße, !", "10"]);
      assertEquals(response.header("transfer-encoding"), null);
    },
  },
  {
    name: "Response.send() sends a stream in chunks",
    async run(server) {
      for (const path of ["/send/stream", "/send/stream-unawaited"]) {
        const { chunks, header } = await server.ask(head(`GET ${path}`));
        assertEquals(header("transfer-encoding"), "chunked");
        assertEquals(chunks, path === "/send/stream" ? ["one", "two", "three"] : ["one", "two"]);
        await goesOn(server, head(`GET ${path}`));
      }
    },
  },
  {
    name: "Response.send() sends a stream under the content-length that was set",
    async run(server) {
      const response = await server.ask(head("GET /send/stream-with-length"));
      assertEquals(response.fields.map(([name]) => name).sort(), ["content-length", "date"]);
      assertEquals(response.text, "onetwo");
    },
  },
  {
    name: "Response.send() of a stream that fails is cut and reported to onError",
    async run(server) {
      const error = "Error: the stream failed";
      using client = await server.connect();
      const before = server.eventsOf("error", { error }).length;
      await client.send(head("GET /send/stream-cut"));
      await assertRejects(() => client.readResponse());
      await server.connectionEnd(client.localPort);
      await server.event("error", { error }, before + 1);
      assertEquals(server.eventsOf("error", { error }).length, before + 1, "told once");
    },
  },
  {
    name: "Response.send() cancels the stream when the client disconnects",
    async run(server) {
      const id = server.id();
      using client = await server.connect();
      await client.send(head(`GET /send/stream-cancelled?id=${id}`));
      await client.readExactly(1000);
      client.close();
      const { pulled } = await server.event("cancelled", { id });
      assert(Number(pulled) < 1000, `${pulled} pieces of 64 KiB for a client that took 1000 bytes`);
    },
  },
  {
    name: "Response.send() keeps a correct content-length and throws for a wrong one",
    async run(server) {
      const right = await server.ask(head("GET /send/with-length"));
      assertEquals([right.header("content-length"), right.text], ["5", "12345"]);
      for (const length of ["4", "6", "-1", "1e1", "5,5"]) {
        const { send } = await outcomeOf(server, `/send/wrong-length?length=${length}`);
        assertMatch(String(send), /^ResponseError: .*content-length/, length);
      }
    },
  },
  {
    name: "Response.send() throws for an invalid body, and leaves the response fresh",
    async run(server) {
      const id = server.id();
      assertEquals((await server.ask(head(`GET /send/wrong-type?id=${id}`))).text, "still fresh");
      assertMatch(
        String((await server.event("outcome", { id })).send),
        /^TypeError: Cannot send the response: /,
      );
    },
  },
  {
    name: "Response can be sent once",
    async run(server) {
      const id = server.id();
      using client = await server.connect();
      await client.send(head(`GET /send/twice?id=${id}`) + head("GET /send/string"));
      assertEquals((await client.readResponse()).text, "first");
      assertEquals((await client.readResponse()).text, "Hello, World!", "nothing of the rest was sent");
      const { send, start, status, informational, upgrade } = await server.event("outcome", { id });
      assertEquals(send, "ResponseError: Cannot send the response: it has been sent");
      assertEquals(start, "ResponseError: Cannot start the response: it has been sent");
      assertMatch(String(status), /^ResponseError: .* it has been sent$/);
      assertMatch(String(informational), /^ResponseError: .* it has been sent$/);
      assertMatch(String(upgrade), /^ResponseError: .* it has been sent$/);
    },
  },
  {
    name: "Response.status is 200 until it is set, and sent with its reason phrase",
    async run(server) {
      const lines = { 200: "200 OK", 404: "404 Not Found", 299: "299 ", 503: "503 Service Unavailable" };
      for (const [code, line] of Object.entries(lines)) {
        const response = await server.ask(head(`GET /status?code=${code}`));
        assertEquals([response.statusLine, response.text], [`HTTP/1.1 ${line}`, `status ${code}`]);
      }
      assertEquals((await outcomeOf(server, "/status?code=404")).before, 200);
    },
  },
  {
    name: "Response.status throws for an invalid final status, and does not change",
    async run(server) {
      for (const code of ["100", "199", "600", "200.5", "x"]) {
        const id = server.id();
        assertEquals((await server.ask(head(`GET /status?code=${code}&id=${id}`))).status, 200);
        const { set, after } = await server.event("outcome", { id }, 2);
        assertMatch(String(set), /^RangeError: Cannot set status/);
        assertEquals(after, 200);
      }
    },
  },
  {
    name: "Response.headers are sent in order, each set-cookie on a line of its own",
    async run(server) {
      const { fields } = await server.ask(head("GET /headers"));
      const own = fields.map(([name, value]) => [name.toLowerCase(), value]).filter(([name]) => {
        return name !== "date" && name !== "content-length";
      });
      assertEquals(own.filter(([name]) => name === "set-cookie").map(([, value]) => value), ["a=1", "b=2"]);
      assertEquals(own.filter(([name]) => name === "x-order").map(([, value]) => value).join(", "), "1, 2");
      assert(own.some(([name, value]) => name === "__proto__" && value === "a header like any other"));
    },
  },
  {
    name: "Response.headers are sent as Latin-1, the content as UTF-8",
    async run(server) {
      const { header, text } = await server.ask(head("GET /headers/latin1"));
      assertEquals([header("x-name"), text], ["Jürgen", "ü"]);
    },
  },
  {
    name: "Response.headers keep a date that was set, once",
    async run(server) {
      const { header } = await server.ask(head("GET /headers/date"));
      assertEquals(header("date"), "Tue, 15 Nov 1994 08:12:31 GMT");
    },
  },
  {
    name: "Response.headers throw for text that could split the message, and nothing of it is sent",
    async run(server) {
      const id = server.id();
      const { fields, text } = await server.ask(head(`GET /headers/splitting?id=${id}`));
      assertEquals(text, "unharmed");
      assertEquals(fields.map(([name]) => name).sort(), ["content-length", "date"]);
      const { outcomes } = await server.event("outcome", { id });
      assertEquals(outcomes, Array(5).fill("TypeError"));
    },
  },
  {
    name: "a response to HEAD has the length of the content and no content",
    async run(server) {
      const lengths = {
        "/send/string": "13",
        "/send/bytes": "256",
        "/send/blob": "10",
        "/send/nothing": null,
      };
      for (const [path, length] of Object.entries(lengths)) {
        assertEquals((await server.ask(head(`HEAD ${path}`))).header("content-length"), length, path);
        await goesOn(server, head(`HEAD ${path}`));
      }
      for (const path of ["/send/stream", "/write", "/settle/streaming"]) {
        assertEquals((await server.ask(head(`HEAD ${path}`))).header("transfer-encoding"), "chunked", path);
        await goesOn(server, head(`HEAD ${path}`));
      }
      const declared = await server.ask(head("HEAD /send/stream-with-length"));
      assertEquals(declared.header("content-length"), "6");
    },
  },
  {
    name: "responses of 204 and 304 have no content, whatever the handler writes",
    async run(server) {
      for (const code of [204, 304]) {
        for (const path of ["/status", "/status/untouched", "/status/stream", "/status/start"]) {
          const request = head(`GET ${path}?code=${code}`);
          const { status, header } = await server.ask(request);
          assertEquals([status, header("transfer-encoding")], [code, null], path);
          assertEquals(header("content-length"), null, `${path} ${code}`);
          await goesOn(server, request);
        }
      }
    },
  },
  {
    name: "a response of 205 announces that it has no content",
    async run(server) {
      for (const path of ["/status", "/status/stream", "/status/start"]) {
        const { header, text } = await server.ask(head(`GET ${path}?code=205`));
        assertEquals([header("content-length"), text], ["0", ""], path);
        await goesOn(server, head(`GET ${path}?code=205`));
      }
    },
  },
  {
    name: "Response<Fresh> and Response<Streaming> lack each other's members",
    async run(server) {
      const { fresh, streaming, statusCanBeSet } = await outcomeOf(server, "/members");
      assertEquals([fresh, streaming, statusCanBeSet], [[], [], false]);
    },
  },
  {
    name: "Response.sendInformational() sends interim responses before the final one",
    async run(server) {
      using client = await server.connect();
      await client.send(head("GET /informational"));
      const hints = await client.readResponse();
      assertEquals(hints.statusLine, "HTTP/1.1 103 Early Hints");
      assertEquals(hints.fields, [["link", "</style.css>; rel=preload"]]);
      assertEquals((await client.readResponse()).statusLine, "HTTP/1.1 102 Processing");
      const more = await client.readResponse();
      assertEquals(
        more.fields.map(([name, value]) => `${name.toLowerCase()} ${value}`).join(),
        "link </a.js>,link </b.js>",
      );
      assertEquals((await client.readResponse()).text, "final");
    },
  },
  {
    name: "Response.sendInformational() sends a client of HTTP/1.0 nothing",
    async run(server) {
      using client = await server.connect();
      await client.send("GET /informational HTTP/1.0\r\n\r\n");
      assertEquals((await client.readResponse()).text, "final");
    },
  },
  {
    name: "Response.sendInformational() throws for other statuses",
    async run(server) {
      const { switching, final, framed } = await outcomeOf(server, "/informational/errors");
      assertMatch(String(switching), /^RangeError: /);
      assertMatch(String(final), /^RangeError: /);
      assertStringIncludes(String(framed), "ResponseError: Cannot send an informational response");
    },
  },
];
