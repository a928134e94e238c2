import { assert, assertEquals, assertRejects } from "@std/assert";
import type { MemoryClient } from "../../src/net/memory.ts";
import type { HandlerFunction } from "../../src/exchange/handler.ts";
import { serve } from "./memory_server.ts";

const OLD = "GET / HTTP/1.0\r\n\r\n";
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const UPGRADE = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";

const CLOSING = "The server cut the connection: it is closing, and waits no longer";
const TAKES_NOTHING =
  "The server cut the connection: the client took nothing for as long as timeouts.send allows";

/** Waits for the end of a connection, with a short limit. */
async function untilClosed(client: MemoryClient): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("The connection stays")), 2000);
  try {
    await Promise.race([client.until(() => client.closed), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Creates a handler that sends a part of its content, then waits until the client has disconnected. */
function partly(reasons: unknown[] = []): HandlerFunction {
  return async (req, res) => {
    const answer = res.start();
    await answer.write("partial");
    await new Promise((resolve) => req.signal.addEventListener("abort", resolve));
    reasons.push(req.signal.reason, await answer.write("more").catch((error) => error));
  };
}

Deno.test("a response that is cut does not affect the responses before it", async () => {
  const whole = "x".repeat(5000);
  await using server = await serve((req, res) => {
    if (req.uri.path === "/") return res.send(whole);
    res.start().write("part");
    throw new Error("no more");
  });
  const client = server.connect({ window: 1000 });
  client.pause();
  client.send(`${GET}GET /cut HTTP/1.1\r\nHost: a\r\n\r\n${GET}`);
  await new Promise((resolve) => setTimeout(resolve, 0));
  client.resume();
  await client.until(() => client.ended || client.closed);
  const [, first, second, third] = client.text.split("HTTP/1.1 200 OK\r\n");
  assert(first?.endsWith(`\r\n\r\n${whole}`), client.text);
  assert(second?.endsWith("\r\n\r\n4\r\npart\r\n"), client.text);
  assertEquals([third, client.wasReset], [undefined, false]);
  client.end();
  await untilClosed(client);
});

Deno.test("close() resets at its deadline only a cut response that would look complete", async () => {
  const cases = [[OLD, true], [GET, false]] as const;
  for (const [request, reset] of cases) {
    await using server = await serve(partly());
    const client = server.connect();
    client.send(request);
    await client.until("partial");
    await server.listening.close({ deadline: 0 });
    assertEquals([client.ended, client.closed, client.wasReset], [false, true, reset], request);
  }
});

Deno.test("close() never resets a complete response in transmission at its deadline", async () => {
  for (const request of [OLD, GET, `${GET}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n`]) {
    await using server = await serve((req, res) =>
      req.method === "POST" ? new Promise(() => {}) : res.send("complete")
    );
    const client = server.connect();
    client.pause();
    client.send(request);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await server.listening.close({ deadline: 0 });
    assertEquals([client.closed, client.wasReset], [true, false]);
    client.resume();
    assert(client.text.endsWith("complete"), client.text);
  }
});

Deno.test("close() resets at its deadline a response that the client has not fully read", async () => {
  await using server = await serve((_req, res) => res.start().end());
  await using streaming = await serve((_req, res) => {
    const answer = res.start();
    answer.write(new Uint8Array(20_000));
    return answer.end();
  });
  for (const [{ connect, listening }, reset] of [[server, false], [streaming, true]] as const) {
    const client = connect({ window: 10_000 });
    client.pause();
    client.send(OLD);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await listening.close({ deadline: 0 });
    assertEquals([client.closed, client.wasReset], [true, reset]);
  }
});

Deno.test("timeouts.send resets a cut response that would look complete", async () => {
  const handler: HandlerFunction = async (_req, res) => {
    const answer = res.start();
    for (;;) await answer.write(new Uint8Array(60_000));
  };
  await using server = await serve(handler, { timeouts: { send: 40 } });
  const client = server.connect({ window: 10_000 });
  client.pause();
  client.send(OLD);
  await untilClosed(client);
  assertEquals(client.wasReset, true);
});

Deno.test("a handler gets the reason when the server cuts the connection as it closes", async () => {
  const reasons: unknown[] = [];
  await using server = await serve(partly(reasons));
  const client = server.connect();
  client.send(GET);
  await client.until("partial");
  await server.listening.close({ deadline: 0 });
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(reasons.map(String), new Array(2).fill(`ConnectionClosedError: ${CLOSING}`));
});

Deno.test("a handler gets the reason when the server cuts a client that reads nothing", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown[]>();
  const handler: HandlerFunction = async (req, res) => {
    const answer = res.start();
    try {
      for (;;) await answer.write(new Uint8Array(60_000));
    } catch (error) {
      resolve([error, req.signal.reason]);
    }
  };
  await using server = await serve(handler, { timeouts: { send: 40 } });
  const client = server.connect({ window: 10_000 });
  client.pause();
  client.send(GET);
  await untilClosed(client);
  assertEquals((await promise).map(String), new Array(2).fill(`ConnectionClosedError: ${TAKES_NOTHING}`));
});

Deno.test("a write that waited after a complete response gets the reason of the cut", async () => {
  let writing: Promise<void> | undefined;
  const handler: HandlerFunction = (_req, res) => {
    const answer = res.start();
    writing = answer.write(new Uint8Array(100_000));
    answer.end();
  };
  await using server = await serve(handler, { timeouts: { send: 40 } });
  const client = server.connect({ window: 10_000 });
  client.pause();
  client.send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  await untilClosed(client);
  await assertRejects(() => writing!, Error, TAKES_NOTHING);
});

Deno.test("all writes to a closed upgraded connection fail with one reason", async () => {
  for (const how of ["client", "server"]) {
    let writing: Promise<void> | undefined;
    let late: (() => Promise<void>) | undefined;
    await using server = await serve(async (_req, res) => {
      const { readable, writable } = await res.upgrade();
      readable.cancel();
      const writer = writable.getWriter();
      writer.closed.catch(() => {});
      writer.ready.catch(() => {});
      writing = writer.write(new Uint8Array(100_000));
      late = () => writer.write(new Uint8Array(1));
    });
    const client = server.connect({ window: 10_000 });
    client.pause();
    client.send(UPGRADE);
    await new Promise((resolve) => setTimeout(resolve, 0));
    const pending = writing!.catch((error) => error);
    if (how === "client") client.reset();
    else await server.listening.close({ deadline: 0 });
    const error = await pending;
    assertEquals(`${error}`, "ConnectionClosedError: The connection was closed");
    assertEquals(error.cause.message, how === "client" ? "Connection reset by peer" : CLOSING);
    assertEquals(await late!().catch((error) => error), error);
  }
});

Deno.test("an upgraded connection left by its handler is cut after timeouts.send", async () => {
  const handler: HandlerFunction = async (_req, res) => {
    const { readable, writable } = await res.upgrade();
    const writer = writable.getWriter();
    await Promise.all([readable.cancel(), writer.write(new Uint8Array(20_000)), writer.close()]);
  };
  await using server = await serve(handler, { timeouts: { send: 40 } });
  const client = server.connect({ window: 10_000 });
  client.pause();
  client.send(UPGRADE);
  await untilClosed(client);
  assertEquals([client.ended, client.wasReset], [false, true]);
});
