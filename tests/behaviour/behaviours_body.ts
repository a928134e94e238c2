import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Behaviour } from "./behaviour.ts";
import type { BehaviourServer } from "./behaviour_server.ts";
import { chunk, head, LAST_CHUNK, post } from "./raw_client.ts";

const CHUNKED = "Transfer-Encoding: chunked";

async function readAs(server: BehaviourServer, kind: string, body: string, type?: string): Promise<unknown> {
  const fields = type === undefined ? [] : [`Content-Type: ${type}`];
  return JSON.parse((await server.ask(post(`/read?as=${kind}`, body, ...fields))).text);
}

/** A gap: Bun's `Blob` adds the charset to the type of a text. */
function blobType(server: BehaviourServer, type: string): string {
  return server.runtime.name === "bun" ? `${type};charset=utf-8` : type;
}

/** Behaviours of reading the content of a request. */
export const bodyBehaviours: readonly Behaviour[] = [
  {
    name: "Request.body delivers each piece of the content on arrival, in a buffer that may be transferred",
    async run(server) {
      using client = await server.connect();
      await client.send(head("POST /chunks", CHUNKED));
      assertEquals((await client.readHead()).status, 200);
      const answered = async (size: number) => {
        const answer = `${size} ${size} true;`;
        assertEquals(await client.readLine(), answer.length.toString(16));
        assertEquals(await client.readLine(), answer);
      };
      for (const size of [1, 10, 1000]) {
        await client.send(chunk("x".repeat(size)));
        await answered(size);
      }
      // The buffer of the read may also contain the next request.
      await client.send(chunk("x".repeat(100)) + LAST_CHUNK + head("GET /send/string"));
      await answered(100);
      assertEquals(await client.readLine(), "0");
      assertEquals(await client.readLine(), "");
      assertEquals((await client.readResponse()).text, "Hello, World!");
    },
  },
  {
    name: "Request.body is an empty stream if there is no content",
    async run(server) {
      assertEquals((await server.ask(head("GET /chunks"))).text, "");
      assertEquals((await server.ask(post("/chunks", ""))).text, "");
      assertEquals((await server.ask(head("POST /chunks", CHUNKED) + LAST_CHUNK)).text, "");
    },
  },
  {
    name: "Request.body is one stream, and the other readers refuse a stream that is being read",
    async run(server) {
      const { sameStream, locked } = JSON.parse((await server.ask(post("/read-locked", "content"))).text);
      assertEquals(sameStream, true);
      assertStringIncludes(locked, "TypeError: Cannot read the body");
    },
  },
  {
    name: "Request.body is locked by a reader of the whole content, which gets all of it",
    async run(server) {
      using client = await server.connect();
      await client.send(head("POST /read-behind-stream", "Content-Length: 10") + "01234");
      await client.send("56789");
      const { locked, same, reader, text } = JSON.parse((await client.readResponse()).text);
      assertEquals([locked, same, text], [true, true, "0123456789"]);
      assertMatch(reader, /^TypeError: /);
    },
  },
  {
    name: "Request.body can be cancelled, and the connection goes on",
    async run(server) {
      using client = await server.connect();
      await client.send(head("POST /cancel", "Content-Length: 10") + "12345");
      assertEquals((await client.readResponse()).text, "cancelled");
      await client.send("67890" + head("GET /inspect"));
      assertEquals((await client.readResponse()).status, 200);
    },
  },
  {
    name: "Request.bytes() returns the content in a separate buffer of its exact length",
    async run(server) {
      using client = await server.connect();
      for (
        const [framing, content, end] of [[CHUNKED, chunk("x".repeat(3000)), LAST_CHUNK], [
          "Content-Length: 3001",
          "x".repeat(3000),
          "x",
        ]] as const
      ) {
        await client.send(head("POST /read?as=bytes", framing));
        await client.send(content);
        await client.send(end);
        assertEquals(JSON.parse((await client.readResponse()).text).ownBuffer, true, framing);
      }
      const request = head("POST /read?as=bytes", CHUNKED) + chunk("a\0") + chunk("ÿ") + LAST_CHUNK;
      assertEquals(JSON.parse((await server.ask(request)).text), {
        bytes: [97, 0, 195, 191],
        ownBuffer: true,
      });
      assertEquals(await readAs(server, "bytes", "abc"), { bytes: [97, 98, 99], ownBuffer: true });
      assertEquals(JSON.parse((await server.ask(head("GET /read?as=bytes"))).text), {
        bytes: [],
        ownBuffer: true,
      });
    },
  },
  {
    name: "Request.text() decodes UTF-8 and drops a byte order mark",
    async run(server) {
      assertEquals(await readAs(server, "text", "\ufeffGrüße, 世界 🌍"), "Grüße, 世界 🌍");
      using client = await server.connect();
      const bytes = new TextEncoder().encode(post("/read?as=text", "a?b"));
      bytes[bytes.length - 2] = 0xff;
      await client.send(bytes);
      assertEquals(JSON.parse((await client.readResponse()).text), "a\ufffdb");
    },
  },
  {
    name: "Request.json() parses the content and rejects content that is not JSON",
    async run(server) {
      assertEquals(await readAs(server, "json", '{"a":[1,"ü",null]}'), { a: [1, "ü", null] });
      assertMatch((await server.ask(post("/read-error?as=json", "{"))).text, /^SyntaxError: /);
    },
  },
  {
    name: "Request.blob() has the type of the request",
    async run(server) {
      const blob = await readAs(server, "blob", "<p>ü</p>", "text/html");
      assertEquals(blob, { type: blobType(server, "text/html"), size: 9, text: "<p>ü</p>" });
      assertEquals(await readAs(server, "blob", "x"), { type: "", size: 1, text: "x" });
    },
  },
  {
    name: "Request.formData() reads a urlencoded form",
    async run(server) {
      const type = "application/x-www-form-urlencoded";
      const form = await readAs(server, "formData", "a=1&b=%C3%BC+x&a=2", type);
      assertEquals(form, [["a", "1"], ["b", "ü x"], ["a", "2"]]);
    },
  },
  {
    name: "Request.formData() reads a multipart form with a file",
    async run(server) {
      const body = [
        "--limit",
        'Content-Disposition: form-data; name="field"',
        "",
        "välue",
        "--limit",
        'Content-Disposition: form-data; name="file"; filename="a.txt"',
        "Content-Type: text/plain",
        "",
        "line 1\r\nline 2",
        "--limit--",
        "",
      ].join("\r\n");
      const form = await readAs(server, "formData", body, "multipart/form-data; boundary=limit");
      assertEquals(form, [
        ["field", "välue"],
        ["file", { name: "a.txt", type: blobType(server, "text/plain"), text: "line 1\r\nline 2" }],
      ]);
    },
  },
  {
    name: "Request.formData() rejects content that is not a form",
    async run(server) {
      assertMatch((await server.ask(post("/read-error?as=formData", "a=1"))).text, /^TypeError: /);
      const json = post("/read-error?as=formData", "{}", "Content-Type: application/json");
      assertMatch((await server.ask(json)).text, /^TypeError: /);
    },
  },
  {
    name: "the content can be read once",
    async run(server) {
      const { first, again, streamIsAtItsEnd } = JSON.parse(
        (await server.ask(post("/read-twice", "once"))).text,
      );
      assertEquals([first, streamIsAtItsEnd], ["once", true]);
      for (const error of again) assertStringIncludes(error, "TypeError: Cannot read the body");
    },
  },
  {
    name: "Request.trailers has the trailers, separate from the headers",
    async run(server) {
      const request = head("POST /trailers-only", CHUNKED, "Trailer: X-Sum") + chunk("content") +
        "0\r\nX-Sum: 42\r\nContent-Length: 3\r\nHost: evil.test\r\nx-more:  b \r\n\r\n";
      const { get, raw, headers } = JSON.parse((await server.ask(request)).text);
      assertEquals(get, "42");
      assertEquals(raw, [["X-Sum", "42"], ["x-more", "b"]], "fields that frame and route are dropped");
      const names = headers.map(([name]: [string]) => name);
      assert(!names.includes("x-sum") && !names.includes("x-more"), names.join());
    },
  },
  {
    name: "Request.trailers is empty if there are none",
    async run(server) {
      for (const request of [head("GET /trailers-only"), post("/trailers-only", "content")]) {
        const { get, raw } = JSON.parse((await server.ask(request)).text);
        assertEquals([get, raw], [null, []]);
      }
    },
  },
  {
    name: "Request.body delivers the valid content before it fails, however the bytes were split",
    async run(server) {
      for (const rest of ["XX", ""]) {
        using client = await server.connect();
        await client.send(head("POST /echo", CHUNKED) + chunk("abc") + rest);
        if (rest === "") await client.send("XX");
        assertEquals((await client.readHead()).status, 200);
        assertStringIncludes(await client.readToEnd(), chunk("abc"));
      }
    },
  },
  {
    name: "Request rejects its readers if the content is malformed, and responds 400",
    async run(server) {
      const id = server.id();
      using client = await server.connect();
      await client.send(head(`POST /body-error?id=${id}`, CHUNKED) + chunk("fine"));
      await server.event("reading", { id });
      await client.send("not a size\r\n" + head("GET /inspect"));
      const response = await client.readResponse();
      assertEquals([response.status, response.header("connection")], [400, "close"]);
      assertEquals(await client.readToEnd(), "");
      const { text, trailers } = await server.event("bodyError", { id });
      assertMatch(String(text), /^HttpError: /);
      assertEquals(trailers, text);
    },
  },
  {
    name: "Request rejects its readers if the client closes its half within the content, and responds 400",
    async run(server) {
      const id = server.id();
      using client = await server.connect();
      await client.send(head(`POST /body-error?id=${id}`, "Content-Length: 10") + "12345");
      await server.event("reading", { id });
      await client.end();
      assertEquals((await client.readResponse()).status, 400);
      assertMatch(String((await server.event("bodyError", { id })).text), /^HttpError: /);
    },
  },
];
