import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { ConnectionClosedError, HttpError, ResponseError } from "../../src/http/errors.ts";
import { AddressError, ChangedBytesError, ListenError } from "../../src/net/errors.ts";
import { postError, receiveError } from "../../src/threads/pool/posted_error.ts";

function posted(error: unknown): unknown {
  return receiveError(structuredClone(postError(error)));
}

function refuse(): never {
  throw new Error("a getter of its own");
}

Deno.test("an error that is posted arrives as one of its own class", () => {
  const address = { hostname: "127.0.0.1", port: 80 };
  const errors = [
    new ListenError(address, "EADDRINUSE", new Error("the runtime's own")),
    new AddressError("Cannot listen on nothing"),
    new ListenError(address, "EACCES"),
    new ChangedBytesError(),
    new ResponseError("Cannot send the response: it was sent"),
    new ConnectionClosedError("The client closed the connection", { cause: new Error("ECONNRESET") }),
    new AggregateError([new Error("one")], "many"),
    new RangeError("out of range"),
  ];
  for (const error of errors) {
    const { name, message, stack, constructor } = error;
    const received = posted(error) as ListenError;
    assertStrictEquals(received.constructor, constructor);
    assertEquals([received.name, received.message, received.stack], [name, message, stack]);
    assertEquals([String(received.cause), "cause" in received], [String(error.cause), "cause" in error]);
    if (!(error instanceof ListenError)) continue;
    assertEquals([received.code, received.address], [error.code, address]);
  }
});

Deno.test("an error is posted with its code and its causes", () => {
  const missing = Object.assign(new Error("no such file"), { code: "ENOENT" });
  const received = posted(new TypeError("cannot start", { cause: missing })) as Error;
  const cause = received.cause as Error & { code: string };
  assertEquals([received.message, cause.message, cause.code], ["cannot start", "no such file", "ENOENT"]);
  assertEquals((posted(new Error("no reason", { cause: 5 })) as Error).cause, 5);
  const circular = new Error("around");
  circular.cause = circular;
  assertEquals((posted(circular) as Error).message, "around");
});

Deno.test("an error is posted whatever its name, status and code are", () => {
  for (const part of ["name", "status", "code"]) {
    for (const value of [Symbol(part), () => {}, new WeakMap(), null, { toString: refuse }]) {
      for (const error of [new RangeError("the real error"), new HttpError(400, "the real error")]) {
        const isOurs = error instanceof HttpError;
        const received = posted(Object.defineProperty(error, part, { value })) as Error;
        assertEquals([received.message, received instanceof HttpError], ["the real error", isOurs]);
      }
    }
    const received = posted(Object.defineProperty(new RangeError("the real error"), part, { get: refuse }));
    assertEquals((received as Error).message, "the real error");
  }
  assertEquals((posted(Object.assign(new HttpError(413, "long"), { code: 7 })) as { code: unknown }).code, 7);
});

Deno.test("what cannot be cloned is posted as an error that describes it, as far as it can be described", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const nameless = "What was thrown cannot be described";
  const cases: readonly (readonly [unknown, string])[] = [
    [Object.assign(new RangeError("the real error"), { cause: () => {} }), "the real error"],
    [Symbol("a symbol"), "Symbol(a symbol)"],
    [{ message: "said", say() {} }, "said"],
    [Object.assign(Object.create(null), { f() {} }), nameless],
    [{ toString: refuse, f() {} }, nameless],
    [Object.defineProperty(new Error(), "message", { value: Symbol() }), nameless],
    [proxy, nameless],
  ];
  for (const [thrown, message] of cases) {
    const received = posted(thrown) as Error;
    assertInstanceOf(received, Error);
    assertEquals(received.message, message);
  }
});

Deno.test("the error of a listener arrives although its address cannot be posted", () => {
  const address = { hostname: "a", port: 1, toJSON() {} };
  const received = posted(new ListenError(address, "EACCES")) as ListenError;
  assertEquals([received.code, received.address], ["EACCES", { hostname: "", port: 0 }]);
});

/** What a thread may throw at the worst. */
const HOSTILE: Readonly<Record<string, () => unknown>> = {
  "a DOMException": () => new DOMException("The operation was aborted", "AbortError"),
  "a DOMException that a runtime makes": () => attempt(() => AbortSignal.abort().throwIfAborted()),
  "a DOMException of atob()": () => attempt(() => atob("\u2603")),
  "an error with getters": () =>
    Object.defineProperties(
      new Error(),
      Object.fromEntries(
        ["name", "message", "stack", "cause", "code"].map((name) => [name, { get: refuse }]),
      ),
    ),
  "an error of a class with getters alone": () => {
    class Own extends Error {
      override get message(): string {
        return "own message";
      }
      override get name(): string {
        return "Own";
      }
      override get stack(): string {
        return "own stack";
      }
    }
    return new Own();
  },
  "a frozen error": () => Object.freeze(new TypeError("frozen")),
  "an error behind a proxy": () => new Proxy(new TypeError("behind a proxy"), {}),
  "a proxy that refuses all": () =>
    new Proxy(new Error(), { get: refuse, getPrototypeOf: refuse, ownKeys: refuse, has: refuse }),
  "an error that is its own cause": () => {
    const error = new Error("around");
    return Object.assign(error, { cause: error });
  },
  "a chain of ten thousand causes": () => {
    let error = new Error("the first");
    for (let i = 0; i < 10_000; i++) error = new Error(`cause ${i}`, { cause: error });
    return error;
  },
  "errors within errors, ten each": () => {
    const nested = (depth: number): Error =>
      depth === 0
        ? new Error("deep")
        : new AggregateError(Array.from({ length: 10 }, () => nested(depth - 1)), "nested");
    return nested(5);
  },
  "an AggregateError whose errors are no array": () =>
    Object.defineProperty(new AggregateError([]), "errors", { get: refuse }),
  "an error that cannot be cloned": () => Object.assign(new Error("a function"), { call: () => {} }),
  "an error with a stack of 10 MB": () =>
    Object.assign(new Error("long"), { stack: "x".repeat(10_000_000), message: "y".repeat(10_000_000) }),
  "undefined": () => undefined,
  "null": () => null,
  "a function": () => () => {},
};

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

for (const [name, make] of Object.entries(HOSTILE)) {
  Deno.test(`${name} is posted and received without harm`, () => {
    const data = structuredClone(postError(make()));
    assert(JSON.stringify(data).length < 1_000_000, "what is posted is bounded");
    const received = receiveError(data);
    // It can be told as any other.
    if (received instanceof Error) assertEquals(typeof (received.stack ?? received.message), "string");
    else assertEquals(received, make());
  });
}

Deno.test("a DOMException is received as one, with its name, message and code", () => {
  const stack = new Error("of its own").stack;
  const error = Object.defineProperty(new DOMException("too late", "TimeoutError"), "stack", {
    value: stack,
  });
  const received = posted(error) as DOMException;
  assertInstanceOf(received, DOMException);
  assertEquals([received.name, received.message, received.code], ["TimeoutError", "too late", 23]);
  assertEquals(received.stack, stack);
});

Deno.test("an AggregateError is received with its errors, and with the number of those left out", () => {
  const errors = Array.from({ length: 1000 }, (_, i) => new RangeError(`error ${i}`));
  const received = posted(new AggregateError(errors, "many")) as AggregateError;
  assertEquals([received.errors.length, received.errors[0] instanceof RangeError], [64, true]);
  assertEquals(received.errors.at(-2).message, "error 62");
  assertEquals(received.errors.at(-1).message, "937 further errors were left out");
});

Deno.test("an error of a program's own class is received with the class that it extends, and its name", () => {
  class Own extends RangeError {
    override name = "Own";
  }
  const received = posted(new Own("mine")) as Error;
  assertEquals([received.constructor, received.name, received.message], [RangeError, "Own", "mine"]);
});

Deno.test("receiveError() makes an error of whatever was posted in place of one", () => {
  for (const data of [undefined, null, 5, "text", [], {}, { kind: "Other" }, { kind: "constructor" }]) {
    assertEquals(String(receiveError(data as never)), "Error: A thread posted an error that cannot be read");
  }
});

Deno.test("an error with a position in a source file is received with it", () => {
  const position = { file: "/app/handler.ts", line: 2, column: 58, lineText: "send(" };
  const error = Object.assign(new SyntaxError("Expected )"), { position, stack: undefined });
  const received = posted(error) as SyntaxError & { position: unknown };
  assertEquals(received.position, position);
  assertEquals(received.stack, "SyntaxError: Expected )\n    at /app/handler.ts:2:58");
});
