/** Tests of the checks: each of them must be able to fail. */
import { assertEquals, assertThrows } from "@std/assert";
import { forbidsSentinel, judge } from "./judge.ts";
import { assertRejection, assertResponse, parseResponses } from "./strict_client.ts";
import { bytesOf, type Case, type LoadedVector, textOf } from "./vectors.ts";

const DATE = `date: ${new Date().toUTCString()}\r\n`;
const OK = `HTTP/1.1 200 OK\r\n${DATE}content-length: 2\r\n\r\nhi`;

Deno.test("parseResponses() accepts every framing", () => {
  const text = "HTTP/1.1 100 Continue\r\n\r\n" + OK +
    `HTTP/1.1 200 \r\n${DATE}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n` +
    `A\r\n0123456789\r\n0\r\nX: y\r\n\r\n` +
    `HTTP/1.1 304 Not Modified\r\n${DATE}content-length: 9\r\n\r\n` +
    `HTTP/1.1 204 No Content\r\n${DATE}\r\n` +
    `HTTP/1.1 200 OK\r\n${DATE}content-length: 9\r\n\r\n` +
    `HTTP/1.1 200 OK\r\n${DATE}\r\nto the end`;
  const responses = parseResponses(text, ["GET", "GET", "GET", "GET", "HEAD", "GET"], {
    closeDelimited: true,
  });
  assertEquals(responses.map(({ status, framing, body }) => [status, framing, body]), [
    [100, "none", ""],
    [200, "length", "hi"],
    [200, "chunked", "hi0123456789"],
    [304, "none", ""],
    [204, "none", ""],
    [200, "none", ""],
    [200, "close", "to the end"],
  ]);
  assertEquals(responses[2]!.trailers, [["X", "y"]]);
  assertEquals(responses.map(({ raw }) => raw).join(""), text);
});

const MALFORMED: Record<string, string> = {
  "another version": OK.replace("1.1", "1.0"),
  "no reason phrase and no blank": OK.replace("200 OK", "200"),
  "two blanks": OK.replace(" 200", "  200"),
  "a status of two digits": OK.replace("200", "20"),
  "a status above 599": OK.replace("200", "600"),
  "a bare LF": OK.replace("\r\n", "\n"),
  "a bare LF at the end of the head": OK.replace("\r\n\r\n", "\r\n\n"),
  "a bare CR in a value": OK.replace("2\r\n", "2\r\nx: a\rb\r\n"),
  "NUL in a value": OK.replace("2\r\n", "2\r\nx: a\0b\r\n"),
  "a blank before the colon": OK.replace("content-length:", "content-length :"),
  "a folded line": OK.replace("2\r\n", "2\r\nx: a\r\n b\r\n"),
  "a blank behind a value": OK.replace("2\r\n", "2\r\nx: a \r\n"),
  "no blank behind a colon": OK.replace("2\r\n", "2\r\nx:a\r\n"),
  "no colon": OK.replace("2\r\n", "2\r\nabc\r\n"),
  "an empty name": OK.replace("2\r\n", "2\r\n: a\r\n"),
  "two lengths": OK.replace("2\r\n", "2\r\ncontent-length: 2\r\n"),
  "a length with a sign": OK.replace("length: 2", "length: +2"),
  "a length with a leading zero": OK.replace("length: 2", "length: 02"),
  "a length and a coding": OK.replace("2\r\n", "2\r\ntransfer-encoding: chunked\r\n"),
  "another coding": OK.replace("content-length: 2", "transfer-encoding: gzip"),
  "content that is short": OK.slice(0, -1),
  "content that is long": OK + "!",
  "a head without end": OK.slice(0, 30),
  "a length in a 1xx": OK.replace("200 OK", "103 Early Hints"),
  "a length in a 204": OK.replace("200 OK", "204 No Content"),
  "content in a 204": `HTTP/1.1 204 No Content\r\n${DATE}\r\nhi`,
  "no framing": OK.replace("content-length: 2\r\n", ""),
  "a chunk without CRLF": `HTTP/1.1 200 OK\r\n${DATE}transfer-encoding: chunked\r\n\r\n2\r\nhi0\r\n\r\n`,
  "a chunk size with 0x":
    `HTTP/1.1 200 OK\r\n${DATE}transfer-encoding: chunked\r\n\r\n0x2\r\nhi\r\n0\r\n\r\n`,
  "no last chunk": `HTTP/1.1 200 OK\r\n${DATE}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n`,
  "no end of the trailers": `HTTP/1.1 200 OK\r\n${DATE}transfer-encoding: chunked\r\n\r\n0\r\n`,
};

for (const [name, text] of Object.entries(MALFORMED)) {
  Deno.test(`parseResponses() throws on ${name}`, () => {
    assertThrows(() => parseResponses(text, ["GET"]), Error);
  });
}

Deno.test("parseResponses() throws on content for HEAD", () => {
  assertThrows(() => parseResponses(OK, ["HEAD"]), Error);
});

Deno.test("assertResponse() throws on wrong dates and connection fields", () => {
  const check = (text: string) => () => assertResponse(parseResponses(text, ["GET"])[0]!);
  check(OK)();
  assertThrows(check(OK.replace(DATE, "")), Error, "0 dates");
  assertThrows(check(OK.replace(DATE, DATE + DATE)), Error, "2 dates");
  assertThrows(check(OK.replace(DATE, "date: now\r\n")), Error, "malformed");
  assertThrows(check(OK.replace(DATE, "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n")), Error, "not now");
  assertThrows(
    check(OK.replace(DATE, DATE + "connection: close\r\nconnection: close\r\n")),
    Error,
    "several",
  );
  assertThrows(check(OK.replace(DATE, DATE + "connection: whatever\r\n")), Error, "unknown");
});

const REASON = "Host is missing\n";
const REFUSAL = `HTTP/1.1 400 Bad Request\r\n${DATE}content-type: text/plain\r\n` +
  `content-length: ${REASON.length}\r\nconnection: close\r\n\r\n${REASON}`;

Deno.test("assertRejection() throws on a rejection that lacks something", () => {
  const check = (text: string) => () => assertRejection(parseResponses(text, ["GET"])[0]!, /host/i);
  const withReason = (reason: string) =>
    REFUSAL.replace(`length: ${REASON.length}`, `length: ${reason.length}`).replace(REASON, reason);
  check(REFUSAL)();
  assertThrows(check(REFUSAL.replace("connection: close\r\n", "")), Error, "announce");
  assertThrows(check(REFUSAL.replace("text/plain", "text/html")), Error, "text/plain");
  assertThrows(check(withReason("")), Error, "no short reason");
  assertThrows(check(withReason("host ".repeat(50))), Error, "no short reason");
  assertThrows(check(withReason("Host is m\u00edssing")), Error, "no short reason");
  assertThrows(check(withReason("Something is missing")), Error, "does not name the rule");
  assertThrows(check(withReason("Host is wrong: echo7")), Error, "repeats the input");
});

/** Creates a vector with one case. */
function vectorOf(expect: Partial<Case["expect"]>): [LoadedVector, Case] {
  const one: Case = {
    id: 1,
    byte: "",
    byteAt: 0,
    edge: true,
    input: bytesOf("-"),
    expect: {
      requests: [],
      statuses: [],
      method: "GET",
      reason: /./,
      close: false,
      mayContinue: false,
      ...expect,
    },
  };
  return [{ name: "-", rfc: "-", server: "default", halfClose: false, cases: [one] }, one];
}

const SEEN = {
  status: 200,
  method: "GET",
  form: "origin",
  target: "/",
  version: "1.1",
  body: "",
  trailers: [],
};

function answerTo(seen: Record<string, unknown>, fields = ""): string {
  const json = JSON.stringify(seen);
  return `HTTP/1.1 200 OK\r\n${DATE}${fields}content-length: ${json.length}\r\n\r\n${json}`;
}

const ANSWER = answerTo(SEEN);
const SENTINEL = answerTo({ ...SEEN, target: "/sentinel/1" }, "connection: close\r\n");

Deno.test("judge() accepts only a response followed by the sentinel's response", () => {
  const [vector, one] = vectorOf({ requests: [SEEN] });
  const check = (received: string, end: "closed" | "reset" | "timeout" = "closed") => () =>
    judge(vector, one, { received, end });
  check(ANSWER + SENTINEL)();
  assertThrows(check(ANSWER + SENTINEL, "reset"), Error, "reset");
  assertThrows(check(ANSWER + SENTINEL, "timeout"), Error, "timeout");
  assertThrows(check(ANSWER), Error, "Expected 2 responses, got 1");
  assertThrows(check(ANSWER + ANSWER + SENTINEL), Error, "Expected 2 responses, got 3");
  assertThrows(check(ANSWER + ANSWER), Error, "sentinel");
  assertThrows(check(answerTo({ ...SEEN, method: "PUT" }) + SENTINEL), Error, "Expected method");
  assertThrows(check(answerTo({ ...SEEN, body: "x" }) + SENTINEL), Error, "Expected body");
  assertThrows(check(answerTo({ ...SEEN, trailers: [["a", "b"]] }) + SENTINEL), Error, "Expected trailers");
  assertThrows(check(answerTo(SEEN, "connection: close\r\n") + SENTINEL), Error);
  assertThrows(check("HTTP/1.1 100 Continue\r\n\r\n" + ANSWER + SENTINEL), Error, "Interim");
  assertThrows(check(ANSWER + SENTINEL.replace("connection: close\r\n", "")), Error, "does not say close");
});

Deno.test("judge() requires an announced close, and nothing after it", () => {
  const [vector, one] = vectorOf({ requests: [SEEN], close: true });
  const check = (received: string) => () => judge(vector, one, { received, end: "closed" });
  const closing = answerTo(SEEN, "connection: close\r\n");
  check(closing)();
  assertThrows(check(ANSWER), Error, "close");
  assertThrows(check(closing + SENTINEL), Error, "Expected 1 responses, got 2");
});

Deno.test("judge() requires a rejection, and no response to the sentinel after it", () => {
  const [vector, one] = vectorOf({ statuses: [400], close: true });
  const check = (received: string) => () => judge(vector, one, { received, end: "closed" });
  check(REFUSAL)();
  assertEquals(forbidsSentinel(vector, one), true);
  assertThrows(check(""), Error, "Expected 1 responses, got 0");
  assertThrows(check(REFUSAL + SENTINEL), Error, "Expected 1 responses, got 2");
  assertThrows(check(ANSWER), Error, "Expected status 400");
  assertThrows(check(REFUSAL.replace("400", "413")), Error, "Expected status 400");
  assertThrows(check(REFUSAL + REFUSAL), Error, "Expected 1 responses, got 2");
});

Deno.test("bytesOf() and textOf() are inverse functions, for bytes only", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assertEquals(bytesOf(textOf(bytes)), bytes);
  assertThrows(() => bytesOf("\u0100"), Error, "U+100");
});
