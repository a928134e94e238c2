import { assert, assertEquals } from "@std/assert";
import { brotliCompressSync, brotliDecompressSync, deflateSync, gzipSync, unzipSync } from "node:zlib";
import { head, post, RawClient, type RawResponse } from "../behaviour/raw_client.ts";
import type { Behaviour } from "./fetch_test.ts";

const CODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

const TEXT = JSON.stringify({ passed: "on ".repeat(2000) });

async function ask(port: number, request: string): Promise<RawResponse> {
  using client = await RawClient.connect(port);
  await client.send(request);
  return await client.readResponse(request.startsWith("HEAD") ? "HEAD" : "GET");
}

/** A server whose content is coded as the path says: `/gzip` with its length, `/gzip/chunked` without. */
function codingUpstream(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const [, coding = "", chunked] = new URL(request.url).pathname.split("/");
    const bytes = new Uint8Array(CODINGS[coding]!(TEXT));
    const body = chunked === undefined ? bytes : new Blob([bytes]).stream();
    return new Response(body, {
      headers: { "content-encoding": coding, "content-type": "application/json", "x-upstream": "1" },
    });
  });
}

/** The content as a client reads it, by its `content-encoding`. */
function decoded(response: RawResponse): string {
  const coding = response.header("content-encoding");
  if (coding === null) return response.text;
  const decode = coding === "br" ? brotliDecompressSync : unzipSync;
  return decode(response.body).toString();
}

/** Waits until the app has noted something under a name; what it noted last. */
async function noted(port: number, name: string): Promise<string> {
  for (let turn = 0; turn < 250; turn++) {
    const response = await fetch(`http://127.0.0.1:${port}/seen?${name}`);
    const events: string[] = await response.json();
    if (events.length > 0) return events.at(-1)!;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Nothing was noted under ${name} in 5 s`);
}

export const CONTENT_BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  "an upload of length 0 is an empty stream, and no upload is none": async ({ port }) => {
    const upload = async (...fields: string[]) =>
      JSON.parse((await ask(port, head("POST /upload", ...fields))).text);
    assertEquals(await upload("Content-Length: 0"), [true, "", true]);
    const chunked = head("POST /upload", "Transfer-Encoding: chunked") + "0\r\n\r\n";
    assertEquals(JSON.parse((await ask(port, chunked)).text), [true, "", true]);
    assertEquals(await upload(), [false, "", false]);
    assertEquals(JSON.parse((await ask(port, head("GET /upload", "Content-Length: 0"))).text), [
      false,
      "",
      false,
    ]);
  },
  "a content-length that is wrong is replaced by the right one": async ({ port }) => {
    for (const length of ["3", "7", "99", "abc"]) {
      for (const kind of ["text", "bytes", "blob", "stream"]) {
        // A Blob takes time to read where the runtime does not tell that it is one.
        if (kind === "blob" && length !== "7") continue;
        const response = await ask(port, head(`GET /wrong-length?of=${kind}&length=${length}`));
        assertEquals([kind, response.status, response.header("content-length"), response.text], [
          kind,
          200,
          "7",
          "Grüße",
        ]);
      }
      const empty = await ask(port, head(`GET /wrong-length?of=null&length=${length}`));
      assertEquals([empty.status, empty.header("content-length"), empty.text], [200, "0", ""]);
    }
    const text = await ask(port, head("HEAD /wrong-length?of=text&length=99"));
    assertEquals(text.status, 200);
    assertEquals(
      (await ask(port, head("HEAD /wrong-length?of=null&length=99"))).header("content-length"),
      "99",
    );
  },
  "a large Blob has its length": async ({ port }, runtime, isAdapted) => {
    const response = await ask(port, head("GET /blob-large"));
    assertEquals(response.text.length, 1 << 20);
    if (isAdapted || runtime === "deno") assertEquals(response.header("content-length"), `${1 << 20}`);
  },
  "a file of Bun's has its length, and one that is not there is a 500": async (
    { port },
    runtime,
    isAdapted,
  ) => {
    if (runtime !== "bun") return;
    const path = await Deno.makeTempFile();
    try {
      await Deno.writeFile(path, new Uint8Array(3 << 20).fill(120));
      const response = await ask(port, head(`GET /bun-file?path=${path}`));
      assertEquals([response.status, response.body.length], [200, 3 << 20]);
      assertEquals(response.header("content-length"), isAdapted ? `${3 << 20}` : null);
      assertEquals((await ask(port, head(`GET /bun-file?path=${path}.not`))).status, 500);
    } finally {
      await Deno.remove(path);
    }
  },
  "a fetched response that is passed on is readable, in whatever way": async ({ port }, runtime) => {
    await using upstream = codingUpstream();
    for (const coding of Object.keys(CODINGS)) {
      for (const as of ["response", "stream", "changed", "text", "bytes", "blob"]) {
        // Deno leaves deflate as it is, so its text is not the upstream's.
        if (runtime === "deno" && coding === "deflate" && as === "text") continue;
        for (const path of [`/${coding}`, `/${coding}/chunked`]) {
          const url = `http://127.0.0.1:${upstream.addr.port}${path}`;
          const response = await ask(
            port,
            head(`GET /rewrapped?as=${as}&upstream=${encodeURIComponent(url)}`),
          );
          assertEquals([response.status, response.header("x-upstream")], [200, "1"], `${path} as ${as}`);
          const left = response.header("content-encoding");
          assert(left === null || (left === "deflate" && runtime === "deno"), `${path} as ${as}: ${left}`);
          assert(decoded(response) === TEXT, `${path} as ${as}`);
          const length = response.header("content-length");
          assert(
            length === null || length === `${response.body.length}`,
            `${path} as ${as}: ${length} bytes`,
          );
        }
      }
    }
  },
  "content that is coded as it says stays so": async ({ port }) => {
    for (const coding of ["gzip", "br", "deflate"]) {
      for (const as of ["bytes", "blob", "stream", "slow"]) {
        const response = await ask(port, head(`GET /coded?coding=${coding}&as=${as}`));
        assertEquals(response.header("content-encoding"), coding, `${coding} as ${as}`);
        assert(decoded(response) === "coded ".repeat(1000), `${coding} as ${as}`);
      }
    }
    const unknown = await ask(port, head("GET /coded?coding=own&as=bytes"));
    assertEquals(unknown.header("content-encoding"), "own");
  },
  "fields about another connection are not sent": async ({ port }) => {
    const connection = async (value: string) => {
      const response = await ask(port, head(`GET /connection?value=${encodeURIComponent(value)}`));
      assertEquals([response.text, response.header("keep-alive")], ["text", null]);
      return response.header("connection");
    };
    assertEquals(await connection("keep-alive"), null);
    assertEquals(await connection("Keep-Alive, Close"), "close");
  },
  "content that is read beside the response goes on to come": async ({ port }) => {
    const size = 300_000;
    for (const way of ["clone", "text", "chunks"]) {
      for (const query of [way, `${way}-later`, `${way}-stream`]) {
        using client = await RawClient.connect(port);
        await client.send(head(`POST /read-beside?${query}`, `Content-Length: ${size}`) + "x".repeat(1000));
        assertEquals((await client.readResponse()).text, "answered", query);
        for (let sent = 1000; sent < size; sent += 59_800) {
          await new Promise((resolve) => setTimeout(resolve, 60));
          await client.send("x".repeat(Math.min(59_800, size - sent)));
        }
        assertEquals(await noted(port, query), `read ${size}`, query);
      }
    }
  },
  "content that nobody reads on holds the connection no longer": async ({ port }) => {
    for (const query of ["abandons", "touches"]) {
      using client = await RawClient.connect(port);
      const size = 150_000;
      await client.send(head(`POST /read-beside?${query}`, `Content-Length: ${size}`) + "x".repeat(1000));
      assertEquals((await client.readResponse()).text, "answered", query);
      await client.send("x".repeat(size - 1000) + head("GET /hello"));
      // The rest is dropped, and then either the next request answered or the connection closed.
      const after = await client.readResponse().then(({ text }) => text, (error: Error) => error.message);
      assert(after === "Hello, World!" || !after.includes("ms"), `${query}: ${after}`);
    }
  },
  "a request whose content was read is answered on the same connection": async ({ port }) => {
    using client = await RawClient.connect(port);
    await client.send(post("/text", "one") + post("/text", "two"));
    assertEquals([(await client.readResponse()).text, (await client.readResponse()).text], ["one", "two"]);
  },
};
