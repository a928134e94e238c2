import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../behaviour/raw_client.ts";
import type { Behaviour } from "./fetch_test.ts";

const POST: RequestInit = { method: "POST", body: "content" };

const at = (port: number, path: string) => `http://127.0.0.1:${port}${path}`;

async function ask(port: number, path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(at(port, path), init);
  assertEquals(response.status, 200);
  return await response.text();
}

/** What the app sees of a request whose text is given; it is sent over a connection of its own. */
async function sent(port: number, ...lines: string[]): Promise<{ status: number; text: string }> {
  using client = await RawClient.connect(port);
  await client.send(lines.join("\r\n"));
  return await client.readResponse();
}

async function inspected(port: number, ...lines: string[]): Promise<Record<string, unknown>> {
  const { status, text } = await sent(port, ...lines);
  assertEquals(status, 200);
  return JSON.parse(text);
}

/** A server that tells what it was asked. */
function upstream(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { method, url, headers } = request;
    const text = await request.text();
    return Response.json({
      method,
      path: new URL(url).pathname,
      forwarded: headers.get("x-forwarded"),
      text,
    });
  });
}

export const REQUEST_BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  "a first request with content loses nothing": async ({ port }) => {
    // The first request of a server is not like the others: keep this one first.
    assertEquals(await ask(port, "/text", POST), "content");
  },
  "a request is a Request with every part": async ({ port }) => {
    const seen = await inspected(
      port,
      "GET /inspect?a=1 HTTP/1.1",
      "Host: a.example:81",
      "X-A: 1",
      "x-a: 2",
      "",
      "",
    );
    assertEquals(seen, {
      method: "GET",
      url: "http://a.example:81/inspect?a=1",
      headers: [["host", "a.example:81"], ["x-a", "1, 2"]],
      isRequest: true,
      named: "[object Request]",
      hasHeaders: true,
      hasBody: false,
      bodyUsed: false,
      signal: true,
      types: ["string", "string", "string"],
      remote: "127.0.0.1",
    });
  },
  "several Cookie lines are one field, joined with a semicolon": async ({ port }) => {
    const lines = ["Host: a", "Cookie: a=1", "X-A: 1", "cookie: b=2", "", ""];
    const seen = await inspected(port, "GET /inspect HTTP/1.1", ...lines);
    assertEquals(seen.headers, [["cookie", "a=1; b=2"], ["host", "a"], ["x-a", "1"]]);
  },
  "a request with content has a body": async ({ port }) => {
    const seen = await inspected(port, "POST /inspect HTTP/1.1", "Host: a", "Content-Length: 2", "", "hi");
    assertEquals([seen.hasBody, seen.bodyUsed], [true, false]);
    const chunked = [
      "POST /inspect HTTP/1.1",
      "Host: a",
      "Transfer-Encoding: chunked",
      "",
      "2",
      "hi",
      "0",
      "",
      "",
    ];
    assertEquals((await inspected(port, ...chunked)).hasBody, true);
  },
  "content that Fetch has no room for is left out": async ({ port }) => {
    const seen = await inspected(port, "GET /inspect HTTP/1.1", "Host: a", "Content-Length: 2", "", "hi");
    assertEquals([seen.method, seen.hasBody], ["GET", false]);
    assertEquals((await sent(port, "GET /text HTTP/1.1", "Host: a", "Content-Length: 2", "", "hi")).text, "");
  },
  "a method that Fetch forbids keeps its name": async ({ port }) => {
    const seen = await inspected(port, "TRACE /inspect HTTP/1.1", "Host: a", "", "");
    assertEquals([seen.method, seen.hasBody, seen.isRequest], ["TRACE", false, true]);
    assertEquals(
      (await sent(port, "M-SEARCH /method HTTP/1.1", "Host: a", "", "")).text,
      "M-SEARCH http://a/method",
    );
    assertEquals((await sent(port, "get /method HTTP/1.1", "Host: a", "", "")).text, "get http://a/method");
  },
  "the URL is the target's, or made of Host and target": async ({ port }) => {
    const url = async (target: string, host: string) =>
      (await sent(port, `GET ${target} HTTP/1.1`, `Host: ${host}`, "", "")).text.replace("GET ", "");
    assertEquals(await url("/method", "A.Example:80"), "http://a.example/method");
    assertEquals(
      await url("/method?q='&r=%20", "127.0.0.1:8080"),
      "http://127.0.0.1:8080/method?q=%27&r=%20",
    );
    assertEquals(await url("/x/../method", "a"), "http://a/method");
    assertEquals(await url("http://b.example/method?c", "b.example"), "http://b.example/method?c");
    assertEquals(await url("/method", "[::1]:9"), "http://[::1]:9/method");
  },
  "a Host that no URL can have is refused": async ({ port }) => {
    assertEquals((await sent(port, "GET /method HTTP/1.1", "Host: 1.2.3.999", "", "")).status, 400);
  },
  "content is read by every method": async ({ port }) => {
    for (const path of ["/text", "/bytes", "/buffer", "/blob"]) {
      assertEquals(await ask(port, path, POST), "content", path);
      assertEquals(await ask(port, path, { method: "POST" }), "", `${path} without content`);
    }
    const typed = { ...POST, headers: { "content-type": "text/x-own" } };
    assertEquals(await ask(port, "/blob-type", typed), "text/x-own");
    assertEquals(await ask(port, "/blob-type?type=text/x-changed", typed), "text/x-changed");
    const parameter = { ...POST, headers: { "content-type": "text/X-Own; a=b" } };
    // Bun leaves it as it was sent.
    const type = (await ask(port, "/blob-type", parameter)).toLowerCase().replace(" ", "");
    assertEquals(type, "text/x-own;a=b");
    assertEquals(await ask(port, "/json", { method: "POST", body: "[1]" }), "[1]");
    const body = new FormData();
    body.set("name", "Ada");
    assertEquals(await ask(port, "/form", { method: "POST", body }), '[["name","Ada"]]');
    const parameters = new URLSearchParams({ name: "Ada" });
    assertEquals(await ask(port, "/form", { method: "POST", body: parameters }), '[["name","Ada"]]');
  },
  "content that is not what it should be rejects": async ({ port }) => {
    for (const body of ["{", ""]) {
      const response = await fetch(at(port, "/json"), { method: "POST", body });
      await response.body?.cancel();
      assertEquals(response.status, 500);
    }
  },
  "content can be read once": async ({ port }) => {
    assertEquals(JSON.parse(await ask(port, "/twice", POST)), {
      before: false,
      first: "content",
      after: true,
      second: "TypeError",
      copies: true,
      method: "POST",
    });
  },
  "content is a stream": async ({ port }) => {
    const body = new Uint8Array(1 << 20);
    const read = JSON.parse(await ask(port, "/stream-in", { method: "POST", body }));
    assertEquals(read, { size: 1 << 20, several: true, used: true });
  },
  "content goes back as it comes": async ({ port }) => {
    using client = await RawClient.connect(port);
    await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    const head = await client.readHead();
    assertEquals([head.header("x-echo"), head.header("transfer-encoding")], ["1", "chunked"]);
    assertEquals(await client.readText(6), "1\r\na\r\n");
    await client.send("1\r\nb\r\n");
    assertEquals(await client.readText(6), "1\r\nb\r\n");
    await client.send("0\r\n\r\n");
    assertEquals(await client.readText(5), "0\r\n\r\n");
  },
  "new Request() takes a request": async ({ port }) => {
    const [method, url, headers, text] = JSON.parse(await ask(port, "/copy", POST));
    assertEquals([method, url, text], ["POST", at(port, "/copy"), "content"]);
    assert(JSON.stringify(headers).includes('["x-new","1"]'), JSON.stringify(headers));
  },
  "a clone has the content too": async ({ port }) => {
    assertEquals(JSON.parse(await ask(port, "/clone", POST)), ["content", "content", true]);
  },
  "fetch() takes a request": async ({ port }) => {
    await using server = upstream();
    const host = `127.0.0.1:${server.addr.port}`;
    for (const path of ["/forward", "/forward-copy"]) {
      const forwarded = path === "/forward" ? null : "1";
      const got = await sent(port, `GET ${path} HTTP/1.1`, `Host: ${host}`, "", "");
      assertEquals(JSON.parse(got.text), { method: "GET", path, forwarded, text: "" });
      const posted = await sent(
        port,
        `POST ${path} HTTP/1.1`,
        `Host: ${host}`,
        "Content-Length: 2",
        "",
        "hi",
      );
      assertEquals(JSON.parse(posted.text), { method: "POST", path, forwarded, text: "hi" });
    }
  },
};
