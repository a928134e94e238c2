import { assertEquals } from "@std/assert";
import { ReceivedHead, ReceivedHost } from "../../src/h1/received_head.ts";
import { bytesOf } from "./input.ts";

Deno.test("ReceivedHead holds nothing at first", () => {
  const head = new ReceivedHead();
  assertEquals([head.method, head.form, head.minorVersion, head.host()], ["", "origin", 1, null]);
  assertEquals([head.target(), head.fields().raw(), head.hasContent], ["", [], false]);
});

Deno.test("ReceivedHead.hasContent is true for chunks and for a length above 0", () => {
  const hasContent = (head: Partial<ReceivedHead>) => Object.assign(new ReceivedHead(), head).hasContent;
  assertEquals([hasContent({ chunked: true }), hasContent({ contentLength: 1 })], [true, true]);
  assertEquals(hasContent({ contentLength: 0 }), false);
});

Deno.test("ReceivedHead decodes from where it lies in the bytes", () => {
  const bytes = bytesOf("##GET /a HTTP/1.0\r\nA: \xe9\r\n\r\n");
  const places = { base: 2, targetStart: 4, targetEnd: 6, fieldsStart: 17, fieldsEnd: 23 };
  const head = Object.assign(new ReceivedHead(), { bytes, minorVersion: 0, ...places });
  assertEquals([head.target(), head.fieldSection(), head.version], ["/a", "A: \xe9\r\n", "1.0"]);
  assertEquals(head.fields().raw(), [["A", "\xe9"]]);
  head.minorVersion = 1;
  assertEquals(head.version, "1.1");
});

Deno.test("ReceivedHost.text is decoded once", () => {
  const bytes = bytesOf("Host: a.example");
  const host = new ReceivedHost(bytes, 6, bytes.length);
  assertEquals(host.text, "a.example");
  bytes.fill(0);
  assertEquals(host.text, "a.example");
});
