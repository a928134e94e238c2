import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { Handler, HandlerFunction } from "../../../src/exchange/handler.ts";
import { toHandler } from "../../../src/exchange/handler.ts";
import type { UpgradedHandler, UpgradedSocket } from "../../../src/exchange/upgraded_socket.ts";
import { ConnectionClosedError, HttpError } from "../../../src/http/errors.ts";
import { HeaderMap } from "../../../src/http/header_map.ts";
import type { RequestHead } from "../../../src/http/request_head.ts";
import type { Request } from "../../../src/http/request.ts";
import { clockFor } from "../../../src/server/clock.ts";
import { ConnectionContext } from "../../../src/server/connection_context.ts";
import { resolveOptions } from "../../../src/server/options.ts";
import { Statistics } from "../../../src/server/statistics.ts";
import { Channel, readBatch } from "../../../src/threads/dispatch/channel.ts";
import {
  DispatchedExchange,
  type DispatchHost,
  type DispatchTarget,
} from "../../../src/threads/dispatch/dispatched_exchange.ts";
import { DispatchedRequests } from "../../../src/threads/dispatch/dispatched_requests.ts";
import { CONTENT, WINDOW } from "../../../src/threads/dispatch/messages.ts";
import { exchangeOf, FakeTransport, headOf, type TransportCall } from "../../exchange/fake_transport.ts";
import { bytesOf } from "../../h1/input.ts";

const { setImmediate } = globalThis as unknown as { readonly setImmediate: (callback: () => void) => void };

/** Lets batches go to and fro until nothing more happens. */
async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Waits for something to come about. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await settle();
  assert(holds(), `Waited in vain: ${what}`);
}

/**
 * An exchange on a transport of the test's, whose handler is on "another thread": batches are cloned on the
 * way.
 */
class Dispatched {
  readonly transport: FakeTransport;
  readonly exchange: DispatchedExchange;
  readonly target: DispatchTarget;
  /** What `onError` was told on the thread that handles. */
  readonly errors: unknown[] = [];
  /** What `onError` was told on the thread with the connection. */
  readonly faults: unknown[] = [];
  /** Statuses of responses that no handler made. */
  readonly refused: number[] = [];
  readonly statistics = new Statistics();
  /** Exchanges that are registered. */
  registered = 0;

  constructor(
    handler: Handler | HandlerFunction,
    head: Partial<RequestHead> = {},
    { hasThread = true, transport = new FakeTransport() } = {},
  ) {
    this.transport = transport;
    const settings = resolveOptions({ onError: (error) => void this.errors.push(error) }, () => {});
    const clock = clockFor(settings.timeouts);
    const context = new ConnectionContext(toHandler(handler), settings, false, this.statistics, clock);
    const requests = new DispatchedRequests({
      postMessage: (batch, transfer = []) => {
        const copy = structuredClone(batch, { transfer: transfer as Transferable[] }) as unknown[];
        setImmediate(() =>
          readBatch(copy, (operation, _id, operands, at) => this.message(operation, operands, at))
        );
      },
    }, context);
    const channel = new Channel({
      postMessage: (batch, transfer = []) => {
        const copy = structuredClone(batch, { transfer: transfer as Transferable[] }) as unknown[];
        setImmediate(() => requests.receive(copy));
      },
    });
    this.target = {
      channel,
      add: () => {
        this.registered++;
        return 7;
      },
      remove: () => void this.registered--,
    };
    const host: DispatchHost = {
      choose: () => hasThread ? this.target : null,
      countRequest: () => this.statistics.request(),
      refused: ({ status }) => void this.refused.push(status),
      report: (error) => void this.faults.push(error),
    };
    this.exchange = new DispatchedExchange(host, transport, headOf(head));
    this.exchange.run();
  }

  /** A message of the thread that handles, as `Thread` takes it. */
  message(operation: number, operands: readonly unknown[], at: number): void {
    try {
      this.exchange.message(operation, operands, at);
    } catch (error) {
      this.exchange.failed(error);
    }
  }
}

/** The calls that a client would notice: not how often bytes were sent, or content asked for. */
function noticed(calls: readonly TransportCall[]): TransportCall[] {
  return calls.filter(([name]) => name !== "schedule" && name !== "skip" && name !== "wantContent");
}

const POST: Partial<RequestHead> = { method: "POST", contentLength: 10 };

// Whole programs.

const PROGRAMS: Record<string, [HandlerFunction, Partial<RequestHead>?]> = {
  "a whole response": [(_req, res) => res.send("hello")],
  "bytes": [(_req, res) => res.send(Uint8Array.of(0, 255))],
  "text beyond ASCII": [(_req, res) => res.send("é")],
  "an untouched response": [(_req, res) => {
    res.status = 404;
  }],
  "fields, of Latin-1 too": [(_req, res) => {
    res.headers.append("X-A", "1");
    res.headers.append("x-a", "\xe9");
    res.send("a");
  }],
  "a stream": [async (_req, res) => {
    const answer = res.start();
    await answer.write("a");
    await answer.write(Uint8Array.of(1, 2));
    answer.end({ trailers: { digest: "\xe9" } });
  }, { acceptsTrailers: true }],
  "interim responses": [(_req, res) => {
    res.sendInformational(103, { link: "</a>" });
    res.send("a");
  }],
  "HEAD": [(_req, res) => res.send("hello"), { method: "HEAD" }],
  "304": [(_req, res) => {
    res.status = 304;
  }],
  "an HttpError": [() => Promise.reject(new HttpError(404, "words"))],
  "a handler that fails": [() => Promise.reject(new Error("oh"))],
  "a handler that fails in the midst": [(_req, res) => {
    res.start();
    throw new Error("oh");
  }],
  "content that nobody reads": [(_req, res) => res.send("a"), POST],
  "a declared length": [(_req, res) => {
    res.headers.set("content-length", "3");
    res.start().write("abc");
  }],
};

for (const [name, [handler, head]] of Object.entries(PROGRAMS)) {
  Deno.test(`DispatchedExchange asks the transport what an Exchange does: ${name}`, async () => {
    const local = exchangeOf(handler, head);
    const dispatched = new Dispatched(handler, head);
    await settle();
    const expected = noticed(local.transport.take());
    // The other thread has told of its end by then: a response that was cut is over.
    const calls = expected.some(([name]) => name === "abort") ? expected.slice(0, -1) : expected;
    assertEquals(noticed(dispatched.transport.take()), calls);
    assertEquals(dispatched.errors.map(String), local.errors.map(String));
    assertEquals([dispatched.faults, dispatched.registered], [[], 0]);
  });
}

Deno.test("DispatchedExchange gives the handler the request as it was", async () => {
  let seen: unknown[] = [];
  const fields = "Host: a\r\nX: \xe9\r\nx: 2\r\n";
  new Dispatched((req) => {
    const { method, uri, version, headers, remoteAddress } = req;
    seen = [method, uri.raw, uri.form, version, headers.raw(), remoteAddress];
  }, {
    method: "OPTIONS",
    form: "absolute",
    version: "1.0",
    target: () => "http://b/c?d",
    fieldSection: () => fields,
  });
  await settle();
  const pairs = [["Host", "a"], ["X", "\xe9"], ["x", "2"]];
  const address = { hostname: "192.0.2.1", port: 1234 };
  assertEquals(seen, ["OPTIONS", "http://b/c?d", "absolute", "1.0", pairs, address]);
});

// The content of a request.

Deno.test("DispatchedExchange brings content and trailers to the handler, and tells what was read", async () => {
  let seen: unknown[] = [];
  const { exchange, transport } = new Dispatched(async (req, res) => {
    seen = [await req.text(), (await req.trailers).raw()];
    res.send("a");
  }, { method: "POST", hasContent: true });
  await settle();
  assert(transport.take().some(([name]) => name === "wantContent"));
  const shared = bytesOf("hello, and others' bytes");
  exchange.contentArrived(shared.subarray(0, 5));
  shared.fill(0);
  exchange.contentEnded(() => new HeaderMap({ X: "\xe9" }));
  await settle();
  assertEquals(seen, ["hello", [["X", "\xe9"]]]);
  assertEquals(noticed(transport.take()), [["whole", 200, null, null, 1, "a"], ["done", 5]]);
});

Deno.test("DispatchedExchange accepts a window of content that the handler has not taken, and then more", async () => {
  let request: Request | undefined;
  const gate = Promise.withResolvers<void>();
  const { exchange } = new Dispatched(async (req) => {
    request = req;
    await gate.promise;
  }, { method: "POST", hasContent: true });
  await settle();
  exchange.contentArrived(new Uint8Array(WINDOW - 1));
  await settle();
  assertEquals(exchange.acceptsContent, true);
  exchange.contentArrived(new Uint8Array(1));
  await settle();
  assertEquals([exchange.acceptsContent, exchange.awaitsContent], [false, false]);
  const reader = request!.body.getReader();
  await reader.read();
  await until("content is accepted again", () => exchange.acceptsContent);
  gate.resolve();
});

Deno.test("DispatchedExchange.awaitsContent counts for what was posted when the handler began to wait", async () => {
  let request: Request | undefined;
  const gate = Promise.withResolvers<void>();
  const { exchange } = new Dispatched(async (req) => {
    request = req;
    await gate.promise;
  }, POST);
  await settle();
  assertEquals(exchange.awaitsContent, false);
  const reader = request!.body.getReader();
  const reading = reader.read();
  await settle();
  assertEquals(exchange.awaitsContent, true);
  exchange.contentArrived(new Uint8Array(5));
  assertEquals(exchange.awaitsContent, false, "the handler has something to work at");
  await reading;
  await settle();
  assertEquals(exchange.awaitsContent, false, "nobody reads now");
  const next = reader.read();
  await settle();
  assertEquals(exchange.awaitsContent, true);
  exchange.contentArrived(new Uint8Array(5));
  exchange.contentEnded(() => new HeaderMap());
  await next;
  await settle();
  assertEquals(exchange.awaitsContent, false);
  gate.resolve();
});

Deno.test("DispatchedExchange tells the handler of content that cannot be completed", async () => {
  const { exchange, transport, errors } = new Dispatched((req) => req.text().then(() => {}), POST);
  await settle();
  transport.take();
  exchange.requestFailed(new HttpError(413, "The content is too large"));
  assertEquals([exchange.acceptsContent, exchange.awaitsContent], [false, false]);
  await settle();
  assertEquals(noticed(transport.take()), [["refuse", 413, "The content is too large"], ["done", 0]]);
  assertEquals(errors.map(String), ["HttpError: The content is too large"]);
});

Deno.test("DispatchedExchange lets content come that the handler wants none of", async () => {
  const { exchange, transport } = new Dispatched(async (req, res) => {
    await req.body.cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
    res.send("a");
  }, { method: "POST", hasContent: true });
  await settle();
  assert(transport.take().some(([name]) => name === "dropContent"));
  for (let i = 0; i < 4; i++) {
    exchange.contentArrived(new Uint8Array(WINDOW / 2));
    await settle();
    assertEquals(exchange.acceptsContent, true, `after ${i + 1} halves of a window`);
  }
});

// The response.

Deno.test("DispatchedExchange holds the handler back while the client takes nothing of a window", async () => {
  const drained = Promise.withResolvers<void>();
  const transport = new FakeTransport();
  transport.readiness = drained.promise;
  let written = 0;
  const gate = new Dispatched(
    async (_req, res) => {
      const answer = res.start();
      for (let i = 0; i < 64; i++) {
        await answer.write(new Uint8Array(8192));
        written += 8192;
      }
    },
    {},
    { transport },
  );
  await settle();
  // The write that fills the window waits.
  assertEquals(written, WINDOW - 8192);
  drained.resolve();
  await until("everything is written", () => written === 64 * 8192);
  await settle();
  const size = gate.transport.take().filter(([name]) => name === "content")
    .reduce((sum, [, bytes]) => sum + (bytes as number[]).length, 0);
  assertEquals(size, 64 * 8192);
});

Deno.test("DispatchedExchange carries out nothing more once it is over", async () => {
  const dispatched = new Dispatched((_req, res) => res.send("a"));
  await settle();
  dispatched.transport.take();
  dispatched.message(CONTENT, ["late"], 0);
  dispatched.message(CONTENT, [-1], 0);
  dispatched.exchange.threadDied();
  dispatched.exchange.transportClosed(new ConnectionClosedError("gone"));
  assertEquals([dispatched.transport.take(), dispatched.faults, dispatched.registered], [[], [], 0]);
});

// Ends.

Deno.test("DispatchedExchange answers 503 where there is no thread", () => {
  const { transport, refused, statistics } = new Dispatched(() => {}, {}, { hasThread: false });
  assertEquals(transport.take(), [["refuse", 503, "No thread is there to handle the request"], ["done", 0]]);
  assertEquals([refused, statistics.snapshot().requests], [[503], 1]);
});

Deno.test("DispatchedExchange answers 502 for a thread that dies before the response, and cuts it off after", async () => {
  const waiting = new Dispatched(() => new Promise(() => {}));
  await settle();
  waiting.exchange.threadDied();
  assertEquals(waiting.transport.take(), [
    ["refuse", 502, "The thread that handled the request has died"],
    ["done", 0],
  ]);
  assertEquals([waiting.refused, waiting.registered], [[502], 0]);
  const streaming = new Dispatched((_req, res) => {
    res.start();
    return new Promise(() => {});
  });
  await settle();
  streaming.transport.take();
  streaming.exchange.threadDied();
  streaming.exchange.threadDied();
  assertEquals([streaming.transport.take(), streaming.refused], [[["abort"]], []]);
});

Deno.test("DispatchedExchange tells the handler why the connection is gone, with the cause", async () => {
  let request: Request | undefined;
  const write = Promise.withResolvers<unknown>();
  const { exchange, transport } = new Dispatched(async (req, res) => {
    request = req;
    req.signal.addEventListener("abort", () => write.resolve(answer.write("a").catch((error) => error)));
    const answer = res.start();
    await write.promise;
  });
  await settle();
  transport.take();
  const cause = Object.assign(new Error("reset"), { code: "ECONNRESET" });
  exchange.transportClosed(new ConnectionClosedError("The client went away", { cause }));
  const error = await write.promise as ConnectionClosedError;
  assertStrictEquals(request!.signal.reason, error);
  assertEquals([String(error), String(error.cause)], [
    "ConnectionClosedError: The client went away",
    "Error: reset",
  ]);
  assertEquals((error.cause as { code?: string }).code, "ECONNRESET");
  await settle();
  assertEquals(transport.take(), []);
});

Deno.test("DispatchedExchange tells the handler that the client may be gone", async () => {
  let reason: unknown;
  const { exchange, transport } = new Dispatched(async (req, res) => {
    await new Promise((resolve) => req.signal.addEventListener("abort", resolve));
    reason = req.signal.reason;
    res.send("still");
  });
  await settle();
  exchange.clientMayBeGone();
  await settle();
  assertEquals(String(reason).startsWith("ConnectionClosedError: The client closed its half"), true);
  assertEquals(noticed(transport.take())[0], ["whole", 200, null, null, 5, "still"]);
});

Deno.test("DispatchedExchange cuts off what a message that cannot be carried out belongs to, and tells both sides", async () => {
  let reason: unknown;
  const dispatched = new Dispatched(async (req) => {
    await new Promise((resolve) => req.signal.addEventListener("abort", resolve));
    reason = req.signal.reason;
  });
  await settle();
  dispatched.message(CONTENT, [-1], 0);
  await settle();
  assertEquals(dispatched.transport.take(), [["abort"]]);
  assertEquals(dispatched.faults.map(String), ["RangeError: Invalid typed array length: -1"]);
  assertEquals([String(reason), dispatched.registered], ["ConnectionClosedError: The connection was cut", 0]);
});

// A connection that leaves HTTP.

/** The socket of an upgraded connection, which notes what it is asked. */
class FakeUpgradedSocket implements UpgradedSocket {
  readonly remoteAddress = { hostname: "192.0.2.1", port: 1234 };
  readonly unsent = 0;
  readonly calls: string[] = [];
  readiness: Promise<void> = Promise.resolve();

  write(data: string | Uint8Array): void {
    this.calls.push(`write ${typeof data === "string" ? data : new TextDecoder().decode(data)}`);
  }
  flush(): boolean {
    return true;
  }
  ready(): Promise<void> {
    return this.readiness;
  }
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  end(): void {
    this.calls.push("end");
  }
  leave(): void {
    this.calls.push("leave");
  }
  destroy(): void {
    this.calls.push("destroy");
  }
  countMessages(): void {}
}

/** A transport whose connection leaves HTTP with early bytes. */
class UpgradingTransport extends FakeTransport {
  readonly socket = new FakeUpgradedSocket();
  raw: UpgradedHandler | undefined;

  override upgrade(...[headers, take]: Parameters<FakeTransport["upgrade"]>): void {
    this.calls.push(["upgrade", headers.raw()]);
    this.raw = take(this.socket, bytesOf("early "), false);
  }
}

Deno.test("DispatchedExchange relays an upgraded connection in both directions, to its orderly end", async () => {
  const transport = new UpgradingTransport();
  const dispatched = new Dispatched(
    async (_req, res) => {
      res.headers.set("upgrade", "x");
      const { readable, writable } = await res.upgrade();
      await readable.pipeTo(writable);
    },
    { offersUpgrade: true },
    { transport },
  );
  await settle();
  assertEquals(transport.take(), [["upgrade", [["upgrade", "x"]]]]);
  transport.raw!.onData(bytesOf("late"));
  await settle();
  const written = () => transport.socket.calls.filter((call) => call.startsWith("write")).join("");
  assertEquals(written(), "write early write late");
  transport.raw!.onEnd();
  await settle();
  assertEquals(transport.socket.calls.filter((call) => !call.startsWith("write") && call !== "resume"), [
    "end",
    "leave",
  ]);
  transport.raw!.onClose();
  await settle();
  assertEquals([dispatched.errors, dispatched.faults, dispatched.registered], [[], [], 0]);
});

Deno.test("DispatchedExchange holds the client of an upgraded connection back from a window on", async () => {
  const transport = new UpgradingTransport();
  let readable: ReadableStream<Uint8Array> | undefined;
  new Dispatched(
    async (_req, res) => {
      ({ readable } = await res.upgrade());
    },
    { offersUpgrade: true },
    { transport },
  );
  await settle();
  const reader = readable!.getReader();
  await reader.read();
  await settle();
  transport.socket.calls.length = 0;
  for (let i = 0; i < 4; i++) transport.raw!.onData(new Uint8Array(WINDOW / 2));
  assertEquals(transport.socket.calls.includes("pause"), true);
  transport.socket.calls.length = 0;
  for (let i = 0; i < 4; i++) await reader.read();
  await until("the client may send again", () => transport.socket.calls.includes("resume"));
});

Deno.test("DispatchedExchange gives an upgraded connection up whose thread dies, or whose handler does", async () => {
  const ends: [string, (dispatched: Dispatched) => void, boolean][] = [
    ["the thread", ({ exchange }) => exchange.threadDied(), false],
    ["the handler", () => {}, true],
  ];
  for (const [name, end, fails] of ends) {
    const transport = new UpgradingTransport();
    const dispatched = new Dispatched(
      async (_req, res) => {
        await res.upgrade();
        if (fails) throw new Error("oh");
      },
      { offersUpgrade: true },
      { transport },
    );
    await settle();
    end(dispatched);
    await settle();
    assertEquals(transport.socket.calls.at(-1), "destroy", name);
    assertEquals(dispatched.registered, 0, name);
  }
});

Deno.test("DispatchedExchange tells both streams of an upgraded connection that it is gone", async () => {
  const transport = new UpgradingTransport();
  let streams: { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array> } | undefined;
  new Dispatched(
    async (_req, res) => {
      streams = await res.upgrade();
    },
    { offersUpgrade: true },
    { transport },
  );
  await settle();
  const reader = streams!.readable.getReader();
  const writer = streams!.writable.getWriter();
  reader.closed.catch(() => {});
  writer.closed.catch(() => {});
  writer.ready.catch(() => {});
  transport.raw!.onClose(new Error("ECONNRESET"));
  await settle();
  const error = await assertRejects(() => writer.write(bytesOf("a")), ConnectionClosedError);
  assert(error.cause instanceof ConnectionClosedError, String(error.cause));
});
