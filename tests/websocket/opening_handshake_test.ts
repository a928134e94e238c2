import { assertEquals } from "@std/assert";
import { acceptOf, readHandshake } from "../../src/websocket/opening_handshake.ts";

const VALID: Readonly<Record<string, string>> = {
  host: "example.test",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
};

function outcome(fields: Record<string, string | null> = {}, method = "GET", version = "1.1"): unknown {
  const headers = new Headers();
  for (const [name, value] of Object.entries({ ...VALID, ...fields })) {
    if (value !== null) headers.append(name, value);
  }
  const handshake = readHandshake({ method, version, headers }, null);
  return "status" in handshake ? handshake.status : handshake.accept;
}

const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

Deno.test("acceptOf() gives RFC 6455's example (section 1.3)", () => {
  assertEquals(acceptOf("dGhlIHNhbXBsZSBub25jZQ=="), ACCEPT);
});

Deno.test("readHandshake() accepts what RFC 6455 section 4.2.1 asks for, tokens in any case and in lists", () => {
  assertEquals(outcome(), ACCEPT);
  assertEquals(outcome({ upgrade: "WebSocket", connection: "keep-alive, UPGRADE" }), ACCEPT);
  assertEquals(outcome({ upgrade: "h2c, WEBSOCKET" }), ACCEPT);
});

Deno.test("readHandshake() refuses each fault with its status", () => {
  assertEquals(outcome({}, "POST"), 405);
  assertEquals(outcome({}, "GET", "1.0"), 400);
  assertEquals(outcome({ upgrade: null }), 426);
  assertEquals(outcome({ upgrade: "h2c" }), 426);
  assertEquals(outcome({ upgrade: "websocket2" }), 426);
  assertEquals(outcome({ connection: "keep-alive" }), 400);
  for (const version of [null, "", "8", "14", "013", "13, 8"]) {
    assertEquals(outcome({ "sec-websocket-version": version }), 426);
  }
  for (
    const key of [
      null,
      "",
      "short",
      "dGhlIHNhbXBsZSBub25jZQ",
      "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
      "dGhlIHNhbXBsZSBub25jZSE=",
    ]
  ) {
    assertEquals(outcome({ "sec-websocket-key": key }), 400, key ?? "none");
  }
  for (const protocols of ["", ",", "a b", "a, a", "a;q=1"]) {
    assertEquals(outcome({ "sec-websocket-protocol": protocols }), 400, protocols);
  }
  for (const extensions of ["a b", "a;", "a;=1", 'a;b="c', 'a;b="c d"', "a;b=c=d", ";", '"a"']) {
    assertEquals(outcome({ "sec-websocket-extensions": extensions }), 400, extensions);
  }
});

Deno.test("readHandshake() tells the versions and the protocol with a 426, and the method with a 405", () => {
  const headersOf = (fields: Record<string, string>, method = "GET") => {
    const handshake = readHandshake({ method, headers: new Headers({ ...VALID, ...fields }) }, null);
    return "status" in handshake ? Object.fromEntries(handshake.headers) : null;
  };
  assertEquals(headersOf({ "sec-websocket-version": "12" }), {
    "sec-websocket-version": "13",
    upgrade: "websocket",
    connection: "upgrade",
  });
  assertEquals(headersOf({}, "POST"), { allow: "GET" });
});

Deno.test("readHandshake() gives the subprotocols in the client's order", () => {
  const headers = new Headers({ ...VALID, "sec-websocket-protocol": "chat.v2 ,, chat" });
  const handshake = readHandshake({ method: "GET", headers }, null);
  assertEquals("offered" in handshake && handshake.offered, ["chat.v2", "chat"]);
});
