import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { AddressError, ListenError } from "../../src/net/errors.ts";
import type { Listener } from "../../src/net/listener.ts";
import { type MemoryClient, memoryListener } from "../../src/net/memory.ts";
import type { Handler, HandlerFunction } from "../../src/exchange/handler.ts";
import { Server } from "../../src/threads/server.ts";
import { testUnless } from "../support/skip.ts";
import { serve } from "./memory_server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\n";

/**
 * Waits for the next turn of the event loop. Everything in memory happens in microtasks, so all possible
 * events have happened by then.
 */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Waits until both halves of a connection are closed. */
async function untilClosed(client: MemoryClient): Promise<void> {
  await client.until(() => client.ended || client.closed);
  client.end();
  await client.until(() => client.closed);
}

Deno.test("Server.from() serves an existing listener", async () => {
  await using server = await serve((_req, res) => res.send("in memory"));
  const client = server.connect();
  client.send(GET);
  await client.until("in memory");
  assert(client.text.startsWith(OK), client.text);
  assertEquals(server.listening.address, { hostname: "127.0.0.1", port: 80 });
});

Deno.test("Server.handle() accepts an object, and calls its methods on it", async () => {
  class Counter implements Handler {
    #count = 0;
    readonly events: string[] = [];
    handle(...[_req, res]: Parameters<HandlerFunction>): void {
      res.send(`count ${++this.#count};`);
    }
    onConnectionStart(): void {
      this.events.push(`start ${this.#count}`);
    }
    onConnectionEnd(): void {
      this.events.push(`end ${this.#count}`);
    }
  }
  const counter = new Counter();
  await using server = await serve(counter);
  const client = server.connect();
  client.send(GET + GET);
  await client.until("count 2;");
  client.end();
  await client.until(() => client.closed);
  assertEquals(counter.events, ["start 0", "end 2"]);
});

Deno.test("a handler gets a connection's address, and cannot access the connection", async () => {
  const told: unknown[] = [];
  await using server = await serve({
    handle() {},
    onConnectionStart: (connection) => void told.push(connection),
    onConnectionEnd: (connection) => void told.push(connection),
  });
  const client = server.connect();
  client.end();
  await client.until(() => client.closed);
  assertEquals(told, Array(2).fill({ remoteAddress: { hostname: "127.0.0.1", port: 12345 } }));
  assertStrictEquals(told[0], told[1]);
});

Deno.test("Server.from() refuses a value that is not a listener", () => {
  for (
    const wrong of [undefined, null, {}, "127.0.0.1:0", { start() {}, pause() {}, resume() {} }, {
      start() {},
      pause() {},
      resume() {},
      close() {},
    }]
  ) {
    const { message } = assertThrows(() => Server.from(wrong as unknown as Listener), TypeError);
    assertMatch(message, /^Cannot make a server: the listener has no (?:method start|method close|address)$/);
  }
});

Deno.test("Server.handle() can be retried on the same listener after it refused the handler", async () => {
  const { listener } = memoryListener();
  const server = Server.from(listener);
  await assertRejects(() => server.handle(1 as never), TypeError, "Cannot handle requests: the handler is ");
  await using listening = await server.handle(() => {});
  assertEquals(listening.address, listener.address);
});

Deno.test("Server.handle() rejects a value that is not a handler", async () => {
  for (const wrong of [undefined, null, {}, { handle: 1 }, "handler"]) {
    const { listener } = memoryListener();
    const handling = Server.from(listener).handle(wrong as unknown as HandlerFunction);
    await assertRejects(() => handling, TypeError, "Cannot handle requests: the handler is ");
  }
});

Deno.test("Server.handle() can be called once", async () => {
  const server = Server.http("127.0.0.1:0");
  await using _listening = await server.handle(() => {});
  await assertRejects(() => server.handle(() => {}), TypeError, "the server has a handler already");
});

Deno.test("Server.handle() rejects an invalid address when it is bound and not before", async () => {
  const server = Server.http("nowhere");
  await assertRejects(() => server.handle(() => {}), AddressError, 'Cannot listen on "nowhere"');
});

Deno.test("Server.handle() rejects with a ListenError with address, reason and cause", async () => {
  await using listening = await Server.http("127.0.0.1:0").handle(() => {});
  const { address } = listening;
  const { port } = address as { port: number };
  const error = await assertRejects(() => Server.http(`127.0.0.1:${port}`).handle(() => {}), ListenError);
  assertEquals(error.message, `Cannot listen on 127.0.0.1:${port}: address already in use`);
  assertEquals([error.code, error.address, error.name], ["EADDRINUSE", address, "ListenError"]);
  assert(error.cause instanceof Error);
});

const hasIpv6 = Deno.networkInterfaces().some(({ address }) => address === "::1");

testUnless(
  !hasIpv6 && "the machine has no IPv6",
  "Server.http() listens on an IPv6 address in brackets",
  async () => {
    await using listening = await Server.http("[::1]:0").handle((req, res) => {
      res.send(JSON.stringify(req.remoteAddress));
    });
    const { hostname, port } = listening.address as { hostname: string; port: number };
    assertEquals(hostname, "::1");
    const remote = await (await fetch(`http://[::1]:${port}/`)).json();
    assertEquals(remote.hostname, "::1");
  },
);

Deno.test("Listening is closed by await using", async () => {
  let closed: Promise<void>;
  {
    await using server = await Server.http("127.0.0.1:0").handle(() => {});
    closed = server.closed;
  }
  await closed;
});

Deno.test("Listening.close() resolves at once if there is no connection", async () => {
  const { listening, connect } = await serve(() => {});
  await listening.close();
  await listening.closed;
  assertThrows(() => connect(), Error, "the listener is closed");
});

Deno.test("a connection is closed with 408 when its head takes longer than timeouts.headers", async () => {
  await using server = await serve((_req, res) => res.send("fine"), { timeouts: { headers: 60 } });
  const client = server.connect();
  client.send("GET / HTTP/1.1\r\nHo");
  await untilClosed(client);
  assertMatch(client.text, /^HTTP\/1\.1 408 Request Timeout\r\n[^]*\r\nconnection: close\r\n/);
});

Deno.test("an idle connection is closed after timeouts.idle, without a response", async () => {
  await using server = await serve((_req, res) => res.send("fine"), { timeouts: { idle: 60 } });
  const client = server.connect();
  client.send(GET);
  await client.until("fine");
  client.take();
  await untilClosed(client);
  assertEquals(client.text, "");
});

Deno.test("a request gets 408 when no content arrives for timeouts.receive", async () => {
  let failure: unknown;
  const handler: HandlerFunction = async (req) => void (failure = await req.text().catch((error) => error));
  await using server = await serve(handler, { timeouts: { receive: 60 } });
  const client = server.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
  await untilClosed(client);
  assertMatch(client.text, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assertEquals((failure as { status: number }).status, 408);
});

Deno.test("a connection is cut when the client reads nothing for timeouts.send", async () => {
  const outcome = Promise.withResolvers<unknown>();
  const handler: HandlerFunction = async (_req, res) => {
    const answer = res.start();
    try {
      for (;;) await answer.write(new Uint8Array(65536));
    } catch (error) {
      outcome.resolve(error);
    }
  };
  await using server = await serve(handler, { timeouts: { send: 60 } });
  const client = server.connect();
  client.pause();
  client.send(GET);
  assertEquals((await outcome.promise as Error).name, "ConnectionClosedError");
  await client.until(() => client.closed);
  assertEquals(client.ended, false, "cut, not ended");
});

Deno.test("timeouts that are off do not limit a client", async () => {
  const options = { timeouts: { headers: 0, idle: 0, receive: 0, send: 0 } };
  await using server = await serve(async (req, res) => res.send(await req.text()), options);
  const client = server.connect();
  const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
  client.send("POST / HTTP/1.1\r\nHost: a\r\n");
  await pause();
  client.send("Content-Length: 4\r\n\r\nbo");
  await pause();
  client.send("dy");
  await client.until("body");
  await pause();
  client.send(GET);
  await client.until(() => client.text.split(OK).length === 3);
  assertEquals(server.errors, []);
});

Deno.test("onError receives the errors of handlers and hooks, which have no further effect", async () => {
  const thrown = { start: new Error("start"), handle: new Error("handle"), end: new Error("end") };
  const raise = (error: Error) => {
    throw error;
  };
  await using server = await serve({
    handle: () => raise(thrown.handle),
    onConnectionStart: () => raise(thrown.start),
    onConnectionEnd: () => raise(thrown.end),
  });
  const client = server.connect();
  client.send(GET);
  await client.until("HTTP/1.1 500 Internal Server Error");
  client.end();
  await client.until(() => client.closed);
  assertEquals(server.errors.length, 3);
  [thrown.start, thrown.handle, thrown.end].forEach((error, i) =>
    assertStrictEquals(server.errors[i], error)
  );
});

Deno.test("onError that throws does not reach the client", async () => {
  const original = console.error;
  const written: unknown[][] = [];
  console.error = (...args: unknown[]) => void written.push(args);
  try {
    const onError = () => {
      throw new Error("onError itself");
    };
    const handler = () => {
      throw new Error("the handler");
    };
    await using server = await serve(handler, { onError });
    const client = server.connect();
    client.send(GET + GET);
    await client.until(() => client.text.split("HTTP/1.1 500").length === 3);
  } finally {
    console.error = original;
  }
  assertEquals(written.length, 2);
  assertEquals((written[0]?.[1] as Error).message, "onError itself");
});

Deno.test("errors are written to the console without onError, except for those of clients", async () => {
  const original = console.error;
  const written: unknown[][] = [];
  console.error = (...args: unknown[]) => void written.push(args);
  try {
    const { listener, connect } = memoryListener();
    const mistake = new Error("a mistake in the handler");
    await using _listening = await Server.from(listener).handle(async (req) => {
      await req.text();
      throw mistake;
    });
    const client = connect();
    client.send(GET);
    await client.until("HTTP/1.1 500");
    assertEquals(written, [[mistake]]);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n");
    await client.until("HTTP/1.1 400");
    assertEquals(written.length, 1);
    client.end();
    await client.until(() => client.closed);
  } finally {
    console.error = original;
  }
});

Deno.test("a response to a client that does not read slows the handler down, whatever it sends", async () => {
  let written = 0;
  await using server = await serve(async (_req, res) => {
    const answer = res.start();
    for (let i = 0; i < 100; i++) {
      await answer.write("x".repeat(10_000));
      written++;
    }
  });
  const client = server.connect({ window: 50_000 });
  client.pause();
  client.send(GET);
  await nextTurn();
  const before = written;
  assert(before < 20, `${before} writes of 10 KB into a window of 50 KB`);
  client.read(50_000);
  await nextTurn();
  assert(written > before && written < 40, `${written}`);
  client.resume();
  await client.until("0\r\n\r\n");
  assertEquals(written, 100);
});
