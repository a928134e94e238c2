import { assertEquals } from "@std/assert";
import { HeaderMap } from "../../src/http/header_map.ts";
import {
  connectionOptions,
  declaresClose,
  type KeepAliveFacts,
  keepsConnection,
} from "../../src/h1/keep_alive.ts";

/** The facts of an exchange after which nothing speaks against a next one. */
const KEPT: KeepAliveFacts = {
  clientKeeps: true,
  handlerCloses: false,
  isLast: false,
  isConnect: false,
  requestFailed: false,
  awaitsContinue: false,
  leavesTooMuch: false,
  closeDelimited: false,
};

Deno.test("keepsConnection() is true where no rule speaks against it", () => {
  assertEquals(keepsConnection(KEPT), true);
});

const RULES: readonly [rule: string, fact: Partial<KeepAliveFacts>][] = [
  ["the client closes, RFC 9112 section 9.3", { clientKeeps: false }],
  ["the handler closes, RFC 9112 section 9.6", { handlerCloses: true }],
  ["the server closes, or the connection has served its last request", { isLast: true }],
  ["nothing can follow CONNECT, RFC 9110 section 9.3.6", { isConnect: true }],
  ["the content cannot be completed", { requestFailed: true }],
  ["the client may send its content or not, RFC 9110 section 10.1.1", { awaitsContinue: true }],
  ["the rest of the content is too much, RFC 9112 section 9.3", { leavesTooMuch: true }],
  ["the close delimits the response, RFC 9112 section 6.3", { closeDelimited: true }],
];

for (const [rule, fact] of RULES) {
  Deno.test(`keepsConnection() is false: ${rule}`, () => {
    assertEquals(keepsConnection({ ...KEPT, ...fact }), false);
  });
}

Deno.test("keepsConnection() has a rule for each fact, and two facts do not cancel each other", () => {
  assertEquals(RULES.map(([, fact]) => Object.keys(fact)[0]).sort(), Object.keys(KEPT).sort());
  for (const [first, one] of RULES) {
    for (const [second, other] of RULES) {
      assertEquals(keepsConnection({ ...KEPT, ...one, ...other }), false, `${first}; ${second}`);
    }
  }
});

Deno.test("declaresClose() finds the option close, in any casing, in any line and place of a list", () => {
  for (const value of ["close", "Close", "keep-alive, CLOSE", "close, X,keep-alive , y", ",close"]) {
    assertEquals(declaresClose(new HeaderMap({ Connection: value })), true, value);
  }
  for (const value of ["", " , ", "keep-alive", "Keep-Alive", "x", "closed", "un-close"]) {
    assertEquals(declaresClose(new HeaderMap({ Connection: value })), false, value);
  }
  assertEquals(declaresClose(new HeaderMap([["connection", "x"], ["connection", "close"]])), true);
  assertEquals([declaresClose(null), declaresClose(new HeaderMap({ "x-connection": "close" }))], [
    false,
    false,
  ]);
});

Deno.test("connectionOptions() are lower case, without empty elements", () => {
  const options = (...values: string[]) =>
    connectionOptions(new HeaderMap(values.map((value) => ["connection", value] as const)));
  assertEquals(options(), []);
  assertEquals(options("", " , "), []);
  assertEquals(options("Close,,  X", "keep-alive"), ["close", "x", "keep-alive"]);
});
