import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { NO_SIZE, UNKNOWN_SIZE } from "../../src/exchange/transport.ts";
import { HeaderMap } from "../../src/http/header_map.ts";
import {
  bodyFraming,
  CONTENT_LENGTH,
  END_OF_HEAD,
  END_OF_LENGTH,
  hasLength,
  headEnd,
  writtenFields,
} from "../../src/h1/response_framing.ts";

/** The fields that are written for these of the handler's. */
function written(fields: [string, string][]): [string, string][] | undefined {
  const headers = new HeaderMap(fields);
  const before = headers.raw();
  const result = writtenFields(headers)?.raw();
  assertEquals(headers.raw(), before, "the handler's map is left alone");
  return result;
}

Deno.test("bodyFraming() delimits by a known length, else by chunks, else by the close", () => {
  assertEquals([bodyFraming(1, true), bodyFraming(0, true)], ["length", "length"]);
  assertEquals([bodyFraming(1, false), bodyFraming(0, false)], ["chunked", "close"]);
});

Deno.test("headEnd() begins the line of the length, or says that the content is chunked", () => {
  for (const minorVersion of [0, 1]) {
    assertEquals(headEnd(minorVersion, null, 0) + 0 + END_OF_LENGTH, "content-length: 0\r\n\r\n");
    assertEquals(headEnd(minorVersion, null, 1234), CONTENT_LENGTH);
  }
  assertEquals(headEnd(1, null, UNKNOWN_SIZE), "transfer-encoding: chunked\r\n\r\n");
  assertEquals(headEnd(0, null, UNKNOWN_SIZE), "\r\n");
});

Deno.test("headEnd() frames nothing where there is no size, or where the handler's fields tell it", () => {
  const headers = new HeaderMap({ "Content-Length": "5" });
  for (const minorVersion of [0, 1]) {
    assertEquals(headEnd(minorVersion, null, NO_SIZE), END_OF_HEAD);
    for (const size of [UNKNOWN_SIZE, NO_SIZE, 0, 5]) {
      assertEquals(headEnd(minorVersion, headers, size), END_OF_HEAD);
    }
    assertEquals(headEnd(minorVersion, new HeaderMap({ a: "b" }), 5), CONTENT_LENGTH);
  }
});

Deno.test("hasLength() finds a content-length, in any casing", () => {
  assertEquals([hasLength(null), hasLength(new HeaderMap({ "x-content-length": "5" }))], [false, false]);
  assertEquals(hasLength(new HeaderMap({ "CONTENT-length": "5" })), true);
});

Deno.test("writtenFields() gives the handler's own map where it frames nothing", () => {
  assertEquals(writtenFields(null), null);
  const fields: [string, string][] = [["date", "x"], ["content-type", "a/b"], ["trailer", "x"], [
    "upgrade",
    "y",
  ], ["content-length", "5"]];
  const headers = new HeaderMap(fields);
  assertStrictEquals(writtenFields(headers), headers);
  const closing = new HeaderMap({ connection: "close" });
  assertNotStrictEquals(writtenFields(closing), closing);
});

Deno.test("writtenFields() takes out transfer-encoding: chunked, in any casing", () => {
  for (const value of ["chunked", "Chunked", "CHUNKED"]) {
    assertEquals(written([["Transfer-Encoding", value], ["a", "b"]]), [["a", "b"]]);
  }
  assertEquals(written([["transfer-encoding", "chunked"], ["content-length", "5"]]), [[
    "content-length",
    "5",
  ]]);
});

Deno.test("writtenFields() takes close and keep-alive out of connection, and leaves other options", () => {
  const cases: [value: string, left: string | null][] = [
    ["close", null],
    ["Close", null],
    ["keep-alive", null],
    ["Keep-Alive, close", null],
    ["", null],
    [" , ", null],
    ["x", "x"],
    ["close, X,keep-alive , y", "x, y"],
    ["closed", "closed"],
  ];
  for (const [value, left] of cases) {
    assertEquals(written([["connection", value]]), left === null ? [] : [["connection", left]], value);
  }
  assertEquals(written([["connection", "x"], ["connection", "close"]]), [["connection", "x"]]);
});
