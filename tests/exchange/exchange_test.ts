import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { Exchange } from "../../src/exchange/exchange.ts";
import type { HandlerFunction } from "../../src/exchange/handler.ts";
import { NO_SIZE, UNKNOWN_SIZE } from "../../src/exchange/transport.ts";
import { ConnectionClosedError, HttpError, ResponseError } from "../../src/http/errors.ts";
import { HeaderMap } from "../../src/http/header_map.ts";
import type { Request } from "../../src/http/request.ts";
import type { RequestHead } from "../../src/http/request_head.ts";
import type { Fresh, Response, Streaming } from "../../src/http/response.ts";
import { bytesOf } from "../h1/input.ts";
import { exchangeOf, FakeTransport, headOf, hostOf } from "./fake_transport.ts";

const UNREAD_LIMIT = 256 * 1024;
const BARE_500 = ["whole", 500, null, null, 0, ""];
const DONE = ["done", 0];

/** Lets everything that is ready run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await null;
}

/** The calls of a response. */
async function callsOf(handler: HandlerFunction, head: Partial<RequestHead> = {}): Promise<unknown[]> {
  const { transport, errors } = exchangeOf(handler, head);
  await settle();
  assertEquals(errors, []);
  return transport.take();
}

// The order of the calls.

Deno.test("Exchange sends a response of known size in one call, and is over with it", async () => {
  assertEquals(await callsOf((_req, res) => res.send("hi")), [["whole", 200, null, null, 2, "hi"], DONE]);
  const bytes = await callsOf((_req, res) => {
    res.status = 404;
    res.headers.set("X", "y");
    res.send(Uint8Array.of(1, 2, 3));
  });
  assertEquals(bytes, [["whole", 404, null, [["X", "y"]], 3, [1, 2, 3]], DONE]);
});

Deno.test("Exchange counts bytes of UTF-8, and gives text to the transport as ASCII or as bytes", async () => {
  assertEquals(await callsOf((_req, res) => res.send("é")), [
    ["whole", 200, null, null, 2, [0xc3, 0xa9]],
    DONE,
  ]);
  const streamed = await callsOf(async (_req, res) => {
    const answer = res.start();
    await answer.write("a");
    await answer.write("é");
  });
  assertEquals(streamed.slice(1, 3), [["content", "a"], ["content", [0xc3, 0xa9]]]);
});

Deno.test("Exchange sends an untouched response with its status and fields", async () => {
  const calls = await callsOf((_req, res) => {
    res.status = 404;
    res.headers.set("a", "b");
  });
  assertEquals(calls, [["whole", 404, null, [["a", "b"]], 0, ""], DONE]);
});

Deno.test("Exchange sends a streaming response as head, content and end", async () => {
  const calls = await callsOf(async (_req, res) => {
    const answer = res.start();
    await answer.write("a");
    await answer.write(Uint8Array.of(1));
    await answer.write("");
    answer.end();
  });
  assertEquals(calls, [
    ["head", 200, null, null, UNKNOWN_SIZE, true],
    ["content", "a"],
    ["content", [1]],
    ["skip", 0],
    ["end", null],
    DONE,
  ]);
});

Deno.test("Exchange ends a streaming response whose handler has settled, and names a later write", async () => {
  let answer: Response<Streaming> | undefined;
  const { transport, errors } = exchangeOf((_req, res) => {
    answer = res.start();
  });
  assertEquals(transport.take().map(([name]) => name), ["head", "end", "done"]);
  const message = "Cannot write to the response: the handler has settled " +
    "(was a promise not awaited or returned?)";
  await assertRejects(() => answer!.write("late"), ResponseError, message);
  assertThrows(() => answer!.end(), ResponseError, "Cannot end the response: the handler has settled");
  assertEquals([transport.take(), errors.length], [[], 1]);
});

Deno.test("Exchange names a response that is sent once the handler has settled", () => {
  let response: Response<Fresh> | undefined;
  exchangeOf((_req, res) => {
    response = res;
  });
  assertThrows(
    () => response!.send("late"),
    ResponseError,
    "Cannot send the response: the handler has settled",
  );
});

Deno.test("Exchange sends interim responses before the final one, and none that frames content", async () => {
  const calls = await callsOf((_req, res) => {
    res.sendInformational(103, { link: "</a>" });
    assertThrows(() => res.sendInformational(103, { "content-length": "5" }), ResponseError);
    res.send("a");
    assertThrows(() => res.sendInformational(103), ResponseError);
  });
  assertEquals(calls.slice(0, 2), [["interim", 103, [["link", "</a>"]]], ["whole", 200, null, null, 1, "a"]]);
});

Deno.test("Exchange sends trailers to a client that takes them, and drops them for any other", async () => {
  for (const acceptsTrailers of [true, false]) {
    const calls = await callsOf((_req, res) => {
      const answer = res.start();
      assertThrows(
        () => answer.end({ trailers: { host: "a" } }),
        ResponseError,
        'Cannot send trailer "host"',
      );
      answer.end({ trailers: { digest: "x" } });
    }, { acceptsTrailers });
    assertEquals(calls[1], ["end", acceptsTrailers ? [["digest", "x"]] : null]);
  }
});

Deno.test("Exchange counts the request and its response once", async () => {
  const { notes } = exchangeOf((_req, res) => res.send());
  const streaming = exchangeOf((_req, res) => void res.start());
  await settle();
  assertEquals([notes.requests, notes.statuses], [1, [200]]);
  assertEquals([streaming.notes.requests, streaming.notes.statuses], [1, [200]]);
});

// Responses without content.

Deno.test("Exchange sends no content to HEAD, and tells a size only where it is known", async () => {
  const sizes: [HandlerFunction, number][] = [
    [(_req, res) => res.send(), NO_SIZE],
    [(_req, res) => res.send(""), 0],
    [(_req, res) => res.send("hello"), 5],
    [(_req, res) => res.send(new Uint8Array(7)), 7],
    [() => {}, NO_SIZE],
  ];
  for (const [handler, size] of sizes) {
    assertEquals(await callsOf(handler, { method: "HEAD" }), [["whole", 200, null, null, size, null], DONE]);
  }
  const streaming = await callsOf(async (_req, res) => {
    const answer = res.start();
    await answer.write("dropped");
  }, { method: "HEAD" });
  assertEquals(streaming, [["head", 200, null, null, UNKNOWN_SIZE, false], ["skip", 7], DONE]);
});

Deno.test("Exchange sends no content with 204, 205 and 304, and the length that each may tell", async () => {
  for (const [status, size] of [[204, NO_SIZE], [205, 0], [304, NO_SIZE]] as const) {
    for (const body of [undefined, "dropped"]) {
      const whole = await callsOf((_req, res) => {
        res.status = status;
        res.send(body);
      });
      assertEquals(whole, [["whole", status, null, null, size, null], DONE]);
    }
    const streaming = await callsOf((_req, res) => {
      res.status = status;
      res.start().end();
    });
    assertEquals(streaming, [["head", status, null, null, size, false], DONE]);
  }
});

Deno.test("Exchange leaves the content-length of a 204 or 205 out of what is sent, not out of the handler's map", async () => {
  for (const status of [204, 205]) {
    let response: Response<Fresh> | undefined;
    const calls = await callsOf((_req, res) => {
      response = res;
      res.status = status;
      res.headers.set("content-length", "5");
      res.headers.set("a", "b");
      res.send();
    }) as unknown[][];
    assertEquals(calls[0]!.slice(0, 4), ["whole", status, null, [["a", "b"]]]);
    assertEquals(response!.headers.get("content-length"), "5");
  }
});

Deno.test("Exchange cancels a stream whose content is not wanted", async () => {
  const canceled: unknown[] = [];
  const calls = await callsOf(
    (_req, res) => res.send(new ReadableStream({ cancel: (reason) => void canceled.push(reason) })),
    { method: "HEAD" },
  );
  assertEquals(calls, [["head", 200, null, null, UNKNOWN_SIZE, false], DONE]);
  assertEquals(canceled, [undefined]);
});

// The length of the content.

Deno.test("Exchange refuses a body that is not as long as the handler has declared, and nothing has changed", async () => {
  const calls = await callsOf((_req, res) => {
    res.headers.set("content-length", "5");
    const message = "Cannot send the response: content-length is 5 but the body has 3 bytes";
    for (const body of ["abc", new Uint8Array(3)]) {
      assertEquals(assertThrows(() => res.send(body), ResponseError).message, message);
    }
    assertThrows(() => res.send(new Blob(["abc"])), ResponseError, message);
    assertEquals(res.headers.raw(), [["content-length", "5"]]);
    res.headers.set("content-length", "3");
    res.send("abc");
  });
  assertEquals(calls, [["whole", 200, null, [["content-length", "3"]], 3, "abc"], DONE]);
});

Deno.test("Exchange leaves everything as it was where a send is refused", async () => {
  const refused: [string, string][] = [["content-length", "x"], ["transfer-encoding", "gzip"]];
  for (const [name, value] of refused) {
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    const calls = await callsOf(async (_req, res) => {
      res.headers.set(name, value);
      assertThrows(() => res.send("abc"), ResponseError, `Cannot send header "${name}"`);
      assertThrows(() => res.send(stream), ResponseError, `Cannot send header "${name}"`);
      assertThrows(() => res.start(), ResponseError, `Cannot send header "${name}"`);
      assertEquals([res.headers.raw(), stream.locked], [[[name, value]], false]);
      res.headers.delete(name);
      await res.send(stream);
    });
    assertEquals(calls, [["head", 200, null, [], UNKNOWN_SIZE, true], ["end", null], DONE]);
  }
});

Deno.test("Exchange keeps a count of its own of what content-length leaves", async () => {
  for (let i = 0; i < 2; i++) {
    const { transport, errors } = exchangeOf(async (_req, res) => {
      res.headers.set("content-length", "5");
      const answer = res.start();
      await answer.write("abc");
      await assertRejects(
        () => answer.write("def"),
        ResponseError,
        "Cannot write 3 bytes to the response: content-length leaves 2",
      );
      await answer.write("de");
      answer.end();
    });
    await settle();
    assertEquals(transport.take(), [
      ["head", 200, null, [["content-length", "5"]], 5, true],
      ["content", "abc"],
      ["content", "de"],
      ["end", null],
      DONE,
    ]);
    assertEquals(errors.map(String), [
      "ResponseError: Cannot write 3 bytes to the response: content-length leaves 2",
    ]);
  }
});

Deno.test("Exchange cuts a response off whose content is too short when it ends", async () => {
  const message = "Cannot end the response: content-length leaves 4 bytes to write";
  for (const ends of [true, false]) {
    const { transport, errors } = exchangeOf(async (_req, res) => {
      res.headers.set("content-length", "5");
      const answer = res.start();
      await answer.write("a");
      if (ends) assertEquals(assertThrows(() => answer.end(), ResponseError).message, message);
    });
    await settle();
    assertEquals(transport.take().map(([name]) => name), ["head", "content", "abort", "done"]);
    // The handler that ended it was told by the call.
    assertEquals(errors.map(String), ends ? [] : [`ResponseError: ${message}`]);
  }
});

// A handler that fails.

Deno.test("Exchange answers a handler that throws or rejects with a bare 500, and tells the error once", async () => {
  const error = new Error("oh");
  const handlers: HandlerFunction[] = [
    () => {
      throw error;
    },
    () => Promise.reject(error),
    (_req, res) => {
      res.status = 200;
      res.headers.set("set-cookie", "secret");
      throw error;
    },
  ];
  for (const handler of handlers) {
    const { transport, errors } = exchangeOf(handler);
    await settle();
    assertEquals([transport.take(), errors], [[BARE_500, DONE], [error]]);
  }
});

Deno.test("Exchange cuts a streaming response whose handler fails", async () => {
  const error = new Error("oh");
  const { transport, errors, exchange } = exchangeOf((_req, res) => {
    res.start();
    throw error;
  });
  await settle();
  assertEquals(transport.take().map(([name]) => name), ["head", "abort", "done"]);
  assertEquals(errors, [error]);
  exchange.transportClosed(new ConnectionClosedError("cut"));
  assertEquals(transport.take(), []);
});

Deno.test("Exchange leaves a response alone that was sent before its handler failed", async () => {
  const error = new HttpError(404, "not to be seen");
  const { transport, errors } = exchangeOf((_req, res) => {
    res.send("whole");
    throw error;
  });
  await settle();
  assertEquals([transport.take(), errors], [[["whole", 200, null, null, 5, "whole"], DONE], [error]]);
});

Deno.test("Exchange takes what a handler returns for a mistake, which names the wrapper that it meant", async () => {
  const values: [unknown, string][] = [
    ["text", "text: send it with res.send()"],
    [new Uint8Array(1), "bytes: send them with res.send()"],
    [new globalThis.Response("x"), "a Fetch Response: wrap the handler in fetchHandler()"],
    [null, "null: send content with res.send(), or wrap a handler that returns a Response in fetchHandler()"],
    [5, "a number: send content with res.send()"],
    [{ a: 1 }, "an object: send content with res.send()"],
    [false, "a boolean: send content with res.send()"],
  ];
  for (const [value, words] of values) {
    for (const isAsync of [true, false]) {
      const handler = () => isAsync ? Promise.resolve(value) : value;
      const { transport, errors } = exchangeOf(handler as HandlerFunction);
      await settle();
      assertEquals(transport.take(), [BARE_500, DONE]);
      const message = `TypeError: Cannot use what the handler returned: it is ${words}`;
      assertEquals([errors.length, String(errors[0]).slice(0, message.length)], [1, message]);
    }
  }
});

Deno.test("Exchange tells of a returned value though the response was sent", async () => {
  const returning = ((_req: Request, res: Response<Fresh>) => {
    res.send("sent");
    return "text";
  }) as unknown as HandlerFunction;
  const { transport, errors } = exchangeOf(returning);
  await settle();
  assertEquals(transport.take(), [["whole", 200, null, null, 4, "sent"], DONE]);
  assertEquals(errors.length, 1);
});

Deno.test("Exchange waits for anything with a then method, and answers for one that throws", async () => {
  const then = (resolve: () => void) => resolve();
  assertEquals(await callsOf((() => ({ then })) as unknown as HandlerFunction), [
    ["whole", 200, null, null, 0, ""],
    DONE,
  ]);
  const error = new Error("oh");
  const throwing = {
    get then(): never {
      throw error;
    },
  };
  const { transport, errors } = exchangeOf((() => throwing) as unknown as HandlerFunction);
  await settle();
  assertEquals([transport.take(), errors], [[BARE_500, DONE], [error]]);
});

Deno.test("Exchange counts the handlers whose promise has not settled", async () => {
  for (const end of ["resolve", "reject"] as const) {
    const gate = Promise.withResolvers<void>();
    const { host } = exchangeOf(() => gate.promise);
    assertEquals(host.pendingHandlers, 1);
    gate[end]();
    await settle();
    assertEquals(host.pendingHandlers, 0);
  }
  assertEquals(exchangeOf(() => {}).host.pendingHandlers, 0);
});

// HttpError as an answer.

Deno.test("Exchange answers an HttpError below 500 with its words, and tells nobody", async () => {
  const fields = [["content-type", "text/plain;charset=UTF-8"]];
  for (const isAsync of [true, false]) {
    const calls = await callsOf((_req, res) => {
      res.headers.set("set-cookie", "not sent");
      const error = new HttpError(404, "words");
      if (isAsync) return Promise.reject(error);
      throw error;
    });
    assertEquals(calls, [["whole", 404, null, fields, 6, "words\n"], DONE]);
  }
  const [call] = await callsOf(() => {
    throw new HttpError(409, "é");
  });
  assertEquals(call, ["whole", 409, null, fields, 3, [0xc3, 0xa9, 0x0a]]);
});

Deno.test("Exchange answers an HttpError from 500 on without its words, and tells it", async () => {
  const error = new HttpError(503, "words");
  const { transport, errors } = exchangeOf(() => Promise.reject(error));
  await settle();
  assertEquals([transport.take(), errors], [[["whole", 503, null, null, 0, ""], DONE], [error]]);
});

Deno.test("HttpError.expose decides whether the words are sent and whether the error is told", async () => {
  const open = exchangeOf(() => Promise.reject(new HttpError(503, "words", { expose: true })));
  const hidden = exchangeOf(() => Promise.reject(new HttpError(404, "words", { expose: false })));
  await settle();
  assertEquals(open.transport.take()[0]?.slice(-2), [6, "words\n"]);
  assertEquals(hidden.transport.take()[0], ["whole", 404, null, null, 0, ""]);
  assertEquals([open.errors.length, hidden.errors.length], [0, 1]);
});

Deno.test("Exchange sends no content of an HttpError to HEAD", async () => {
  const [call] = await callsOf(() => Promise.reject(new HttpError(404, "words")), { method: "HEAD" }) as [
    unknown[],
  ];
  assertEquals([call[1], ...call.slice(-2)], [404, 6, null]);
});

// Fields that have been sent.

Deno.test("Exchange locks the fields once the head has been sent", async () => {
  const sends: ((res: Response<Fresh>) => unknown)[] = [
    (res) => res.send("a"),
    (res) => res.start(),
    (res) => res.send(new Blob(["a"])),
  ];
  for (const send of sends) {
    await callsOf((_req, res) => {
      const { headers } = res;
      headers.set("a", "b");
      send(res);
      for (const { headers } of [res, { headers: res.headers }]) {
        assertThrows(() => headers.set("x", "y"), ResponseError);
        assertThrows(() => headers.append("x", "y"), ResponseError);
        assertThrows(() => headers.delete("a"), ResponseError);
      }
      assertEquals(headers.raw(), [["a", "b"]]);
    });
  }
});

Deno.test("Exchange locks fields too that the handler asks for after the head, and those of an untouched response", async () => {
  let response: Response<Fresh> | undefined;
  await callsOf((_req, res) => {
    response = res;
  });
  assertThrows(() => response!.headers.set("x", "y"), ResponseError);
  await callsOf((_req, res) => {
    res.send();
    assertThrows(() => res.headers.append("x", "y"), ResponseError);
  });
});

// Streams as content.

Deno.test("Exchange sends a stream piece by piece, and a Blob with its size", async () => {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytesOf("ab"));
      controller.enqueue(bytesOf("c"));
      controller.close();
    },
  });
  assertEquals(await callsOf((_req, res) => res.send(stream)), [
    ["head", 200, null, null, UNKNOWN_SIZE, true],
    ["content", [97, 98]],
    ["content", [99]],
    ["end", null],
    DONE,
  ]);
  const { transport } = exchangeOf((_req, res) => res.send(new Blob(["abc"])));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const calls = transport.take();
  assertEquals([calls[0], calls.at(-2), calls.at(-1)], [
    ["head", 200, null, null, 3, true],
    ["end", null],
    DONE,
  ]);
});

Deno.test("Exchange goes on with a stream that the handler does not wait for", async () => {
  const gate = Promise.withResolvers<void>();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await gate.promise;
      controller.enqueue(bytesOf("a"));
      controller.close();
    },
  });
  const { transport } = exchangeOf((_req, res) => void res.send(stream));
  await settle();
  assertEquals(transport.take().map(([name]) => name), ["head"]);
  gate.resolve();
  await settle();
  assertEquals(transport.take(), [["content", [97]], ["end", null], DONE]);
});

Deno.test("Exchange cuts a response off whose stream brings anything but bytes, or fails", async () => {
  const notBytes = "Cannot send the response: a chunk of its stream is not a Uint8Array";
  for (const chunk of ["text", 5, null, new ArrayBuffer(1)]) {
    const stream = new ReadableStream({ start: (controller) => controller.enqueue(chunk) });
    const { transport, errors } = exchangeOf((_req, res) => res.send(stream));
    await settle();
    assertEquals(transport.take().map(([name]) => name), ["head", "abort", "done"]);
    assertEquals(errors.map(String), [`TypeError: ${notBytes}`]);
  }
  const error = new Error("oh");
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(error) });
  const { transport, errors } = exchangeOf((_req, res) => res.send(stream));
  await settle();
  assertEquals(transport.take().map(([name]) => name), ["head", "abort", "done"]);
  assertEquals(errors, [error]);
});

// A client that goes away.

Deno.test("Exchange tells its handler that the connection is gone, and asks the transport nothing more", async () => {
  const gone = new ConnectionClosedError("The client went away");
  let answer: Response<Streaming> | undefined;
  let request: Request | undefined;
  const gate = Promise.withResolvers<void>();
  const { exchange, transport, errors } = exchangeOf((req, res) => {
    request = req;
    answer = res.start();
    return gate.promise;
  });
  const { signal } = request!;
  transport.take();
  exchange.transportClosed(gone);
  assertEquals([signal.aborted, signal.reason], [true, gone]);
  assertStrictEquals(await assertRejects(() => answer!.write("a")), gone);
  answer!.end();
  gate.resolve();
  await settle();
  assertEquals([transport.take(), errors], [[], []]);
});

Deno.test("Exchange.clientMayBeGone() aborts the signal, and the response goes on", async () => {
  let request: Request | undefined;
  const gate = Promise.withResolvers<void>();
  const { exchange, transport } = exchangeOf(async (req, res) => {
    request = req;
    await gate.promise;
    res.send("still");
  });
  exchange.clientMayBeGone();
  assertInstanceOf(request!.signal.reason, ConnectionClosedError);
  gate.resolve();
  await settle();
  assertEquals(transport.take(), [["whole", 200, null, null, 5, "still"], DONE]);
});

Deno.test("Exchange cancels a stream whose client is gone, though it has nothing to send", async () => {
  const canceled: unknown[] = [];
  const stream = new ReadableStream<Uint8Array>({ cancel: (reason) => void canceled.push(reason) });
  const { exchange, transport } = exchangeOf((_req, res) => res.send(stream));
  const gone = new ConnectionClosedError("The client went away");
  exchange.transportClosed(gone);
  await settle();
  assertEquals([canceled, transport.take().map(([name]) => name)], [[gone], ["head"]]);
});

// The content of the request.

const POST: Partial<RequestHead> = { method: "POST", contentLength: 10 };

Deno.test("Exchange asks for content when the handler reads, and tells what was read", async () => {
  let text = "";
  const { exchange, transport } = exchangeOf(async (req, res) => {
    text = await req.text();
    res.send("a");
  }, POST);
  assertEquals([transport.take(), exchange.awaitsContent, exchange.acceptsContent], [
    [["wantContent"]],
    true,
    true,
  ]);
  exchange.contentArrived(bytesOf("01234"), false);
  exchange.contentArrived(bytesOf("56789"), false);
  exchange.contentEnded(() => {
    throw new Error("nobody asked for trailers");
  });
  await settle();
  assertEquals([text, transport.take()], ["0123456789", [["whole", 200, null, null, 1, "a"], ["done", 10]]]);
});

Deno.test("Exchange asks a client for content before the head of a response to which it is the source", () => {
  const gate = Promise.withResolvers<void>();
  const { transport } = exchangeOf((req, res) => {
    req.body;
    res.start();
    return gate.promise;
  }, POST);
  assertEquals(transport.take().map(([name]) => name), ["wantContent", "head"]);
});

Deno.test("Exchange is over though nobody reads its content, once the handler has settled", async () => {
  let body: ReadableStream<Uint8Array> | undefined;
  const { exchange, transport } = exchangeOf((req, res) => {
    body = req.body;
    res.send("a");
  }, POST);
  assertEquals(transport.take(), [["whole", 200, null, null, 1, "a"], ["schedule"], ["done", 0]]);
  await assertRejects(
    () => body!.getReader().read(),
    ConnectionClosedError,
    "Cannot read the body: the handler has settled",
  );
  assertEquals(exchange.awaitsContent, false);
});

Deno.test("Exchange goes on reading for a handler that has answered before", async () => {
  let text = "";
  const { exchange, transport } = exchangeOf(async (req, res) => {
    res.send("early");
    text = await req.text();
  }, POST);
  assertEquals(transport.take().map(([name]) => name), ["whole", "schedule", "wantContent"]);
  exchange.contentArrived(bytesOf("0123456789"), false);
  exchange.contentEnded(() => {
    throw new Error("nobody asked for trailers");
  });
  await settle();
  assertEquals(text, "0123456789");
  assertEquals(transport.take().at(-1), ["done", 10]);
});

Deno.test("Exchange waits for trailers that a handler asked for before it settled, and drops the content", async () => {
  let trailers: Promise<unknown> | undefined;
  const { exchange, transport } = exchangeOf((req, res) => {
    trailers = req.trailers.then((map) => map.raw());
    res.send("early");
  }, { method: "POST", hasContent: true });
  assertEquals(transport.calls.at(-1)?.[0] === "done", false);
  assertEquals(exchange.awaitsContent, true);
  exchange.contentArrived(bytesOf("dropped"), false);
  exchange.contentEnded(() => new HeaderMap({ a: "b" }));
  assertEquals(await trailers, [["a", "b"]]);
  assertEquals(transport.take().at(-1), ["done", 0]);
});

Deno.test("Exchange waits for no trailers after more than 256 KiB that nobody reads", async () => {
  let trailers: Promise<unknown> | undefined;
  const { exchange, transport } = exchangeOf((req, res) => {
    trailers = req.trailers;
    res.send("early");
  }, { method: "POST", hasContent: true });
  exchange.contentArrived(new Uint8Array(UNREAD_LIMIT), false);
  assertEquals(transport.calls.at(-1)?.[0] === "done", false);
  exchange.contentArrived(new Uint8Array(1), false);
  assertEquals(transport.take().at(-1), ["done", 0]);
  await assertRejects(() => trailers!, ConnectionClosedError);
});

Deno.test("Exchange refuses a request whose content cannot be completed, where the handler does not answer", async () => {
  const error = new HttpError(400, "The content ended early");
  const handlers: [HandlerFunction, unknown[]][] = [
    [async (req) => void await req.text(), [error]],
    [async (req) => void await req.text().catch(() => {}), []],
  ];
  for (const [handler, told] of handlers) {
    const { exchange, transport, errors, notes } = exchangeOf(handler, POST);
    transport.take();
    exchange.requestFailed(error);
    assertEquals([exchange.acceptsContent, exchange.awaitsContent], [false, false]);
    await settle();
    assertEquals(transport.take(), [["refuse", 400, "The content ended early"], DONE]);
    assertEquals([errors, notes.statuses], [told, [400]]);
  }
});

Deno.test("Exchange lets a handler answer for itself though the request could not be completed", async () => {
  const { exchange, transport } = exchangeOf(async (req, res) => {
    await req.text().catch(() => {});
    res.status = 422;
    res.send("own words");
  }, POST);
  transport.take();
  exchange.requestFailed(new HttpError(400, "The content ended early"));
  await settle();
  assertEquals(transport.take(), [["whole", 422, null, null, 9, "own words"], DONE]);
});

Deno.test("Exchange refuses a request whose content is broken, though the handler throws an HttpError of its own", async () => {
  const { exchange, transport } = exchangeOf(async (req) => {
    await req.text().catch(() => {});
    throw new HttpError(422, "own words");
  }, POST);
  transport.take();
  exchange.requestFailed(new HttpError(400, "The content ended early"));
  await settle();
  assertEquals(transport.take()[0]?.slice(0, 2), ["refuse", 400]);
});

// Expect: 100-continue.

const EXPECTING: Partial<RequestHead> = { ...POST, expectsContinue: true };

Deno.test("Exchange asks checkContinue before the handler, and answers with any status but 100", async () => {
  for (const isAsync of [true, false]) {
    for (const status of [100, 417]) {
      const { transport } = exchangeOf({
        handle: (_req, res) => res.send("handled"),
        checkContinue: () => isAsync ? Promise.resolve(status) : status,
      }, EXPECTING);
      await settle();
      const [call] = transport.take();
      assertEquals(
        call?.slice(1),
        status === 100 ? [200, null, null, 7, "handled"] : [417, null, null, 0, ""],
      );
    }
  }
});

Deno.test("Exchange answers 500 where checkContinue fails or gives no status", async () => {
  const error = new Error("oh");
  const checks: (() => number | Promise<number>)[] = [
    () => {
      throw error;
    },
    () => Promise.reject(error),
    () => 99,
    () => undefined as unknown as number,
  ];
  for (const checkContinue of checks) {
    const { transport, errors } = exchangeOf({ handle() {}, checkContinue }, EXPECTING);
    await settle();
    assertEquals([transport.take()[0], errors.length], [BARE_500, 1]);
  }
});

Deno.test("Exchange asks nobody where the client does not wait, or has no content", async () => {
  const heads: Partial<RequestHead>[] = [POST, { method: "POST", expectsContinue: true }];
  for (const head of heads) {
    const { transport } = exchangeOf({
      handle: (_req, res) => res.send("handled"),
      checkContinue: () => 417,
    }, head);
    await settle();
    assertEquals(transport.take()[0]?.[1], 200);
  }
});

// Leaving HTTP.

Deno.test("Exchange leaves HTTP where the client offers that, and is not over by itself", async () => {
  const { transport, notes } = exchangeOf(async (_req, res) => {
    res.headers.set("upgrade", "x");
    const { readable } = await res.upgrade();
    assertInstanceOf(readable, ReadableStream);
    assertThrows(() => res.send("late"), ResponseError, "the connection has been upgraded");
  }, { offersUpgrade: true });
  await settle();
  assertEquals([transport.take(), notes.statuses], [[["upgrade", [["upgrade", "x"]]]], [101]]);
});

Deno.test("Exchange refuses an upgrade that the client does not offer, and leaves the response as it was", async () => {
  const calls = await callsOf(async (_req, res) => {
    res.headers.set("content-length", "5");
    await assertRejects(() => res.upgrade(), ResponseError, "neither offers an upgrade nor is a CONNECT");
    assertEquals(res.headers.raw(), [["content-length", "5"]]);
    res.send("hello");
  });
  assertEquals(calls[0], ["whole", 200, null, [["content-length", "5"]], 5, "hello"]);
});

Deno.test("Exchange refuses an upgrade before the content has been read to its end", async () => {
  const message = "Cannot upgrade: the content of the request has not been read to its end";
  const { exchange, transport, errors } = exchangeOf(async (req, res) => {
    await assertRejects(() => res.upgrade(), ResponseError, message);
    await req.bytes();
    await res.upgrade();
  }, { ...POST, offersUpgrade: true });
  await settle();
  exchange.contentArrived(bytesOf("0123456789"), false);
  exchange.contentEnded(() => {
    throw new Error("nobody asked for trailers");
  });
  await settle();
  assertEquals([transport.take().at(-1), errors], [["upgrade", []], []]);
});

Deno.test("Exchange answers 501 to a CONNECT that its handler takes for a request", async () => {
  const head: Partial<RequestHead> = { method: "CONNECT", form: "authority" };
  assertEquals((await callsOf((_req, res) => res.send("hi"), head) as unknown[][])[0]?.[1], 501);
  assertEquals((await callsOf(() => {}, head) as unknown[][])[0]?.[1], 501);
  const refused = await callsOf((_req, res) => {
    res.status = 403;
    res.send("no");
  }, head) as unknown[][];
  assertEquals(refused[0]?.[1], 403);
  const { transport, errors } = exchangeOf((_req, res) => void res.start(), head);
  await settle();
  assertEquals(transport.take()[0]?.[1], 501);
  assertEquals(errors.map(String), [
    "ResponseError: Cannot start the response: a success of CONNECT is an upgrade",
  ]);
});

Deno.test("Exchange gives an upgraded connection up whose handler fails", async () => {
  const { transport, errors } = exchangeOf(async (_req, res) => {
    await res.upgrade();
    throw new Error("oh");
  }, { offersUpgrade: true });
  await settle();
  assertEquals([transport.take().map(([name]) => name), errors.length], [["upgrade", "abort"], 1]);
});

// Where the client is.

Deno.test("Exchange asks once for the client of a request that came by way of a proxy", async () => {
  let asked = 0;
  const seen: unknown[] = [];
  const { host, errors } = hostOf((req, res) => {
    seen.push(req.remoteAddress, req.remoteAddress, req.uri.path);
    res.send();
  });
  const address = { hostname: "203.0.113.9", port: 0 };
  const findClient = () => {
    asked++;
    return { address, secure: true, host: "b" };
  };
  new Exchange({ ...host, findClient }, new FakeTransport(), headOf()).run();
  await settle();
  assertEquals([seen, asked, errors], [[address, address, "/"], 1, []]);
});
