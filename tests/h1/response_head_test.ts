import { assertEquals, assertThrows } from "@std/assert";
import { HeaderMap, headerMapFromBytes, headerMapFromEncoded } from "../../src/http/header_map.ts";
import { connectionLine, interimHead, refusal, ResponseHeadEncoder } from "../../src/h1/response_head.ts";
import { bytesOf } from "./input.ts";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
const DATE_LINE = `date: ${DATE}\r\n`;

Deno.test("ResponseHeadEncoder.encode() writes the status line, the fields, the date, the connection and the end", () => {
  const encoder = new ResponseHeadEncoder();
  const headers = new HeaderMap([["X-A", "1"], ["x-a", "2"]]);
  const head = encoder.encode(200, null, headers, DATE, "connection: close\r\n", "content-length: ");
  assertEquals(
    head,
    `HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n${DATE_LINE}connection: close\r\ncontent-length: `,
  );
});

Deno.test("ResponseHeadEncoder.encode() writes a head without fields of the handler's", () => {
  const encoder = new ResponseHeadEncoder();
  for (const headers of [null, new HeaderMap()]) {
    assertEquals(
      encoder.encode(404, null, headers, DATE, "", "\r\n"),
      `HTTP/1.1 404 Not Found\r\n${DATE_LINE}\r\n`,
    );
  }
});

Deno.test("ResponseHeadEncoder.encode() writes no second date", () => {
  const encoder = new ResponseHeadEncoder();
  const headers = new HeaderMap({ Date: "Thu, 01 Jan 1970 00:00:00 GMT" });
  const head = encoder.encode(200, null, headers, DATE, "", "\r\n");
  assertEquals(head, "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
});

Deno.test("ResponseHeadEncoder.encode() writes what it is told, whatever it wrote before", () => {
  const encoder = new ResponseHeadEncoder();
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
    const dateOnce = lines.startsWith("date") ? "" : `date: ${date}\r\n`;
    const phrase = status === 200 ? "OK" : "Created";
    const expected = `HTTP/1.1 ${status} ${phrase}\r\n${lines}${dateOnce}${connection}${end}`;
    assertEquals(encoder.encode(status, null, headers, date, connection, end), expected);
  };
  for (const other of others) [first, other, other, first].forEach(write);
});

Deno.test("ResponseHeadEncoder.encode() sees what has changed in a map since", () => {
  const encoder = new ResponseHeadEncoder();
  const headers = new HeaderMap({ a: "b" });
  encoder.encode(200, null, headers, DATE, "", "\r\n");
  headers.set("a", "c");
  assertEquals(
    encoder.encode(200, null, headers, DATE, "", "\r\n"),
    `HTTP/1.1 200 OK\r\na: c\r\n${DATE_LINE}\r\n`,
  );
});

Deno.test("ResponseHeadEncoder.encode() writes the fields of a map that was received", () => {
  const encoder = new ResponseHeadEncoder();
  const bytes = bytesOf("a: b\r\n");
  for (let i = 0; i < 2; i++) {
    const headers = headerMapFromBytes(bytes, 0, bytes.length);
    assertEquals(
      encoder.encode(200, null, headers, DATE, "", "\r\n"),
      `HTTP/1.1 200 OK\r\na: b\r\n${DATE_LINE}\r\n`,
    );
  }
});

Deno.test("ResponseHeadEncoder.withLength() completes a head where the one before was the same, and only there", () => {
  const encoder = new ResponseHeadEncoder();
  const start = "HTTP/1.1 200 OK\r\ncontent-length: ";
  const whole = (size: number) => `${start}${size}\r\n\r\n`;
  assertEquals([1, 1, 1, 2, 2, 1].map((size) => encoder.withLength(start, size)), [
    start,
    whole(1),
    whole(1),
    start,
    whole(2),
    start,
  ]);
  const other = start.replace("200 OK", "201 Created");
  assertEquals([start, other, start, start].map((each) => encoder.withLength(each, 1)), [
    whole(1),
    other,
    start,
    whole(1),
  ]);
});

Deno.test("ResponseHeadEncoder.encode() throws on a status that cannot be written", () => {
  const encoder = new ResponseHeadEncoder();
  encoder.encode(200, null, null, DATE, "", "\r\n");
  // Also when asked again, though it is what it was asked for last.
  for (let i = 0; i < 2; i++) {
    assertThrows(() => encoder.encode(99, null, null, DATE, "", "\r\n"), RangeError);
  }
});

Deno.test("interimHead() writes an interim response without a date", () => {
  assertEquals(interimHead(100, null), "HTTP/1.1 100 Continue\r\n\r\n");
  const headers = new HeaderMap({ Link: "</a>; rel=preload" });
  assertEquals(
    interimHead(103, headers),
    "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
  );
});

Deno.test("connectionLine() says what is not the version's default", () => {
  assertEquals(connectionLine(1, true), "");
  assertEquals(connectionLine(1, false), "connection: close\r\n");
  assertEquals(connectionLine(0, true), "connection: keep-alive\r\n");
  assertEquals(connectionLine(0, false), "connection: close\r\n");
});

Deno.test("refusal() writes a whole response that announces the close", () => {
  assertEquals(
    refusal(400, "Host is missing", DATE, true),
    `HTTP/1.1 400 Bad Request\r\n${DATE_LINE}content-type: text/plain\r\ncontent-length: 16\r\n` +
      "connection: close\r\n\r\nHost is missing\n",
  );
});

Deno.test("refusal() leaves the content out of an answer to HEAD, and keeps its length", () => {
  assertEquals(
    refusal(431, "Too many header fields", DATE, false),
    `HTTP/1.1 431 Request Header Fields Too Large\r\n${DATE_LINE}content-type: text/plain\r\n` +
      "content-length: 23\r\nconnection: close\r\n\r\n",
  );
});

Deno.test("ResponseHeadEncoder.encode() writes the reason phrase that it is given, and the usual one again later", () => {
  const encoder = new ResponseHeadEncoder();
  const lines = [null, "Fine", "", null].map((reason) =>
    encoder.encode(200, reason, null, DATE, "", "\r\n").split("\r\n")[0]
  );
  assertEquals(lines, ["HTTP/1.1 200 OK", "HTTP/1.1 200 Fine", "HTTP/1.1 200 ", "HTTP/1.1 200 OK"]);
});

Deno.test("ResponseHeadEncoder.encode() tells fields that another thread has encoded from others", () => {
  const encoder = new ResponseHeadEncoder();
  const maps = [
    new HeaderMap(),
    headerMapFromEncoded("a: b\r\n", 0, true),
    headerMapFromEncoded("a: b\r\n", 0, true),
    headerMapFromEncoded("a: c\r\n", 0, true),
    new HeaderMap({ a: "c" }),
    null,
    headerMapFromEncoded("", 0, true),
    headerMapFromEncoded("a: b\r\n", 0, true),
  ];
  const written = maps.map((headers) => encoder.encode(200, null, headers, DATE, "", "\r\n"));
  const lines = ["", "a: b\r\n", "a: b\r\n", "a: c\r\n", "a: c\r\n", "", "", "a: b\r\n"];
  assertEquals(written, lines.map((line) => `HTTP/1.1 200 OK\r\n${line}${DATE_LINE}\r\n`));
});
