import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { resolveOptions, type ServerOptions } from "../../src/server/options.ts";
import { Server } from "../../src/threads/server.ts";

const silent = () => {};

function resolve(options: unknown, extra: readonly string[] = []) {
  return resolveOptions(options as ServerOptions, silent, extra);
}

Deno.test("resolveOptions() fills in the documented defaults", () => {
  assertEquals(resolve({}), {
    limits: {
      maxHeaderSize: 32768,
      maxHeaderCount: 100,
      maxRequestBodySize: 134217728,
      minRequestBodyRate: 240,
      maxRequestsPerConnection: Infinity,
      maxConnections: 10000,
    },
    timeouts: { headers: 30000, idle: 60000, receive: 60000, send: 60000, handshake: 10000, stuck: Infinity },
    onError: silent,
    onResponse: null,
    trustProxy: null,
    proxyProtocol: null,
  });
  assertEquals(resolve({ limits: {}, timeouts: {} }), resolve({}));
});

Deno.test("resolveOptions() uses the given values, and the default for undefined", () => {
  const onError = () => {};
  const { limits, timeouts, onError: listener } = resolve({
    limits: { maxHeaderSize: 1, maxHeaderCount: 0, maxRequestBodySize: 0, maxConnections: undefined },
    timeouts: { idle: 0.5, headers: undefined },
    onError,
  });
  assertEquals([limits.maxHeaderSize, limits.maxHeaderCount, limits.maxRequestBodySize], [1, 0, 0]);
  assertEquals([limits.maxConnections, timeouts.headers, timeouts.idle], [10000, 30000, 0.5]);
  assertStrictEquals(listener, onError);
  assertStrictEquals(resolve({ onError: undefined }).onError, silent);
});

Deno.test("resolveOptions() turns off a limit for Infinity, and a timeout for 0 or Infinity", () => {
  assertEquals(resolve({ limits: { maxRequestBodySize: Infinity } }).limits.maxRequestBodySize, Infinity);
  assertEquals(resolve({ timeouts: { idle: 0 } }).timeouts.idle, Infinity);
  assertEquals(resolve({ timeouts: { send: Infinity } }).timeouts.send, Infinity);
});

Deno.test("resolveOptions() changes neither its argument nor its defaults", () => {
  const given = Object.freeze({
    limits: Object.freeze({ maxConnections: 5 }),
    timeouts: Object.freeze({ idle: 0 }),
  });
  assertEquals(resolve(given).limits.maxConnections, 5);
  assertEquals(resolve({}).limits.maxConnections, 10000);
});

Deno.test("resolveOptions() throws for an unknown option, and names it", () => {
  const unknown: [options: unknown, message: string][] = [
    [{ port: 80 }, "Cannot use option port: there is no such option"],
    [{ onerror: silent }, "Cannot use option onerror: there is no such option"],
    [{ limits: { maxHeaders: 10 } }, "Cannot use option limits.maxHeaders: there is no such limit"],
    [{ limits: { toString: 1 } }, "Cannot use option limits.toString: there is no such limit"],
    [{ timeouts: { keepAlive: 1 } }, "Cannot use option timeouts.keepAlive: there is no such timeout"],
    [{ cert: "" }, "Cannot use option cert: there is no such option"],
  ];
  for (const [options, message] of unknown) assertThrows(() => resolve(options), TypeError, message);
  assertEquals(resolve({ cert: "" }, ["cert"]), resolve({}));
});

Deno.test("resolveOptions() throws for a value of another type, and names the option", () => {
  const wrong: [options: unknown, message: string][] = [
    [null, "Cannot use options: not an object"],
    ["limits", "Cannot use options: not an object"],
    [{ limits: null }, "Cannot use limits: not an object"],
    [{ limits: 5 }, "Cannot use limits: not an object"],
    [{ timeouts: "1s" }, "Cannot use timeouts: not an object"],
    [{ limits: { maxHeaderSize: "16k" } }, "Cannot use option limits.maxHeaderSize: it is not a number"],
    [{ limits: { maxConnections: 10n } }, "Cannot use option limits.maxConnections: it is not a number"],
    [{ limits: { maxHeaderCount: null } }, "Cannot use option limits.maxHeaderCount: it is not a number"],
    [{ timeouts: { headers: "10s" } }, "Cannot use option timeouts.headers: it is not a number"],
    [{ onError: true }, "Cannot use option onError: it is not a function"],
    [{ onError: null }, "Cannot use option onError: it is not a function"],
  ];
  for (const [options, message] of wrong) assertThrows(() => resolve(options), TypeError, message);
});

Deno.test("resolveOptions() throws for a number out of range, and names the option", () => {
  const atLeastOne = ["maxHeaderSize", "maxRequestsPerConnection", "maxConnections"];
  for (const name of [...atLeastOne, "maxHeaderCount", "maxRequestBodySize"]) {
    const least = atLeastOne.includes(name) ? 1 : 0;
    for (const value of [least - 1, -1, 1.5, NaN, -Infinity, 2 ** 53]) {
      const message = `Cannot use option limits.${name}: ${value} is not a whole number of at least ${least}`;
      assertThrows(() => resolve({ limits: { [name]: value } }), RangeError, message);
    }
    assertEquals(
      Object.entries(resolve({ limits: { [name]: least } }).limits).find(([key]) => key === name),
      [
        name,
        least,
      ],
    );
  }
  for (const name of ["headers", "idle", "receive", "send", "handshake"]) {
    for (const value of [-1, NaN, -Infinity]) {
      const message = `Cannot use option timeouts.${name}: ${value} is not a number of milliseconds`;
      assertThrows(() => resolve({ timeouts: { [name]: value } }), RangeError, message);
    }
  }
});

Deno.test("Server.http() and Server.https() check their options before anything is bound", () => {
  const options = { limits: { maxHeaders: 1 } } as ServerOptions;
  assertThrows(() => Server.http("127.0.0.1:0", options), TypeError, "limits.maxHeaders");
  const tls = { cert: "a", key: "b" };
  assertThrows(() => Server.https("127.0.0.1:0", { ...tls, ...options }), TypeError, "limits.maxHeaders");
  const noKey = { cert: "a" } as typeof tls;
  assertThrows(
    () => Server.https("127.0.0.1:0", noKey),
    TypeError,
    "Cannot use option key: it is not a PEM string",
  );
  const noCert = { key: "b" } as typeof tls;
  assertThrows(() => Server.https("127.0.0.1:0", noCert), TypeError, "Cannot use option cert: ");
  assertThrows(
    () => Server.https("127.0.0.1:0", { ...tls, cert: "" }),
    TypeError,
    "Cannot use option cert: ",
  );
  assertThrows(() => Server.https("127.0.0.1:0", { ...tls, key: "" }), TypeError, "Cannot use option key: ");
  assertThrows(() => Server.http("127.0.0.1:0", tls as ServerOptions), TypeError, "Cannot use option cert: ");
});
