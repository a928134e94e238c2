import { assertEquals, assertThrows } from "@std/assert";
import { ResponseError } from "../../src/http/errors.ts";
import { HeaderMap } from "../../src/http/header_map.ts";
import { RequestHead } from "../../src/http/request_head.ts";
import {
  assertLength,
  CONTENT_LENGTH,
  declaredFraming,
  END_OF_HEAD,
  END_OF_LENGTH,
  headEnd,
  isWithoutContent,
  streamingFraming,
} from "../../src/h1/response_framing.ts";

function requestOf(method: string, minorVersion = 1): RequestHead {
  return Object.assign(new RequestHead(), { method, minorVersion });
}

/** What is declared, and what remains of the fields. */
function declare(fields: [string, string][], status = 200): unknown[] {
  const headers = new HeaderMap(fields);
  const { length, close } = declaredFraming(headers, status);
  return [length, close, headers.raw()];
}

Deno.test("isWithoutContent() names the statuses that never have content, and HEAD", () => {
  const statuses = Array.from({ length: 400 }, (_, index) => index + 200);
  const without = (method: string) =>
    statuses.filter((status) => isWithoutContent(requestOf(method), status));
  assertEquals(without("GET"), [204, 205, 304]);
  assertEquals(without("HEAD"), statuses);
});

Deno.test("streamingFraming() delimits by the declared length, else by chunks, else by the close", () => {
  assertEquals(streamingFraming(requestOf("GET"), 200, 5), { kind: "length", left: 5 });
  assertEquals(streamingFraming(requestOf("GET"), 200, 0), { kind: "length", left: 0 });
  assertEquals(streamingFraming(requestOf("GET", 0), 200, 5), { kind: "length", left: 5 });
  assertEquals(streamingFraming(requestOf("POST"), 404, -1), { kind: "chunked" });
  assertEquals(streamingFraming(requestOf("POST", 0), 404, -1), { kind: "close" });
});

Deno.test("streamingFraming() frames no content for HEAD and for statuses without", () => {
  for (const declared of [-1, 0, 5]) {
    for (const minorVersion of [0, 1]) {
      assertEquals(streamingFraming(requestOf("HEAD", minorVersion), 200, declared), { kind: "none" });
      for (const status of [204, 205, 304]) {
        assertEquals(streamingFraming(requestOf("GET", minorVersion), status, declared), { kind: "none" });
      }
    }
  }
});

Deno.test("streamingFraming() gives each response a count of its own", () => {
  const first = streamingFraming(requestOf("GET"), 200, 5);
  const second = streamingFraming(requestOf("GET"), 200, 5);
  if (first.kind === "length") first.left = 0;
  assertEquals(second, { kind: "length", left: 5 });
});

Deno.test("headEnd() begins the line of the length, or says that the content is chunked", () => {
  for (const minorVersion of [0, 1]) {
    const head = requestOf("GET", minorVersion);
    assertEquals(headEnd(head, 200, 0) + 0 + END_OF_LENGTH, "content-length: 0\r\n\r\n");
    assertEquals(headEnd(head, 404, 1234), CONTENT_LENGTH);
  }
  assertEquals(headEnd(requestOf("GET"), 500, -1), "transfer-encoding: chunked\r\n\r\n");
  assertEquals(headEnd(requestOf("GET", 0), 500, -1), "\r\n");
});

Deno.test("headEnd() frames nothing for 204 and 304, and says that there is nothing for 205", () => {
  for (const minorVersion of [0, 1]) {
    const head = requestOf("GET", minorVersion);
    for (const size of [-1, 0, 5]) {
      const lines = [204, 304, 205].map((status) => headEnd(head, status, size));
      assertEquals(lines, [END_OF_HEAD, END_OF_HEAD, "content-length: 0\r\n\r\n"]);
    }
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

Deno.test("declaredFraming() finds nothing in fields that frame nothing", () => {
  assertEquals(declaredFraming(null, 200), { length: -1, close: false });
  assertEquals(declare([]), [-1, false, []]);
  const fields: [string, string][] = [["date", "x"], ["content-type", "a/b"], ["trailer", "x"], [
    "upgrade",
    "y",
  ]];
  assertEquals(declare(fields), [-1, false, fields]);
});

Deno.test("declaredFraming() reads a content-length of digits", () => {
  for (
    const [value, length] of [["0", 0], ["5", 5], ["9007199254740991", Number.MAX_SAFE_INTEGER]] as const
  ) {
    assertEquals(declare([["Content-Length", value]]), [length, false, [["Content-Length", value]]]);
  }
});

Deno.test("declaredFraming() refuses any other content-length", () => {
  const message = 'Cannot send header "content-length": it is not one number of digits';
  for (
    const value of [
      "",
      "-1",
      "+1",
      "1.5",
      "1e3",
      "0x10",
      "1 ",
      "a",
      "5, 5",
      "9007199254740992",
      "9".repeat(400),
    ]
  ) {
    // A blank at the end is not part of the value.
    if (value === "1 ") assertEquals(declare([["content-length", value]])[0], 1);
    else assertThrows(() => declare([["content-length", value]]), ResponseError, message, value);
  }
  const twice: [string, string][] = [["content-length", "5"], ["content-length", "5"]];
  assertThrows(() => declare(twice), ResponseError, message);
});

Deno.test("declaredFraming() takes content-length out where the status has none", () => {
  for (const status of [204, 205]) assertEquals(declare([["content-length", "5"]], status), [-1, false, []]);
  // What a 304 would have had may be told.
  assertEquals(declare([["content-length", "5"]], 304), [5, false, [["content-length", "5"]]]);
});

Deno.test("declaredFraming() takes out transfer-encoding: chunked, in any casing", () => {
  for (const value of ["chunked", "Chunked", "CHUNKED"]) {
    assertEquals(declare([["Transfer-Encoding", value], ["a", "b"]]), [-1, false, [["a", "b"]]]);
  }
  const both: [string, string][] = [["transfer-encoding", "chunked"], ["content-length", "5"]];
  assertEquals(declare(both), [5, false, [["content-length", "5"]]]);
});

Deno.test("declaredFraming() refuses any other transfer-encoding", () => {
  const message = 'Cannot send header "transfer-encoding": the only coding that is implemented is chunked';
  for (const value of ["", "gzip", "gzip, chunked", "chunked, chunked", "identity", "chunked;a=b"]) {
    assertThrows(() => declare([["transfer-encoding", value]]), ResponseError, message, value);
  }
  const twice: [string, string][] = [["transfer-encoding", "chunked"], ["transfer-encoding", "chunked"]];
  assertThrows(() => declare(twice), ResponseError, message);
});

Deno.test("declaredFraming() takes close and keep-alive out of connection, and leaves other options", () => {
  const cases: [value: string, close: boolean, left: string | null][] = [
    ["close", true, null],
    ["Close", true, null],
    ["keep-alive", false, null],
    ["Keep-Alive, close", true, null],
    ["", false, null],
    [" , ", false, null],
    ["x", false, "x"],
    ["close, X,keep-alive , y", true, "x, y"],
    ["closed", false, "closed"],
  ];
  for (const [value, close, left] of cases) {
    const rest = left === null ? [] : [["connection", left]];
    assertEquals(declare([["connection", value]]), [-1, close, rest], value);
  }
  assertEquals(declare([["connection", "x"], ["connection", "close"]]), [-1, true, [["connection", "x"]]]);
});
