import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { headerMapFromBytes } from "../../src/http/header_map.ts";
import type { ReceivedHead } from "../../src/h1/received_head.ts";
import { InputBuffer } from "../../src/h1/input_buffer.ts";
import { type HeadLimits, RequestHeadParser } from "../../src/h1/request_head_parser.ts";
import { assertRefused, bytesOf, eachSplit, inputOf, textOf } from "./input.ts";

const LIMITS: HeadLimits = { maxHeaderSize: 1024, maxHeaderCount: 10 };

const LONE_CR = "A carriage return is not followed by a line feed";
const EMPTY_LINES = "Too many empty lines before a request";
const LONG_TARGET = "The request target is too long";
const LARGE_HEAD = "The request line and headers are too large";

/** The framing decisions, and the parts as text. */
function describe(head: ReceivedHead): Record<string, unknown> {
  const { bytes, base, fieldsStart, fieldsEnd, receivedHost, ...rest } = head;
  const { targetStart: _start, targetEnd: _end, ...decisions } = rest;
  const fields = headerMapFromBytes(bytes, base + fieldsStart, base + fieldsEnd).raw();
  return { ...decisions, host: receivedHost?.text, target: head.target(), fields };
}

/** All heads in what arrives, described, and what is left over. */
function parseAll(pieces: readonly string[], limits = LIMITS): { heads: unknown[]; left: string } {
  const parser = new RequestHeadParser(limits);
  const input = new InputBuffer();
  const heads: ReceivedHead[] = [];
  for (const piece of pieces) {
    if (piece === "") continue;
    input.push(bytesOf(piece));
    for (let head = parser.parse(input); head !== null; head = parser.parse(input)) heads.push(head);
  }
  // Described last: what came later must not have changed what an earlier head points at.
  return { heads: heads.map(describe), left: textOf(input.bytes.subarray(input.start, input.end)) };
}

/** However it is split, and no sooner than at the last byte. */
function assertBadHead(text: string, status: number, reason: string, limits = LIMITS): void {
  eachSplit(text, (pieces) => {
    assertRefused(() => parseAll(pieces, limits), status, reason);
  });
  parseAll([text.slice(0, -1)], limits);
}

const PLAIN = {
  method: "GET",
  form: "origin",
  minorVersion: 1,
  contentLength: -1,
  chunked: false,
  keepAlive: true,
  offersUpgrade: false,
  expectsContinue: false,
  acceptsTrailers: false,
  host: "a",
  target: "/",
  fields: [["Host", "a"]],
};

const HEADS: readonly [text: string, head: Record<string, unknown>][] = [
  ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", PLAIN],
  ["HEAD /a?b HTTP/1.0\r\n\r\n", {
    ...PLAIN,
    method: "HEAD",
    target: "/a?b",
    minorVersion: 0,
    keepAlive: false,
    host: undefined,
    fields: [],
  }],
  ["POST http://b:80/c HTTP/1.1\r\nhost: a\r\nContent-Length: 007\r\nX:\r\nTE: trailers\r\n\r\n", {
    ...PLAIN,
    method: "POST",
    form: "absolute",
    target: "http://b:80/c",
    contentLength: 7,
    acceptsTrailers: true,
    fields: [["host", "a"], ["Content-Length", "007"], ["X", ""], ["TE", "trailers"]],
  }],
  ["PUT / HTTP/1.1\r\nHost:a \r\nTransfer-Encoding: Chunked\r\nExpect: 100-continue\r\n\r\n", {
    ...PLAIN,
    method: "PUT",
    chunked: true,
    expectsContinue: true,
    fields: [["Host", "a"], ["Transfer-Encoding", "Chunked"], ["Expect", "100-continue"]],
  }],
  ["OPTIONS * HTTP/1.1\r\nHost: \r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", {
    ...PLAIN,
    method: "OPTIONS",
    form: "asterisk",
    target: "*",
    offersUpgrade: true,
    host: undefined,
    fields: [["Host", ""], ["Connection", "upgrade"], ["Upgrade", "x"]],
  }],
  ["CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\n", {
    ...PLAIN,
    method: "CONNECT",
    form: "authority",
    target: "a:1",
    keepAlive: false,
    host: "a:1",
    fields: [["Host", "a:1"], ["Connection", "close"]],
  }],
];

Deno.test("RequestHeadParser.parse() gives a head, however it is split", () => {
  for (const [text, head] of HEADS) {
    eachSplit(text, (pieces) => {
      assertEquals(parseAll(pieces), { heads: [head], left: "" });
    });
  }
});

Deno.test("RequestHeadParser.parse() gives one head after the other, however they are split", () => {
  const text = HEADS.map(([text]) => text).join("\r\n");
  const heads = HEADS.map(([, head]) => head);
  eachSplit(text, (pieces) => assertEquals(parseAll(pieces), { heads, left: "" }));
});

Deno.test("RequestHeadParser.parse() consumes the head and nothing behind it", () => {
  const input = inputOf("GET / HTTP/1.1\r\nHost: a\r\n\r\nbody");
  const head = new RequestHeadParser(LIMITS).parse(input)!;
  assertEquals(textOf(input.take(100)), "body");
  assertEquals(head.target(), "/");
});

Deno.test("RequestHeadParser.parse() consumes nothing of a head that is not complete", () => {
  const parser = new RequestHeadParser(LIMITS);
  const input = inputOf("GET / HTTP/1.1\r\nHost: a\r\n\r");
  assertEquals([parser.parse(input), parser.parse(input), input.length], [null, null, 26]);
});

Deno.test("RequestHeadParser.parse() gives heads that share nothing", () => {
  const parser = new RequestHeadParser(LIMITS);
  const text =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const input = inputOf(text);
  const [first, second] = [parser.parse(input)!, parser.parse(input)!];
  assertEquals([first.method, first.chunked, second.method, second.chunked], ["POST", true, "GET", false]);
  assertStrictEquals(first.bytes, second.bytes);
});

Deno.test("RequestHeadParser.parse() ignores up to 8 empty lines before a request", () => {
  const [text, head] = HEADS[0]!;
  for (let lines = 0; lines <= 8; lines++) {
    eachSplit("\r\n".repeat(lines) + text, (pieces) => {
      assertEquals(parseAll(pieces), { heads: [head], left: "" }, `${lines}`);
    });
  }
  assertBadHead("\r\n".repeat(9), 400, EMPTY_LINES);
});

Deno.test("RequestHeadParser.parse() counts empty lines for each request anew", () => {
  const text = "\r\n".repeat(8) + HEADS[0]![0];
  eachSplit(text + text, (pieces) => assertEquals(parseAll(pieces).heads, [PLAIN, PLAIN]));
  assertBadHead(`${text}${"\r\n".repeat(9)}`, 400, EMPTY_LINES);
});

Deno.test("RequestHeadParser.parse() does not count empty lines as part of the head", () => {
  const text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const limits = { ...LIMITS, maxHeaderSize: text.length };
  eachSplit("\r\n\r\n" + text, (pieces) => assertEquals(parseAll(pieces, limits).heads, [PLAIN]));
});

Deno.test("RequestHeadParser.parse() refuses a carriage return without a line feed before a request", () => {
  for (const text of ["\rG", "\r\r", "\r\n\r ", "\r\0", "\r\n\r\n\rG"]) assertBadHead(text, 400, LONE_CR);
});

Deno.test("RequestHeadParser.parse() refuses a bare line feed and blanks before a request", () => {
  for (const text of ["\n", "\r\n\n", " ", "\t", "\r\n GET"]) {
    assertRefused(() => parseAll([text]), 400, "The method is not a token followed by one blank");
  }
});

Deno.test("RequestHeadParser.parse() refuses a bare line feed at the end of each line", () => {
  const reason = "A line ends with a bare line feed";
  assertBadHead("GET / HTTP/1.1\n", 400, reason);
  assertBadHead("GET / HTTP/1.1\r\nHost: a\n", 400, reason);
  assertBadHead("GET / HTTP/1.1\r\nHost: a\r\n\n", 400, reason);
  assertBadHead("GET / HTTP/1.1\r\n\n", 400, reason);
});

Deno.test("RequestHeadParser.parse() refuses at the field what a field breaks, and at the end what is missing", () => {
  assertBadHead("GET / HTTP/1.1\r\nHost: a b\r\n", 400, "Host is malformed");
  assertBadHead("GET / HTTP/1.1\r\n\r\n", 400, "Host is missing");
  assertBadHead(
    "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
    417,
    "Expect names something other than 100-continue",
  );
});

Deno.test("RequestHeadParser.parse() takes a head of the greatest size, and refuses one that is larger", () => {
  for (const text of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nx: yyyyy\r\n\r\n"]) {
    const size = text.length;
    eachSplit(text, (pieces) => {
      assertEquals(parseAll(pieces, { ...LIMITS, maxHeaderSize: size }).heads.length, 1);
    });
    for (let limit = 16; limit < size; limit++) {
      const limits = { ...LIMITS, maxHeaderSize: limit };
      assertBadHead(text.slice(0, limit), 431, LARGE_HEAD, limits);
      assertRefused(() => parseAll([text + text], limits), 431, LARGE_HEAD);
    }
  }
});

Deno.test("RequestHeadParser.parse() answers 414 where the target reaches the limit", () => {
  const limits = { ...LIMITS, maxHeaderSize: 100 };
  assertBadHead("GET /" + "a".repeat(95), 414, LONG_TARGET, limits);
  assertRefused(() => parseAll(["GET /" + "a".repeat(200)], limits), 414, LONG_TARGET);
  assertBadHead("GET /" + "a".repeat(94) + " ", 431, LARGE_HEAD, limits);
  assertBadHead("GET / HTTP/1.1\r\nHost: " + "a".repeat(78), 431, LARGE_HEAD, limits);
});

Deno.test("RequestHeadParser.parse() holds a method and a blank against the limit too", () => {
  assertBadHead("GET", 431, LARGE_HEAD, { ...LIMITS, maxHeaderSize: 3 });
  assertBadHead("GET ", 431, LARGE_HEAD, { ...LIMITS, maxHeaderSize: 4 });
  assertBadHead("GET /", 414, LONG_TARGET, { ...LIMITS, maxHeaderSize: 5 });
});

Deno.test("RequestHeadParser.parse() takes as many field lines as allowed, and refuses one more", () => {
  const limits = { ...LIMITS, maxHeaderCount: 3 };
  const text = "GET / HTTP/1.1\r\nHost: a\r\nb:\r\nc:\r\n";
  assertEquals(parseAll([`${text}\r\n${text}\r\n`], limits).heads.length, 2);
  assertBadHead(`${text}d`, 431, "Too many header fields", limits);
  assertBadHead(`${text}\r\n${text}d`, 431, "Too many header fields", limits);
});

Deno.test("RequestHeadParser.parse() looks at each byte a bounded number of times, however it is split", () => {
  const text = `GET /${"a".repeat(500)} HTTP/1.1\r\nHost: a\r\nX: ${"b".repeat(2000)}\r\n${
    "c".repeat(500)
  }:d\r\n\r\n`;
  let looks = 0;
  const counting = new Proxy(bytesOf(text), {
    get(bytes, name) {
      const value = Reflect.get(bytes, name) as unknown;
      if (typeof value === "number" && name !== "length") looks++;
      return typeof value === "function" ? value.bind(bytes) : value;
    },
  });
  const input = new InputBuffer();
  input.bytes = counting;
  const parser = new RequestHeadParser({ maxHeaderSize: 8192, maxHeaderCount: 10 });
  let head: ReceivedHead | null = null;
  for (input.end = 1; head === null; input.end++) head = parser.parse(input);
  assertEquals(head?.fieldsEnd, text.length - 2);
  // Once to skip empty lines, once as what it is, and names and framing values once more to be compared.
  assert(looks <= 3 * text.length, `${looks} looks at ${text.length} bytes`);
});

Deno.test("RequestHeadParser.begun and atRest say whether part of a head, or a line before it, has been read", () => {
  const parser = new RequestHeadParser(LIMITS);
  const input = new InputBuffer();
  const text = "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  assertEquals([parser.begun, parser.atRest], [false, true]);
  for (const [index, char] of [...text].entries()) {
    input.push(bytesOf(char));
    parser.parse(input);
    const last = index === text.length - 1;
    // The carriage return waits in the buffer until it is known what follows it.
    assertEquals([parser.begun, parser.atRest], [index >= 4 && !last, index < 1 || last], `${index}`);
  }
});

Deno.test("RequestHeadParser.isHead says whether the head that fails is one of HEAD", () => {
  const failing = (...pieces: string[]) => {
    const parser = new RequestHeadParser(LIMITS);
    const input = new InputBuffer();
    let refused = false;
    for (const piece of pieces) {
      input.push(bytesOf(piece));
      try {
        while (parser.parse(input) !== null);
      } catch {
        refused = true;
      }
    }
    assert(refused, pieces.join(""));
    return parser.isHead;
  };
  const good = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
  assertEquals(failing("HEAD / HTTP/1.1\r\n\r\n"), true);
  assertEquals(failing("HEAD / HTTP/1.1\r\nHost: a\r\nA :"), true);
  assertEquals(failing("HEAD ", "/ HTTP/3.0\r\n"), true);
  assertEquals(failing("GET / HTTP/1.1\r\n\r\n"), false);
  assertEquals(failing("HEAD("), false);
  // The request that fails is the one behind the HEAD.
  assertEquals(failing(good + "GET / HTTP/1.1\r\n\r\n"), false);
  assertEquals(failing(good, "GET / HTTP/1.1\r\n\r\n"), false);
  assertEquals(failing(good + "("), false);
  assertEquals(failing(good + "\r\n".repeat(9)), false);
  assertEquals(failing(good, "\r\n\rx"), false);
  assertEquals(failing(good + "\rx"), false);
  assertEquals(failing(good, "\r", "x"), false);
});
