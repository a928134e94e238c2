import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { ConnectionClosedError, ResponseError } from "../../src/http/errors.ts";
import type { Handler } from "../../src/exchange/handler.ts";
import { type MemoryServer, serve } from "./memory_server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits for a promise, with a short limit. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("Waited in vain")), 2000);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Creates a stream without data, and a promise of the reason of its cancellation. */
function silentStream(): { stream: ReadableStream<Uint8Array>; canceled: Promise<unknown> } {
  const { promise: canceled, resolve } = Promise.withResolvers<unknown>();
  return { stream: new ReadableStream<Uint8Array>({ cancel: resolve }), canceled };
}

Deno.test("a handler may return any thenable, and one that throws counts as one that rejects", async () => {
  const mistake = new Error("then");
  const thrower = () => {
    throw mistake;
  };
  const thenables: PromiseLike<void>[] = [
    { then: thrower },
    Object.defineProperty({}, "then", { get: thrower }) as PromiseLike<void>,
    { then: (_done: unknown, failed: (error: Error) => void) => failed(mistake) } as PromiseLike<void>,
  ];
  await using server = await serve(() => thenables.shift() as Promise<void>);
  const client = server.connect();
  client.send(GET + GET + GET);
  await soon(client.until(() => client.text.split("HTTP/1.1 500").length === 4));
  assertEquals(server.errors, [mistake, mistake, mistake]);
});

Deno.test("checkContinue that returns nothing is a mistake, not an answer", async () => {
  await using server = await serve({
    handle: (_req, res) => res.send("handled"),
    checkContinue: () => undefined as unknown as number,
  });
  const client = server.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  await client.until("HTTP/1.1 500");
  assertInstanceOf(server.errors[0], RangeError);
});

Deno.test("no later request is handled on a connection that was cut", async () => {
  const handled: string[] = [];
  await using server = await serve((req, res) => {
    handled.push(req.uri.raw);
    res.start();
    throw new Error("after the head");
  });
  const client = server.connect();
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until(() => client.closed);
  await pause(0);
  assertEquals(handled, ["/1"]);
});

Deno.test("a stream that is sent is canceled when the handler throws", async () => {
  const { stream, canceled } = silentStream();
  await using server = await serve((_req, res) => {
    res.send(stream);
    throw new Error("after send()");
  });
  server.connect().send(GET);
  assertInstanceOf(await soon(canceled), ConnectionClosedError);
});

Deno.test("a stream piped into a response is canceled when the handler throws or settles", async () => {
  for (const throws of [true, false]) {
    const { stream, canceled } = silentStream();
    let piped: Promise<void> | undefined;
    await using server = await serve((_req, res) => {
      piped = stream.pipeTo(res.start().writable);
      piped.catch(() => {});
      if (throws) throw new Error("while piping");
    });
    server.connect().send(GET);
    const reason = await soon(canceled);
    assertInstanceOf(reason, throws ? ConnectionClosedError : ResponseError);
    assertEquals(await piped!.catch((error) => error), reason);
  }
});

Deno.test("close() in onConnectionStart() closes that connection too", async () => {
  let closed: Promise<void> | undefined;
  const handler: Handler = {
    handle() {},
    onConnectionStart: () => void (closed = server.listening.close()),
  };
  await using server: MemoryServer = await serve(handler);
  const client = server.connect();
  await soon(client.until(() => client.ended));
  client.end();
  await client.until(() => client.closed);
  await closed;
  assertEquals(server.listening.stats().threads[0]?.openConnections, 0);
});

Deno.test("close() treats a deadline beyond the maximum of a timer as none", async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const server = await serve(async (_req, res) => {
    await answered;
    res.send("in flight");
  });
  const client = server.connect();
  client.send(GET);
  await pause(0);
  const closing = server.listening.close({ deadline: 2 ** 31 });
  await pause(20);
  answer();
  await client.until("in flight");
  client.end();
  await closing;
});

Deno.test("a pipelined request is handled however slowly the client reads the last response", async () => {
  const timeouts = { idle: 40, headers: 40 };
  await using server = await serve(
    (req, res) => res.send(req.uri.path === "/" ? "x".repeat(200_000) : "next"),
    {
      timeouts,
    },
  );
  const client = server.connect({ window: 10_000 });
  client.pause();
  client.send(GET + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
  await pause(150);
  client.resume();
  await client.until("next");
  // The time starts when the client has received everything.
  await pause(20);
  assert(!client.ended);
  await client.until(() => client.ended);
  client.end();
});

Deno.test("trailers reject if the content is unread and does not end", async () => {
  const cases = [
    ["Content-Length: 10000000", "some"],
    ["Transfer-Encoding: chunked", "a\r\n"],
    ["Transfer-Encoding: chunked", "not a size\r\n"],
  ];
  for (const [field, content] of cases) {
    let trailers: Promise<unknown> | undefined;
    await using server = await serve((req, res) => {
      trailers = req.trailers;
      res.send("unread");
    });
    const client = server.connect();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${field}\r\n\r\n${content}`);
    await client.until("unread");
    client.end();
    assertMatch(
      String(await soon(trailers!).catch((error) => error)),
      /^(HttpError|ConnectionClosedError): /,
    );
  }
});

Deno.test("trailers arrive after unread content that ends soon", async () => {
  let trailers: Promise<{ get(name: string): string | null }> | undefined;
  await using server = await serve((req, res) => {
    trailers = req.trailers;
    res.send("unread");
  });
  const client = server.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n");
  await client.until("unread");
  client.send("x\r\n0\r\nsum: 1\r\n\r\n");
  assertEquals((await trailers!).get("sum"), "1");
});

Deno.test("no 100 is sent if framing of the content arrived before the handler reads", async () => {
  await using server = await serve(async (req, res) => {
    await pause(5);
    res.send(await req.text());
  });
  const client = server.connect();
  client.send(
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\n",
  );
  await pause(20);
  client.send("abc\r\n0\r\n\r\n");
  await client.until("abc");
  assert(client.text.startsWith("HTTP/1.1 200 OK"), client.text);
});

Deno.test("a handler does not see the AsyncLocalStorage store of another request's handler", async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  await using server = await serve((req, res) => {
    seen.push(storage.getStore());
    return storage.run(req.uri.path, async () => {
      await pause(1);
      res.send((await req.bytes()).length + ";");
    });
  });
  const client = server.connect();
  client.send(
    GET + GET + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(90_000),
  );
  await pause(10);
  client.send("x".repeat(10_000) + GET);
  await client.until(() => client.text.split("0;").length === 5);
  client.send(GET);
  await client.until(() => client.text.split("0;").length === 6);
  assertEquals(seen, new Array(5).fill(undefined));
});

Deno.test("hooks and onError may be async: their rejections are reported and handled", async () => {
  const original = console.error;
  const written: unknown[][] = [];
  console.error = (...args: unknown[]) => void written.push(args);
  const mistake = new Error("later");
  try {
    const rejects = () => Promise.reject(mistake);
    const handler: Handler = { handle() {}, onConnectionStart: rejects, onConnectionEnd: rejects };
    await using server = await serve(handler, { onError: rejects });
    const client = server.connect();
    client.end();
    await client.until(() => client.closed);
    await pause(5);
  } finally {
    console.error = original;
  }
  assertEquals(written, [["onError threw:", mistake], ["onError threw:", mistake]]);
});

Deno.test("bytes may be changed after their write has resolved", async () => {
  await using server = await serve(async (_req, res) => {
    const answer = res.start();
    const bytes = new Uint8Array(1000);
    for (const letter of "abc") {
      bytes.fill(letter.charCodeAt(0));
      await answer.write(bytes);
    }
  });
  const client = server.connect();
  client.send(GET);
  await client.until("0\r\n\r\n");
  for (const letter of "abc") assert(client.text.includes(letter.repeat(1000)), letter);
});

Deno.test("onError receives an error for bytes that were detached before they were sent", async () => {
  await using server = await serve((_req, res) => {
    const bytes = new Uint8Array(200_000);
    res.send(bytes);
    bytes.buffer.transfer();
  });
  const client = server.connect();
  client.pause();
  client.send(GET + GET);
  await client.until(() => client.closed).catch(() => {});
  assertMatch(String(server.errors[0]), /^ChangedBytesError: Cannot send bytes: they were detached/);
});
