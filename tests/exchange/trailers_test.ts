import { assertEquals, assertThrows } from "@std/assert";
import { ResponseError } from "../../src/http/errors.ts";
import { HeaderMap, headerMapFromBytes } from "../../src/http/header_map.ts";
import { assertTrailers, receivedTrailers } from "../../src/exchange/trailers.ts";
import { bytesOf } from "../h1/input.ts";

// RFC 9110 section 6.5.1, by the reasons that it gives.
const FRAMING = ["transfer-encoding", "content-length", "trailer", "te"];
const ROUTING = ["host", "connection", "keep-alive", "proxy-connection", "upgrade", "max-forwards"];
const MODIFIERS = ["age", "cache-control", "expect", "pragma", "range"];
const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"];
const AUTHENTICATION = ["authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate"];
const STATE = ["cookie", "set-cookie"];
const CONTENT = ["content-encoding", "content-type", "content-range"];
const FORBIDDEN = [
  ...FRAMING,
  ...ROUTING,
  ...MODIFIERS,
  ...CONDITIONS,
  ...AUTHENTICATION,
  ...STATE,
  ...CONTENT,
];

/** The trailers of a section as received. */
function trailersOf(section: string): [string, string][] {
  const bytes = bytesOf(section);
  return receivedTrailers(headerMapFromBytes(bytes, 0, bytes.length)).raw();
}

Deno.test("receivedTrailers() is empty where the trailer section is", () => {
  assertEquals(trailersOf(""), []);
  assertEquals(receivedTrailers(new HeaderMap()).raw(), []);
});

Deno.test("receivedTrailers() keeps order, casing and lines", () => {
  const section = "X-B: 1\r\nDigest:  a \r\nx-b: \xe9\r\nE:\r\n";
  assertEquals(trailersOf(section), [["X-B", "1"], ["Digest", "a"], ["x-b", "\xe9"], ["E", ""]]);
});

Deno.test("receivedTrailers() drops fields that may not come as trailers, in any casing", () => {
  const lines = FORBIDDEN.flatMap((name) => [`${name}: 1`, `${name.toUpperCase()}: 2`, `x-${name}: 3`]);
  const kept = FORBIDDEN.map((name) => [`x-${name}`, "3"]);
  assertEquals(trailersOf(lines.join("\r\n") + "\r\n"), kept as [string, string][]);
});

Deno.test("assertTrailers() refuses fields that may not be sent as trailers, and names them", () => {
  for (const name of FORBIDDEN) {
    const trailers = new HeaderMap([["a", "b"], [name.toUpperCase(), "1"]]);
    const message = `Cannot send trailer "${name}": it may only be a header`;
    assertThrows(() => assertTrailers(trailers), ResponseError, message);
  }
});

Deno.test("assertTrailers() takes all others", () => {
  assertTrailers(new HeaderMap([["server-timing", "a"], ["digest", "b"], ["x-content-length", "c"]]));
  assertTrailers(new HeaderMap());
});
