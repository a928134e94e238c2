import { assertEquals, assertThrows } from "@std/assert";
import { ResponseError } from "../../src/http/errors.ts";
import { HeaderMap, headerMapFromBytes } from "../../src/http/header_map.ts";
import { RequestHead } from "../../src/http/request_head.ts";
import {
  assertWithoutFraming,
  connectionLine,
  headOfSize,
  informationalHead,
  refusal,
  responseHead,
} from "../../src/h1/response_head.ts";
import { bytesOf } from "./input.ts";

const DATE = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

Deno.test("responseHead() writes the status line, the fields, the date, the connection and the end", () => {
  const headers = new HeaderMap([["X-A", "1"], ["x-a", "2"]]);
  const head = responseHead(200, headers, DATE, "connection: close\r\n", "content-length: ");
  assertEquals(
    head,
    `HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n${DATE}connection: close\r\ncontent-length: `,
  );
});

Deno.test("responseHead() writes a head without fields of the handler's", () => {
  for (const headers of [null, new HeaderMap()]) {
    assertEquals(responseHead(404, headers, DATE, "", "\r\n"), `HTTP/1.1 404 Not Found\r\n${DATE}\r\n`);
  }
});

Deno.test("responseHead() writes no second date", () => {
  const headers = new HeaderMap({ Date: "Thu, 01 Jan 1970 00:00:00 GMT" });
  const head = responseHead(200, headers, DATE, "", "\r\n");
  assertEquals(head, "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
});

Deno.test("responseHead() writes what it is told, whatever it wrote before", () => {
  // Each differs from the one before in a single thing, and the first comes again between any two.
  const first = [200, [["a", "b"]], DATE, "", "\r\n"] as const;
  const others = [
    [201, [["a", "b"]], DATE, "", "\r\n"],
    [200, [["a", "c"]], DATE, "", "\r\n"],
    [200, [["A", "b"]], DATE, "", "\r\n"],
    [200, [["c", "b"]], DATE, "", "\r\n"],
    [200, [["a", "b"], ["a", "b"]], DATE, "", "\r\n"],
    [200, [], DATE, "", "\r\n"],
    [200, null, DATE, "", "\r\n"],
    [200, [["a", "b"]], DATE.replace("37", "38"), "", "\r\n"],
    [200, [["a", "b"]], DATE, "connection: close\r\n", "\r\n"],
    [200, [["a", "b"]], DATE, "", "content-length: "],
    [200, [["date", "b"]], DATE, "", "\r\n"],
  ] as const;
  const write = ([status, fields, date, connection, end]: typeof first | typeof others[number]) => {
    const headers = fields === null ? null : new HeaderMap(fields);
    const lines = (fields ?? []).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const dateOnce = lines.startsWith("date") ? "" : date;
    const phrase = status === 200 ? "OK" : "Created";
    const expected = `HTTP/1.1 ${status} ${phrase}\r\n${lines}${dateOnce}${connection}${end}`;
    assertEquals(responseHead(status, headers, date, connection, end), expected);
  };
  for (const other of others) [first, other, other, first].forEach(write);
});

Deno.test("responseHead() sees what has changed in a map since", () => {
  const headers = new HeaderMap({ a: "b" });
  responseHead(200, headers, DATE, "", "\r\n");
  headers.set("a", "c");
  assertEquals(responseHead(200, headers, DATE, "", "\r\n"), `HTTP/1.1 200 OK\r\na: c\r\n${DATE}\r\n`);
});

Deno.test("responseHead() writes the fields of a map that was received", () => {
  const bytes = bytesOf("a: b\r\n");
  for (let i = 0; i < 2; i++) {
    const headers = headerMapFromBytes(bytes, 0, bytes.length);
    assertEquals(responseHead(200, headers, DATE, "", "\r\n"), `HTTP/1.1 200 OK\r\na: b\r\n${DATE}\r\n`);
  }
});

Deno.test("headOfSize() completes a head where the one before was the same, and only there", () => {
  const start = "HTTP/1.1 200 OK\r\ncontent-length: ";
  const whole = (size: number) => `${start}${size}\r\n\r\n`;
  assertEquals([1, 1, 1, 2, 2, 1].map((size) => headOfSize(start, size)), [
    start,
    whole(1),
    whole(1),
    start,
    whole(2),
    start,
  ]);
  const other = start.replace("200 OK", "201 Created");
  assertEquals([start, other, start, start].map((each) => headOfSize(each, 1)), [
    whole(1),
    other,
    start,
    whole(1),
  ]);
});

Deno.test("responseHead() throws on a status that cannot be written", () => {
  responseHead(200, null, DATE, "", "\r\n");
  // Also when asked again, though it is what it was asked for last.
  for (let i = 0; i < 2; i++) assertThrows(() => responseHead(99, null, DATE, "", "\r\n"), RangeError);
});

Deno.test("informationalHead() writes an interim response without a date", () => {
  assertEquals(informationalHead(100, null), "HTTP/1.1 100 Continue\r\n\r\n");
  const headers = new HeaderMap({ Link: "</a>; rel=preload" });
  assertEquals(
    informationalHead(103, headers),
    "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
  );
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

Deno.test("connectionLine() says what is not the version's default", () => {
  const of = (minorVersion: number) => Object.assign(new RequestHead(), { minorVersion });
  assertEquals(connectionLine(of(1), true), "");
  assertEquals(connectionLine(of(1), false), "connection: close\r\n");
  assertEquals(connectionLine(of(0), true), "connection: keep-alive\r\n");
  assertEquals(connectionLine(of(0), false), "connection: close\r\n");
});

Deno.test("refusal() writes a whole response that announces the close", () => {
  assertEquals(
    refusal(400, "Host is missing", DATE, true),
    `HTTP/1.1 400 Bad Request\r\n${DATE}content-type: text/plain\r\ncontent-length: 16\r\n` +
      "connection: close\r\n\r\nHost is missing\n",
  );
});

Deno.test("refusal() leaves the content out of an answer to HEAD, and keeps its length", () => {
  assertEquals(
    refusal(431, "Too many header fields", DATE, false),
    `HTTP/1.1 431 Request Header Fields Too Large\r\n${DATE}content-type: text/plain\r\n` +
      "content-length: 23\r\nconnection: close\r\n\r\n",
  );
});
