import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { HttpError } from "../../src/http/errors.ts";
import { AddressError, ListenError } from "../../src/net/errors.ts";
import { postError, receiveError } from "../../src/threads/posted_error.ts";

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
    new RangeError("out of range"),
  ];
  for (const error of errors) {
    const { name, message, stack, constructor } = error;
    const received = posted(error) as ListenError;
    assertStrictEquals(received.constructor, constructor);
    assertEquals([received.name, received.message, received.stack], [name, message, stack]);
    if (!(error instanceof ListenError)) continue;
    assertEquals([received.code, received.address], ["EADDRINUSE", address]);
    assertEquals(String(received.cause), "Error: the runtime's own");
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
