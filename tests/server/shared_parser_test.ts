import { assertEquals, assertMatch } from "@std/assert";
import { memoryListener } from "../../src/net/memory.ts";
import { Server } from "../../src/threads/server.ts";

const COUNT = 5;

function request(i: number): string {
  return `POST /path-${i} HTTP/1.1\r\nHost: host-${i}\r\nX-Number: ${i}\r\nContent-Length: 4\r\n\r\nbody`;
}

/** Connects clients that send their texts one byte each, in turn, and returns the responses of each. */
async function interleaved(...texts: readonly string[]): Promise<string[]> {
  const { listener, connect } = memoryListener();
  await using _listening = await Server.from(listener).handle(async (req, res) => {
    res.send(
      `<${req.uri.path} ${req.headers.get("host")} ${req.headers.get("x-number")} ${await req.text()}>`,
    );
  });
  const clients = texts.map(() => connect());
  for (let at = 0; at < Math.max(...texts.map((text) => text.length)); at++) {
    for (const [i, client] of clients.entries()) if (at < texts[i]!.length) client.send(texts[i]![at]!);
    // The byte arrives in a microtask.
    await null;
  }
  // Everything in memory happens in microtasks.
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (const client of clients) client.end();
  return clients.map(({ text }) => text);
}

Deno.test("interleaved heads of several connections stay separate", async () => {
  const texts = Array.from({ length: COUNT }, (_, i) => request(i) + request(i + COUNT));
  const received = await interleaved(...texts);
  for (const [i, text] of received.entries()) {
    const answers = Array.from(text.matchAll(/<.*?>/g), ([answer]) => answer);
    const expected = [i, i + COUNT].map((n) => `</path-${n} host-${n} ${n} body>`);
    assertEquals(answers, expected, text);
  }
});

Deno.test("a refused head does not affect other connections", async () => {
  const good = request(1);
  // Both heads end with the same byte, within the heads of the others.
  const bad = "GET / HTTP/1.1\r\nHost: a\r\nX-Bad: \0";
  const badHead = "HEAD / HTTP/1.1\r\nHost: a\r\nX-Bad:\0";
  const [refused, refusedHead, served] = await interleaved(bad, badHead, good);
  assertMatch(refused!, /^HTTP\/1\.1 400 [^]*\r\n\r\nA field value contains a control character\n$/);
  assertMatch(refusedHead!, /^HTTP\/1\.1 400 [^]*\r\n\r\n$/);
  assertMatch(served!, /^HTTP\/1\.1 200 [^]*<\/path-1 host-1 1 body>$/);
});

Deno.test("empty lines before a request are counted for each connection", async () => {
  const texts = Array.from({ length: COUNT }, (_, i) => "\r\n".repeat(8) + request(i));
  for (const [i, text] of (await interleaved(...texts)).entries()) {
    assertMatch(text, new RegExp(`^HTTP/1\\.1 200 [^]*<\\/path-${i} `));
  }
  const [refused, served] = await interleaved("\r\n".repeat(9), "\r\n" + request(0));
  assertMatch(refused!, /^HTTP\/1\.1 400 /);
  assertMatch(served!, /^HTTP\/1\.1 200 /);
});
