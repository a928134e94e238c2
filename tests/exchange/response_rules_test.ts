import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  announcedSize,
  assertLength,
  assertTransferCoding,
  assertWithoutFraming,
  declaredLength,
  isWithoutContent,
  sentFields,
} from "../../src/exchange/response_rules.ts";
import { NO_SIZE, UNKNOWN_SIZE } from "../../src/exchange/transport.ts";
import { ResponseError } from "../../src/http/errors.ts";
import { HeaderMap } from "../../src/http/header_map.ts";

Deno.test("isWithoutContent() names the statuses that never have content, and HEAD", () => {
  const statuses = Array.from({ length: 400 }, (_, index) => index + 200);
  const without = (method: string) => statuses.filter((status) => isWithoutContent(method, status));
  assertEquals(without("GET"), [204, 205, 304]);
  assertEquals(without("head"), [204, 205, 304], "methods are case-sensitive");
  assertEquals(without("HEAD"), statuses);
});

Deno.test("announcedSize() announces nothing for 204 and 304, and that there is nothing for 205", () => {
  for (const size of [NO_SIZE, UNKNOWN_SIZE, 0, 5]) {
    assertEquals([204, 304, 205].map((status) => announcedSize(status, size)), [NO_SIZE, NO_SIZE, 0]);
    assertEquals([200, 203, 206, 303, 599].map((status) => announcedSize(status, size)), Array(5).fill(size));
  }
});

Deno.test("declaredLength() is -1 where the handler declared none", () => {
  assertEquals(declaredLength(null, 200), -1);
  const fields: [string, string][] = [["date", "x"], ["transfer-encoding", "chunked"], ["x-length", "5"]];
  for (const map of [[], fields]) assertEquals(declaredLength(new HeaderMap(map), 200), -1);
});

Deno.test("declaredLength() reads a content-length of digits", () => {
  const cases = [["0", 0], ["5", 5], ["007", 7], ["9007199254740991", Number.MAX_SAFE_INTEGER]] as const;
  for (const [value, length] of cases) {
    assertEquals(declaredLength(new HeaderMap({ "Content-Length": value }), 200), length);
  }
  // A blank at the end is not part of the value.
  assertEquals(declaredLength(new HeaderMap({ "content-length": "1 " }), 200), 1);
});

Deno.test("declaredLength() refuses any other content-length, whatever the status", () => {
  const message = 'Cannot send header "content-length": it is not one number of digits';
  const values = ["", "-1", "+1", "1.5", "1e3", "0x10", "a", "5, 5", "9007199254740992", "9".repeat(400)];
  for (const status of [200, 204, 205, 304]) {
    for (const value of values) {
      const headers = new HeaderMap({ "content-length": value });
      assertThrows(() => declaredLength(headers, status), ResponseError, message, value);
    }
    const twice = new HeaderMap([["content-length", "5"], ["content-length", "5"]]);
    assertThrows(() => declaredLength(twice, status), ResponseError, message);
  }
});

Deno.test("declaredLength() and sentFields() leave out the content-length of a status that has none", () => {
  for (const status of [204, 205]) {
    const headers = new HeaderMap([["a", "b"], ["Content-Length", "5"]]);
    assertEquals(declaredLength(headers, status), -1);
    assertEquals(sentFields(headers, status)?.raw(), [["a", "b"]]);
    assertEquals(headers.raw(), [["a", "b"], ["Content-Length", "5"]], "the handler's map is left alone");
  }
  // The length that a 200 would have had may be told with a 304.
  for (const status of [200, 304]) {
    const headers = new HeaderMap([["content-length", "5"]]);
    assertEquals(declaredLength(headers, status), 5);
    assertStrictEquals(sentFields(headers, status), headers);
  }
});

Deno.test("sentFields() gives the handler's own map where nothing is to be left out", () => {
  const headers = new HeaderMap({ a: "b" });
  for (const status of [200, 204, 205, 304]) {
    assertStrictEquals(sentFields(headers, status), headers);
    assertEquals(sentFields(null, status), null);
  }
});

Deno.test("assertLength() refuses a body that is not as long as the handler has said", () => {
  for (const [declared, size] of [[-1, 0], [-1, 5], [0, 0], [5, 5]] as const) assertLength(declared, size);
  for (const [declared, size] of [[0, 5], [5, 0], [5, 6], [6, 5]] as const) {
    const { message } = assertThrows(() => assertLength(declared, size), ResponseError);
    assertEquals(
      message,
      `Cannot send the response: content-length is ${declared} but the body has ${size} bytes`,
    );
  }
});

Deno.test("assertWithoutFraming() refuses fields that frame content", () => {
  assertWithoutFraming(new HeaderMap());
  assertWithoutFraming(new HeaderMap({ link: "</a>", connection: "close" }));
  for (const name of ["Content-Length", "transfer-encoding"]) {
    assertThrows(
      () => assertWithoutFraming(new HeaderMap({ link: "</a>", [name]: "1" })),
      ResponseError,
      "Cannot send an informational response: it has no content, so no field may frame it",
    );
  }
});

Deno.test("assertTransferCoding() takes chunked alone, in any casing", () => {
  assertTransferCoding(null);
  assertTransferCoding(new HeaderMap({ a: "b" }));
  for (const value of ["chunked", "Chunked", "CHUNKED"]) {
    assertTransferCoding(new HeaderMap({ "Transfer-Encoding": value }));
  }
});

Deno.test("assertTransferCoding() refuses any other transfer-encoding", () => {
  const message = 'Cannot send header "transfer-encoding": the only coding that is implemented is chunked';
  for (const value of ["", "gzip", "gzip, chunked", "chunked, chunked", "identity", "chunked;a=b"]) {
    const headers = new HeaderMap({ "transfer-encoding": value });
    assertThrows(() => assertTransferCoding(headers), ResponseError, message, value);
  }
  const twice = new HeaderMap([["transfer-encoding", "chunked"], ["transfer-encoding", "chunked"]]);
  assertThrows(() => assertTransferCoding(twice), ResponseError, message);
});
