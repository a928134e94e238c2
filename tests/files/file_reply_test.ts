import { assert, assertEquals } from "@std/assert";
import { HeaderMap } from "../../mod.ts";
import { type FileReply, replyWithFile } from "../../src/files/file_reply.ts";

const MODIFIED = Date.UTC(2024, 4, 1, 12, 0, 0) + 250;
const LAST_MODIFIED = "Wed, 01 May 2024 12:00:00 GMT";
const BEFORE = "Wed, 01 May 2024 11:59:59 GMT";
const AFTER = "Wed, 01 May 2024 12:00:01 GMT";
const NOW = Date.UTC(2026, 0, 1);
const FILE = { size: 1000, modified: MODIFIED };
const PRESENTATION = { type: "text/plain", coding: null, varies: false, cacheControl: null };

function reply(fields: Readonly<Record<string, string>>, method = "GET", file = FILE): FileReply {
  return replyWithFile(method, new HeaderMap(fields), file, PRESENTATION, NOW);
}

function field(answer: FileReply, name: string): string | undefined {
  return answer.fields.find(([field]) => field === name)?.[1];
}

const TAG = field(reply({}), "etag")!;

// RFC 9110 section 13.2.2: each step comes before the next, and hides it.
const CASES: readonly (readonly [fields: Readonly<Record<string, string>>, status: number])[] = [
  [{}, 200],
  [{ "if-match": TAG }, 200],
  [{ "if-match": "*" }, 200],
  [{ "if-match": '"x"' }, 412],
  [{ "if-match": `W/${TAG}` }, 412],
  [{ "if-match": `"x", ${TAG}` }, 200],
  [{ "if-match": TAG, "if-unmodified-since": BEFORE }, 200],
  [{ "if-match": '"x"', "if-unmodified-since": AFTER }, 412],
  [{ "if-match": '"x"', "if-none-match": TAG }, 412],
  [{ "if-unmodified-since": BEFORE }, 412],
  [{ "if-unmodified-since": LAST_MODIFIED }, 200],
  [{ "if-unmodified-since": AFTER }, 200],
  [{ "if-unmodified-since": "nonsense" }, 200],
  [{ "if-unmodified-since": BEFORE, "if-none-match": TAG }, 412],
  [{ "if-match": TAG, "if-none-match": TAG }, 304],
  [{ "if-none-match": TAG }, 304],
  [{ "if-none-match": `W/${TAG}` }, 304],
  [{ "if-none-match": "*" }, 304],
  [{ "if-none-match": '"x"' }, 200],
  [{ "if-none-match": '"x"', "if-modified-since": AFTER }, 200],
  [{ "if-none-match": TAG, "if-modified-since": BEFORE }, 304],
  [{ "if-modified-since": BEFORE }, 200],
  [{ "if-modified-since": LAST_MODIFIED }, 304],
  [{ "if-modified-since": AFTER }, 304],
  [{ "if-modified-since": "nonsense" }, 200],
  [{ "if-none-match": TAG, range: "bytes=0-1" }, 304],
  [{ "if-match": '"x"', range: "bytes=0-1" }, 412],
  [{ range: "bytes=0-1" }, 206],
  [{ range: "bytes=5000-" }, 416],
  [{ range: "bytes=nonsense" }, 200],
  [{ range: "bytes=0-1", "if-range": TAG }, 206],
  [{ range: "bytes=0-1", "if-range": '"x"' }, 200],
  [{ range: "bytes=0-1", "if-range": `W/${TAG}` }, 200],
  [{ range: "bytes=0-1", "if-range": LAST_MODIFIED }, 206],
  [{ range: "bytes=0-1", "if-range": AFTER }, 200],
  [{ range: "bytes=0-1", "if-range": BEFORE }, 200],
  [{ range: "bytes=0-1", "if-range": "nonsense" }, 200],
  [{ range: "bytes=5000-", "if-range": '"x"' }, 200],
  [{ "if-range": '"x"' }, 200],
];

for (const [fields, status] of CASES) {
  const given = Object.entries(fields).map(([name, value]) => `${name}: ${value}`).join(", ") || "no field";
  Deno.test(`replyWithFile() answers ${status} to GET with ${given}`, () => {
    const answer = reply(fields);
    assertEquals(answer.status, status);
    // RFC 9110 section 15.4.5 and 14.4.
    if (status === 304) assertEquals(answer.fields.map(([name]) => name), ["etag"]);
    if (status === 416) assertEquals(answer.fields, [["content-range", "bytes */1000"]]);
    if (status === 206) assertEquals(field(answer, "content-range"), "bytes 0-1/1000");
    if (status >= 300) assertEquals([answer.pieces, answer.length], [null, 0]);
  });
}

Deno.test("replyWithFile() ignores a range with HEAD", () => {
  const answer = reply({ range: "bytes=0-1" }, "HEAD");
  assertEquals([answer.status, answer.length], [200, 1000]);
});

Deno.test("replyWithFile() lays out several ranges as parts", () => {
  const answer = reply({ range: "bytes=0-1,-2" });
  const boundary = field(answer, "content-type")!.replace("multipart/byteranges; boundary=", "");
  assert(/^[0-9a-f]{32}$/.test(boundary), boundary);
  assertEquals(answer.status, 206);
  assertEquals(field(answer, "content-range"), undefined);
  assertEquals(answer.pieces, [
    `--${boundary}\r\ncontent-type: text/plain\r\ncontent-range: bytes 0-1/1000\r\n\r\n`,
    { start: 0, end: 2 },
    `\r\n--${boundary}\r\ncontent-type: text/plain\r\ncontent-range: bytes 998-999/1000\r\n\r\n`,
    { start: 998, end: 1000 },
    `\r\n--${boundary}--\r\n`,
  ]);
  const sizes = answer.pieces!.map((piece) =>
    typeof piece === "string" ? piece.length : piece.end - piece.start
  );
  assertEquals(answer.length, sizes.reduce((sum, size) => sum + size));
});

Deno.test("replyWithFile() sends a single part of several without multipart", () => {
  const answer = reply({ range: "bytes=0-1,5000-" });
  assertEquals([field(answer, "content-type"), field(answer, "content-range")], [
    "text/plain",
    "bytes 0-1/1000",
  ]);
});

Deno.test("replyWithFile() announces no date in the future", () => {
  const answer = reply({}, "GET", { size: 1, modified: NOW + 5_000_000 });
  assertEquals(field(answer, "last-modified"), new Date(NOW).toUTCString());
});

Deno.test("replyWithFile() has no validators where the time of modification says nothing", () => {
  for (const modified of [0, 1000]) {
    const answer = reply({ "if-modified-since": AFTER, "if-none-match": TAG }, "GET", { size: 1, modified });
    assertEquals([answer.status, field(answer, "etag"), field(answer, "last-modified")], [
      200,
      undefined,
      undefined,
    ]);
    assertEquals(reply({ "if-none-match": "*" }, "GET", { size: 1, modified }).status, 304);
  }
});

Deno.test("replyWithFile() tells of the coding, of what it depends on, and of how long it holds", () => {
  const presentation = { type: "text/plain", coding: "br", varies: true, cacheControl: "max-age=1" };
  const answer = replyWithFile("GET", new HeaderMap(), FILE, presentation, NOW);
  assertEquals(field(answer, "content-encoding"), "br");
  assertEquals(field(answer, "vary"), "accept-encoding");
  assertEquals(field(answer, "etag"), TAG.replace(/"$/, '-br"'));
  const current = replyWithFile("GET", new HeaderMap({ "if-none-match": "*" }), FILE, presentation, NOW);
  assertEquals(current.fields.map(([name]) => name), ["cache-control", "vary", "etag"]);
});
