import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Fixture } from "../support/fixture.ts";
import { head, RawClient, type RawResponse } from "../behaviour/raw_client.ts";
import type { Behaviour } from "./fetch_test.ts";

async function ask(port: number, path: string, method = "GET"): Promise<RawResponse> {
  using client = await RawClient.connect(port);
  await client.send(head(`${method} ${path}`));
  return await client.readResponse(method);
}

/** Status, type, length, content. */
async function outline(port: number, path: string): Promise<unknown[]> {
  const response = await ask(port, path);
  return [response.status, response.header("content-type"), response.header("content-length"), response.text];
}

/** A bare 500, and what `onError` was told. */
async function failure(server: Fixture, path: string, error: string): Promise<void> {
  const before = server.stderr.length;
  const response = await ask(server.port, path);
  assertEquals([response.status, response.header("content-length"), response.text], [500, "0", ""]);
  for (let turn = 0; turn < 100 && server.stderr.length === before; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(server.stderr.slice(before).length, 1, server.stderr.slice(before).join("\n"));
  assert(server.stderr[before]!.includes(error), server.stderr[before]);
}

/** The type of text. Bun's own `Response` does not tell that it was made of text. */
function textType(runtime: string, isAdapted: boolean): string | null {
  return runtime === "bun" && !isAdapted ? null : "text/plain;charset=UTF-8";
}

export const RESPONSE_BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  "what is there as a whole has its length": async ({ port }, runtime, isAdapted) => {
    const type = textType(runtime, isAdapted);
    assertEquals(await outline(port, "/hello"), [200, type, "13", "Hello, World!"]);
    assertEquals(await outline(port, "/hello-bytes"), [200, null, "13", "Hello, World!"]);
    assertEquals(await outline(port, "/hello-stream"), [200, null, "13", "Hello, World!"]);
    // Bun adds the charset.
    const [, blobType, length, content] = await outline(port, "/hello-blob");
    assertEquals(content, "<p>");
    // Node 24 and later do not tell that their own Response was made of a Blob, which takes its time to read.
    if (isAdapted || !/^node2[46]$/.test(runtime)) assertEquals(length, "3");
    assertMatch(String(blobType), /^text\/html(;charset=utf-8)?$/);
    assertEquals(await outline(port, "/empty"), [200, type, "0", ""]);
    assertEquals(await outline(port, "/null"), [200, null, "0", ""]);
    assertEquals(await outline(port, "/typed"), [200, "application/x-own", "2", "{}"]);
    const form = "application/x-www-form-urlencoded;charset=UTF-8";
    assertEquals(await outline(port, "/hello-form"), [200, form, "3", "a=1"]);
  },
  "text is sent as UTF-8": async ({ port }, runtime, isAdapted) => {
    assertEquals(await outline(port, "/unicode"), [200, textType(runtime, isAdapted), "11", "Grüße ☃"]);
  },
  "Response.json() is sent": async ({ port }) => {
    const response = await ask(port, "/hello-json");
    assertEquals([response.status, response.text, response.header("x-a")], [202, '{"hello":"World"}', "1"]);
    assert(response.header("content-type")!.startsWith("application/json"));
  },
  "status, status text and fields are sent": async ({ port }) => {
    const response = await ask(port, "/hello-later");
    assertEquals([response.statusLine, response.text], ["HTTP/1.1 404 Lost", "later"]);
    assertEquals(response.header("x-a"), "1, 2");
  },
  "each set-cookie is a field of its own": async ({ port }) => {
    const response = await ask(port, "/cookies");
    const cookies = response.fields.filter(([name]) => name.toLowerCase() === "set-cookie");
    assertEquals(cookies.map(([, value]) => value), [
      "a=1; Path=/",
      "b=2; Expires=Thu, 01 Jan 2032 00:00:00 GMT",
    ]);
  },
  "a status without content has none": async ({ port }) => {
    const none = await ask(port, "/204");
    assertEquals([none.status, none.header("content-length")], [204, null]);
    const unchanged = await ask(port, "/304");
    assertEquals([unchanged.status, unchanged.header("etag")], [304, '"1"']);
    const elsewhere = await ask(port, "/redirect");
    assertEquals([elsewhere.status, elsewhere.header("location")], [307, "http://localhost/elsewhere"]);
  },
  "HEAD is answered with the length and without content": async ({ port }) => {
    for (
      const [path, length] of [
        ["/hello", "13"],
        ["/hello-stream", "13"],
        ["/length", "42"],
        ["/null", null],
      ] as const
    ) {
      const response = await ask(port, path, "HEAD");
      assertEquals([path, response.status, response.header("content-length")], [path, 200, length]);
    }
    const told = await ask(port, "/length-stream", "HEAD");
    assertEquals([told.header("content-length"), told.header("transfer-encoding")], ["6", null]);
    assertEquals((await ask(port, "/slow", "HEAD")).header("content-length"), null);
  },
  "HEAD cancels a stream": async ({ port }) => {
    assertEquals((await ask(port, "/endless?head", "HEAD")).status, 200);
    const { text } = await ask(port, "/seen?head");
    assert(JSON.parse(text).includes("canceled undefined"), text);
  },
  "a response may be changed, read and cloned before it is sent": async ({ port }, runtime, isAdapted) => {
    const response = await ask(port, "/mended");
    const type = textType(runtime, isAdapted);
    assertEquals([response.status, response.text, response.header("content-type")], [201, "mended", type]);
    assertEquals(["x-first", "x-second", "x-length"].map(response.header), [null, "2", "6"]);
  },
  "a clone has the type of what it was made from": async ({ port }, runtime, isAdapted) => {
    assertEquals((await outline(port, "/twin")).slice(0, 2), [200, textType(runtime, isAdapted)]);
  },
  "a class may extend Response": async ({ port }, runtime, isAdapted) => {
    const type = textType(runtime, isAdapted);
    const response = await ask(port, "/tea");
    assertEquals([response.text, response.header("x-kind")], ["black tea", "black"]);
    // A class that is older than the first fetchHandler() extends what Bun has, which knows no type of text.
    assertEquals(response.header("content-type"), runtime === "bun" ? null : type);
    assertEquals((await ask(port, "/own-headers")).header("x-own"), "1");
    assertEquals((await outline(port, "/later-class")).slice(0, 2), [200, type]);
  },
  "every response is an instance of Response": async ({ port }) => {
    const kinds = JSON.parse((await ask(port, "/kinds")).text);
    assertEquals(kinds.instances, Array(6).fill(true));
    assertEquals(kinds.named, Array(6).fill("[object Response]"));
    assertEquals(kinds.tea, [false, false, false, false, true, false]);
    assertEquals([kinds.prototype, kinds.requests, kinds.called], [true, [true, false], "TypeError"]);
  },
  "what cannot be sent is a bare 500": async (server) => {
    await failure(server, "/throws", "Error: thrown");
    await failure(server, "/rejects", "Error: rejected");
    await failure(server, "/network-error", "TypeError: Cannot send the response: it is a network error");
    await failure(server, "/used", "TypeError: Cannot send the response: its body has been used");
    await failure(
      server,
      "/nothing",
      "TypeError: Cannot send the response: what the fetch function returned is not",
    );
    await failure(
      server,
      "/text-chunk",
      "TypeError: Cannot send the response: a chunk of its body is not a Uint8Array",
    );
    await failure(server, "/broken", "Error: broken at once");
    await failure(server, "/invalid", "TypeError: ");
  },
};
