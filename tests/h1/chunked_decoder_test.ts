import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import { ChunkedDecoder } from "../../src/h1/chunked_decoder.ts";
import { InputBuffer } from "../../src/h1/input_buffer.ts";
import { assertRefused, BYTES, bytesOf, decodePieces, eachExtreme, eachSplit, textOf } from "./input.ts";

const LIMITS = { maxRequestBodySize: 1000, maxHeaderSize: 200, maxHeaderCount: 3 };

const NO_SIZE = "A chunk size is missing or malformed";
const BAD_SIZE = "A chunk size is followed by something that is not allowed";
const LARGE_SIZE = "A chunk size is too large";
const MANY_DIGITS = "A chunk size has too many digits";
const LARGE_CONTENT = "The content is too large";
const NO_CRLF = "Chunk data is not followed by CRLF";
const LONE_CR = "A carriage return is not followed by a line feed";
const BAD_EXTENSION = "A chunk extension is malformed";
const LARGE_EXTENSIONS = "The chunk extensions are too large";
const LARGE_TRAILERS = "The trailer section is too large";

/** Bytes of extensions that a whole body may have. */
const EXTENSION_SIZE = 16 * 1024;

interface Decoded {
  readonly content: string;
  readonly done: boolean;
  /** What is not the body's. */
  readonly left: string;
  readonly trailers: string | null;
}

function decode(pieces: readonly string[], limits = LIMITS): Decoded {
  const decoder = new ChunkedDecoder(limits);
  let content = "";
  const left = decodePieces(decoder, pieces, (bytes) => {
    if (bytes.length === 0) throw new Error("A piece is empty");
    content += textOf(bytes);
  });
  const trailers = decoder.trailerSection === null ? null : textOf(decoder.trailerSection);
  return { content, done: decoder.done, left, trailers };
}

/** However it is split, and no sooner than at the last byte. */
function assertBody(body: string, content: string, trailers = "", limits = LIMITS): void {
  eachSplit(body, (pieces) => {
    const decoded = { content, done: true, left: "", trailers };
    assertEquals(decode(pieces, limits), decoded);
  });
  const { done, trailers: early } = decode([body.slice(0, -1)], limits);
  assertEquals([done, early], [false, null], body);
}

/** However it is split, and no sooner than at the last byte. */
function assertBadBody(body: string, reason: string, status = 400, limits = LIMITS): void {
  eachSplit(body, (pieces) => {
    assertRefused(() => decode(pieces, limits), status, reason);
  });
  assertEquals(decode([body.slice(0, -1)], limits).done, false, JSON.stringify(body));
}

/** Whole and a byte at a time: for the many cases of one byte after the other. */
function assertBadByte(before: string, byte: string, reason: string): void {
  eachExtreme(before + byte, (pieces) => assertRefused(() => decode(pieces), 400, reason));
}

Deno.test("ChunkedDecoder.decode() joins chunks, however they are split", () => {
  assertBody("0\r\n\r\n", "");
  assertBody("5\r\nhello\r\n0\r\n\r\n", "hello");
  assertBody("1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n", "abcdef");
  assertBody("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n");
  assertBody("3\r\n0\r\n\r\n0\r\n\r\n", "0\r\n");
});

Deno.test("ChunkedDecoder.decode() reads sizes in hexadecimal, in any casing", () => {
  for (
    const [size, length] of [["a", 10], ["A", 10], ["f", 15], ["1F", 31], ["1f", 31], ["10", 16]] as const
  ) {
    assertBody(`${size}\r\n${"x".repeat(length)}\r\n0\r\n\r\n`, "x".repeat(length));
  }
});

Deno.test("ChunkedDecoder.decode() takes leading zeros, and a last chunk of several", () => {
  assertBody("0005\r\nhello\r\n000\r\n\r\n", "hello");
  assertBody(`${"0".repeat(40)}5\r\nhello\r\n${"0".repeat(40)}\r\n\r\n`, "hello");
});

Deno.test("ChunkedDecoder.decode() leaves what follows the body", () => {
  const body = "1\r\na\r\n0\r\n\r\n";
  assertEquals(decode([`${body}GET /`]), { content: "a", done: true, left: "GET /", trailers: "" });
  assertEquals(decode([`${body}G`, "ET /"]), { content: "a", done: true, left: "GET /", trailers: "" });
  assertEquals(decode(["0\r\n\r\n\r\n"]).left, "\r\n");
});

Deno.test("ChunkedDecoder.decode() gives content as it arrives, without waiting for the rest of a chunk", () => {
  const decoder = new ChunkedDecoder(LIMITS);
  const input = new InputBuffer();
  input.push(bytesOf("a\r\nabc"));
  assertEquals(textOf(decoder.decode(input)!), "abc");
  assertEquals([decoder.decode(input), decoder.left, decoder.done], [null, 7, false]);
  input.push(bytesOf("defg"));
  assertEquals(textOf(decoder.decode(input)!), "defg");
  assertEquals(decoder.left, 3);
  input.push(bytesOf("hij\r"));
  assertEquals(textOf(decoder.decode(input)!), "hij");
  assertEquals([decoder.left, decoder.decode(input)], [0, null]);
});

Deno.test("ChunkedDecoder.left counts no size whose line has not ended", () => {
  const decoder = new ChunkedDecoder(LIMITS);
  const input = new InputBuffer();
  assertEquals(decoder.left, 0);
  input.push(bytesOf("ff\r"));
  assertEquals([decoder.decode(input), decoder.left], [null, 0]);
  input.push(bytesOf("\n"));
  assertEquals([decoder.decode(input), decoder.left], [null, 255]);
});

Deno.test("ChunkedDecoder.decode() refuses a chunk size that is missing or malformed", () => {
  for (const char of BYTES) {
    if (/^[0-9a-fA-F]$/.test(char)) continue;
    assertBadByte("", char, NO_SIZE);
    assertBadByte("1\r\na\r\n", char, NO_SIZE);
    if (char !== "\r" && char !== ";") assertBadByte("1", char, BAD_SIZE);
  }
});

Deno.test("ChunkedDecoder.decode() refuses sizes that others take in their own ways", () => {
  assertBadBody("0x", BAD_SIZE);
  assertBadBody("+", NO_SIZE);
  assertBadBody("-", NO_SIZE);
  assertBadBody("1_", BAD_SIZE);
  assertBadBody("1 ", BAD_SIZE);
  assertBadBody("1\t", BAD_SIZE);
  assertBadBody(" ", NO_SIZE);
  assertBadBody("1\n", BAD_SIZE);
});

/** The size of a chunk as it is understood, whatever the limits. */
function sizeOf(line: string): number {
  const decoder = new ChunkedDecoder({ ...LIMITS, maxRequestBodySize: Infinity });
  const input = new InputBuffer();
  input.push(bytesOf(line));
  decoder.decode(input);
  return decoder.left;
}

Deno.test("ChunkedDecoder.decode() never cuts or rounds a size", () => {
  for (const size of ["100000005", "80000000", "ffffffff", "10000000000005", "0001fffffffffffff"]) {
    assertEquals(sizeOf(`${size}\r\n`), parseInt(size, 16), size);
  }
});

Deno.test("ChunkedDecoder.decode() refuses a size that no number can hold exactly", () => {
  const limits = { ...LIMITS, maxRequestBodySize: Infinity };
  for (const size of ["20000000000000", "1fffffffffffff0", "fffffffffffffff", "00fffffffffffffff"]) {
    assertBadBody(`${size}\r\n`, LARGE_SIZE, 413, limits);
  }
  // The sixteenth digit is refused before the line is complete.
  for (const size of ["1000000000000005", "ffffffffffffffff"]) assertBadBody(size, MANY_DIGITS);
});

Deno.test("ChunkedDecoder.decode() takes content of the greatest size, and refuses a byte more", () => {
  const limits = { ...LIMITS, maxRequestBodySize: 20 };
  const half = `a\r\n${"x".repeat(10)}\r\n`;
  assertBody(`14\r\n${"x".repeat(20)}\r\n0\r\n\r\n`, "x".repeat(20), "", limits);
  assertBody(`${half}${half}0\r\n\r\n`, "x".repeat(20), "", limits);
  assertBadBody("15\r\n", LARGE_CONTENT, 413, limits);
  assertBadBody(`${half}${half}1\r\n`, LARGE_CONTENT, 413, limits);
  assertBadBody(`${half}b\r\n`, LARGE_CONTENT, 413, limits);
  assertBody("0\r\n\r\n", "", "", { ...LIMITS, maxRequestBodySize: 0 });
  assertBadBody("1\r\n", LARGE_CONTENT, 413, { ...LIMITS, maxRequestBodySize: 0 });
});

Deno.test("ChunkedDecoder.decode() refuses any two bytes but CRLF behind a size and behind chunk data", () => {
  for (const char of BYTES) {
    if (char !== "\n") assertBadByte("1\r", char, LONE_CR);
    if (char !== "\n") assertBadByte("0\r", char, LONE_CR);
    if (char !== "\r") assertBadByte("1\r\na", char, NO_CRLF);
    if (char !== "\n") assertBadByte("1\r\na\r", char, NO_CRLF);
  }
  assertBadBody("1\r\nab", NO_CRLF);
});

Deno.test("ChunkedDecoder.decode() ignores chunk extensions", () => {
  const extensions = [
    ";a",
    ";a=b",
    ';a="b"',
    ";a;b",
    ";a=b;c=d",
    ';a="b";c',
    '; a = b ; c = "d" ;e',
    ";\ta\t=\tb\t;\tc",
    ";a ;b",
    ';a=""',
    ';a="\\"\\\\"',
    ';a="b" ;c',
    ';a=" \t;=,"',
    ";!#$%&'*+-.^_`|~09=!#$%&'*+-.^_`|~09",
  ];
  for (const extension of extensions) {
    assertBody(`1${extension}\r\na\r\n0${extension}\r\n\r\n`, "a");
  }
});

Deno.test("ChunkedDecoder.decode() takes in each part of an extension the bytes of its grammar alone", () => {
  const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/;
  const blank = /^[ \t]$/;
  const parts: [before: string, allowed: (char: string) => boolean][] = [
    ["1;", (char) => token.test(char) || blank.test(char)],
    ["1; ", (char) => token.test(char) || blank.test(char)],
    ["1;a", (char) => token.test(char) || blank.test(char) || "=;\r".includes(char)],
    ["1;a ", (char) => blank.test(char) || "=;".includes(char)],
    ["1;a=", (char) => token.test(char) || blank.test(char) || char === '"'],
    ["1;a= ", (char) => token.test(char) || blank.test(char) || char === '"'],
    ["1;a=b", (char) => token.test(char) || blank.test(char) || ";\r".includes(char)],
    ["1;a=b ", (char) => blank.test(char) || char === ";"],
    ['1;a="', (char) => /^[\t -~\x80-\xff]$/.test(char)],
    ['1;a="\\', (char) => /^[\t -~\x80-\xff]$/.test(char)],
    ['1;a="b"', (char) => blank.test(char) || ";\r".includes(char)],
    ['1;a="b" ', (char) => blank.test(char) || char === ";"],
    ["1;a;", (char) => token.test(char) || blank.test(char)],
    ["1;a=b;", (char) => token.test(char) || blank.test(char)],
  ];
  for (const [before, allowed] of parts) {
    for (const char of BYTES) {
      if (allowed(char)) assertEquals(decode([before + char]).done, false);
      else assertRefused(() => decode([before + char]), 400, BAD_EXTENSION, JSON.stringify(before + char));
    }
  }
});

Deno.test("ChunkedDecoder.decode() follows an extension from part to part", () => {
  // Each of these would be taken if one part were mistaken for another.
  const malformed = [
    "1;\r",
    "1;=",
    "1;;",
    "1; \r",
    "1;a \r",
    "1;a b",
    "1;a=\r",
    "1;a=;",
    "1;a==",
    "1;a= \r",
    "1;a=b=",
    "1;a=b \r",
    "1;a=b c",
    '1;a=b"',
    '1;a"',
    '1;"',
    '1;a="b"c',
    '1;a="b" c',
    '1;a="b" \r',
    '1;a="b"=',
    '1;a="b""',
    '1;a="\r',
    '1;a="\n',
    '1;a="\\\r',
    '1;a="b\\"\r',
    "1;a=b;\r",
    "1;a=b;=",
    "1;a\n",
    "1;a=b\n",
    '1;a="b"\n',
    "1;a\0",
  ];
  for (const body of malformed) assertBadBody(body, BAD_EXTENSION);
  for (const body of ["1;a\rb", "1;a=b\ra", '1;a="b"\r\r']) assertBadBody(body, LONE_CR);
});

Deno.test("ChunkedDecoder.decode() takes 16 KiB of extensions for a body in all, and refuses a byte more", () => {
  const body = (size: number, rest: string) => [`1;${"a".repeat(size - 1)}${rest}`];
  assertEquals(decode(body(EXTENSION_SIZE, "\r\nx\r\n0\r\n\r\n")).content, "x");
  assertRefused(() => decode(body(EXTENSION_SIZE + 1, "")), 413, LARGE_EXTENSIONS);
  const chunk = `1;${"a".repeat(1023)}\r\nx\r\n`;
  assertEquals(decode([chunk.repeat(16) + "0\r\n\r\n"]).content, "x".repeat(16));
  assertRefused(() => decode([chunk.repeat(16) + "0;"]), 413, LARGE_EXTENSIONS);
});

Deno.test("ChunkedDecoder.decode() counts every byte of an extension", () => {
  const fill = (used: number) => `1;${"a".repeat(EXTENSION_SIZE - used - 1)}\r\nx\r\n`;
  for (
    const extension of [";a=b", '; a = "b\\"\\\\ c" ;d', ";\ta ;b=c ;d", ';a="";b', ';a="b" ;c', ";a;b;c=d;e"]
  ) {
    const used = extension.length;
    const whole = decode([`${fill(used)}1${extension}\r\ny\r\n0\r\n\r\n`]);
    assertEquals([whole.content, whole.done], ["xy", true], extension);
    // One byte less of room: the last byte of the extension is one too many.
    assertEquals(decode([`${fill(used - 1)}1${extension.slice(0, -1)}`]).content, "x", extension);
    assertRefused(() => decode([`${fill(used - 1)}1${extension}`]), 413, LARGE_EXTENSIONS, extension);
  }
});

Deno.test("ChunkedDecoder.decode() counts leading zeros beyond 16 digits as extension", () => {
  const zeros = (count: number) => "0".repeat(count);
  assertEquals(decode([`${zeros(EXTENSION_SIZE + 15)}1\r\nx\r\n0\r\n\r\n`]).content, "x");
  assertRefused(() => decode([zeros(EXTENSION_SIZE + 17)]), 413, LARGE_EXTENSIONS);
  assertEquals(decode([zeros(EXTENSION_SIZE + 16)]).done, false);
  // Digits are counted for each chunk anew.
  const chunk = `${zeros(15)}1\r\nx\r\n`;
  assertEquals(decode([chunk.repeat(500) + "0\r\n\r\n"]).content, "x".repeat(500));
  const long = `${zeros(1023 + 16)}1\r\nx\r\n`;
  assertEquals(decode([`${long.repeat(16)}${zeros(16)}\r\n\r\n`]).content, "x".repeat(16));
  assertRefused(() => decode([`${long.repeat(16)}${zeros(17)}`]), 413, LARGE_EXTENSIONS);
});

Deno.test("ChunkedDecoder.decode() keeps the trailer section's lines", () => {
  assertBody("0\r\na: b\r\n\r\n", "", "a: b\r\n");
  assertBody("1\r\nx\r\n0\r\nA:b \r\nc: \xe9\r\n\r\n", "x", "A:b \r\nc: \xe9\r\n");
  assertBody("0;a=b\r\nc:\r\n\r\n", "", "c:\r\n");
});

Deno.test("ChunkedDecoder.decode() refuses malformed trailers as it does headers", () => {
  assertBadBody("0\r\na: b\n", "A line ends with a bare line feed");
  assertBadBody("0\r\na ", "White space stands before the colon of a field line");
  assertBadBody("0\r\n ", "A field line begins with white space");
  assertBadBody("0\r\na: b\r\n ", "A field line begins with white space");
  assertBadBody("0\r\na\r", "A field line has no colon");
  assertBadBody("0\r\n\rx", LONE_CR);
  assertBadBody("0\r\n\n", "A line ends with a bare line feed");
  assertBadBody("0\r\na: \0", "A field value contains a control character");
});

Deno.test("ChunkedDecoder.decode() takes trailers up to the limits of headers", () => {
  const limits = { ...LIMITS, maxHeaderSize: 20, maxHeaderCount: 2 };
  assertBody("0\r\na: 3456789012345\r\n\r\n", "", "a: 3456789012345\r\n", limits);
  assertBadBody("0\r\na: 345678901234567\r\n", LARGE_TRAILERS, 431, limits);
  assertBadBody("0\r\na: 345678901234567", LARGE_TRAILERS, 431, { ...limits, maxHeaderSize: 18 });
  assertRefused(() => decode(["0\r\na: 34567890123456\r\n\r\n"], limits), 431, LARGE_TRAILERS);
  assertBody("0\r\na:\r\nb:\r\n\r\n", "", "a:\r\nb:\r\n", limits);
  assertBadBody("0\r\na:\r\nb:\r\nc", "Too many trailer fields", 431, limits);
});

Deno.test("ChunkedDecoder.decode() reads nothing more once it is done", () => {
  const decoder = new ChunkedDecoder(LIMITS);
  const input = new InputBuffer();
  input.push(bytesOf("0\r\n\r\nnext"));
  assertEquals([decoder.decode(input), decoder.done, decoder.left], [null, true, 0]);
  assertEquals([decoder.decode(input), input.length], [null, 4]);
});

Deno.test("ChunkedDecoder keeps a trailer section of its own, also of a Buffer, whose slice() copies nothing", () => {
  const received = Buffer.from("3\r\nabc\r\n0\r\nX: 1\r\n\r\n", "latin1");
  const decoder = new ChunkedDecoder({ maxHeaderSize: 100, maxHeaderCount: 10, maxRequestBodySize: 100 });
  const input = new InputBuffer();
  input.push(received);
  assertEquals(textOf(decoder.decode(input)!), "abc");
  assertEquals(decoder.decode(input), null);
  // The handler may do with the content's memory what it wants.
  received.fill(0);
  assertEquals(textOf(decoder.trailerSection!), "X: 1\r\n");
});
