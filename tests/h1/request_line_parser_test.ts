import { assertEquals } from "@std/assert";
import { ReceivedHead } from "../../src/h1/received_head.ts";
import { RequestLineParser } from "../../src/h1/request_line_parser.ts";
import { assertRefused, BYTES, bytesOf, eachExtreme, eachSplit } from "./input.ts";

const BAD_METHOD = "The method is not a token followed by one blank";
const LONG_METHOD = "The method is not implemented";
const NO_TARGET = "The request target is missing or malformed";
const BAD_TARGET = "The request target contains a character that is not allowed";
const NO_FORM = "The request target has none of the four forms";
const NO_HOST = "The request target has no valid host";
const BAD_CONNECT = "The target of CONNECT is not a host and a port";
const BAD_ASTERISK = "The request target * is for OPTIONS alone";
const NO_VERSION = "The HTTP version is missing";
const BAD_VERSION = "The HTTP version is malformed";
const OTHER_VERSION = "The version of HTTP is not supported";
const BARE_LF = "A line ends with a bare line feed";
const NO_CRLF = "The HTTP version is not followed by CRLF";

/** Parses pieces as they would arrive, in a buffer that moves each time and holds other bytes around them. */
function parse(pieces: readonly string[]): { head: ReceivedHead; scanned: number } | null {
  const parser = new RequestLineParser();
  parser.reset();
  const head = new ReceivedHead();
  let arrived = "";
  for (const [index, piece] of pieces.entries()) {
    arrived += piece;
    const base = index % 5;
    head.bytes = bytesOf("#".repeat(base) + arrived + "/ HTTP/1.1\r\n");
    head.base = base;
    if (parser.parse(head, head.bytes, base, base + arrived.length)) return { head, scanned: parser.scanned };
    assertEquals(parser.scanned, arrived.length);
  }
  return null;
}

/** However it is split, and no sooner than at the last byte. */
function assertLine(line: string, method: string, target: string, form: string, minorVersion = 1): void {
  eachSplit(line, (pieces) => {
    const parsed = parse(pieces);
    const { head, scanned } = parsed!;
    assertEquals(
      [head.method, head.target(), head.form, head.minorVersion, scanned],
      [method, target, form, minorVersion, line.length],
    );
  });
  assertEquals(parse([line.slice(0, -1)]), null);
}

/** However it is split, and no sooner than at the last byte. */
function assertBadLine(line: string, reason: string, status = 400): void {
  eachSplit(line, (pieces) => {
    assertRefused(() => parse(pieces), status, reason);
  });
  assertEquals(parse([line.slice(0, -1)]), null, JSON.stringify(line));
}

/** Whole and a byte at a time: for the many cases of one byte after the other. */
function assertBadByte(before: string, byte: string, reason: string): void {
  eachExtreme(before + byte, (pieces) => assertRefused(() => parse(pieces), 400, reason));
}

function assertTarget(method: string, target: string, form: string): void {
  assertLine(`${method} ${target} HTTP/1.1\r\n`, method, target, form);
}

function assertBadTarget(method: string, target: string, reason: string): void {
  assertBadLine(`${method} ${target} HTTP/1.1\r\n`, reason);
}

Deno.test("RequestLineParser.parse() takes a request line apart, however it is split", () => {
  assertLine("GET / HTTP/1.1\r\n", "GET", "/", "origin");
  assertLine("POST /a?b HTTP/1.0\r\n", "POST", "/a?b", "origin", 0);
  assertLine("OPTIONS * HTTP/1.1\r\n", "OPTIONS", "*", "asterisk");
  assertLine("CONNECT a:443 HTTP/1.1\r\n", "CONNECT", "a:443", "authority");
  assertLine("HEAD http://a/b HTTP/1.1\r\n", "HEAD", "http://a/b", "absolute");
});

Deno.test("RequestLineParser.parse() stops behind the line feed", () => {
  assertEquals(parse(["GET / HTTP/1.1\r\nGET / HTTP/1.1\r\n"])?.scanned, 16);
});

Deno.test("RequestLineParser.parse() passes on any token for a method, in its casing", () => {
  const methods = ["G", "GEt", "get", "PUT", "POS", "POSt", "POST", "PXST", "PoST", "POsT", "POXT", "POSX"];
  const more = ["XET", "GXT", "GEX", "GETS", "POSTS", "XOST", "!#$%&'*+-.^_`|~09"];
  for (const method of [...methods, ...more]) assertTarget(method, "/", "origin");
});

Deno.test("RequestLineParser.parse() takes in a method every tchar and nothing else", () => {
  for (const char of BYTES) {
    if (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(char)) {
      for (const method of [char, `${char}B`, `A${char}B`]) assertTarget(method, "/", "origin");
    } else {
      assertBadByte("", char, BAD_METHOD);
      if (char !== " ") assertBadByte("A", char, BAD_METHOD);
    }
  }
});

Deno.test("RequestLineParser.parse() takes a method of 24 bytes and no longer one", () => {
  assertTarget("M".repeat(24), "/", "origin");
  assertBadLine("M".repeat(25), LONG_METHOD, 501);
  assertRefused(() => parse(["M".repeat(25) + "("]), 501, LONG_METHOD);
  assertBadLine("M".repeat(24) + "(", BAD_METHOD);
});

Deno.test("RequestLineParser.parse() takes in a target visible ASCII but for the number sign", () => {
  for (const char of BYTES) {
    if (/^[!-~]$/.test(char) && char !== "#") {
      assertTarget("GET", `/${char}`, "origin");
      assertTarget("GET", `/${char}a`, "origin");
      if (char !== "/") assertBadTarget("GET", `${char}a`, NO_FORM);
      continue;
    }
    assertBadByte("GET ", char, NO_TARGET);
    const reason = char === "\r" || char === "\n" ? NO_VERSION : BAD_TARGET;
    if (char !== " ") assertBadByte("GET /", char, reason);
  }
});

Deno.test("RequestLineParser.parse() refuses everything but one blank between the parts", () => {
  assertBadLine("GET  ", NO_TARGET);
  assertBadLine("GET\t", BAD_METHOD);
  assertBadLine("GET /\t", BAD_TARGET);
  assertBadLine("GET /  ", BAD_VERSION);
  assertBadLine("GET / \t", BAD_VERSION);
  assertBadLine(" ", BAD_METHOD);
});

Deno.test("RequestLineParser.parse() refuses the request line of HTTP/0.9", () => {
  assertBadLine("GET /\r", NO_VERSION);
  assertBadLine("GET /\n", NO_VERSION);
  assertBadLine("GET\r", BAD_METHOD);
  assertBadLine("GET \r", NO_TARGET);
});

Deno.test("RequestLineParser.parse() takes every minor version of HTTP/1, all but 0 as 1", () => {
  for (let minor = 0; minor <= 9; minor++) {
    assertLine(`GET / HTTP/1.${minor}\r\n`, "GET", "/", "origin", minor === 0 ? 0 : 1);
  }
});

Deno.test("RequestLineParser.parse() reads the usual version as it reads any other", () => {
  // At each place a byte that makes it another version, or none, with all of the line there.
  const usual = "HTTP/1.1\r\n";
  for (let at = 0; at < usual.length; at++) {
    const line = `GET / ${usual.slice(0, at)}\x01${usual.slice(at + 1)}`;
    const reason = at < 8 ? BAD_VERSION : NO_CRLF;
    eachExtreme(line, (pieces) => assertRefused(() => parse(pieces), 400, reason));
  }
});

Deno.test("RequestLineParser.parse() does not take the usual version for the rest of one that has begun", () => {
  const usual = "HTTP/1.1\r\n";
  for (let begun = 1; begun < usual.length; begun++) {
    const reason = begun < 8 ? BAD_VERSION : NO_CRLF;
    eachSplit(`GET / ${usual.slice(0, begun)}${usual}`, (pieces) => {
      assertRefused(() => parse(pieces), 400, reason);
    });
  }
});

Deno.test("RequestLineParser.parse() does not look at what has not arrived, if it is there", () => {
  const line = bytesOf("GET / HTTP/1.1\r\n");
  for (let stop = 0; stop < line.length; stop++) {
    const parser = new RequestLineParser();
    assertEquals([parser.parse(new ReceivedHead(), line, 0, stop), parser.scanned], [false, stop]);
  }
});

Deno.test("RequestLineParser.parse() answers 505 to another major version, once the line is there", () => {
  for (const major of [0, 2, 3, 4, 5, 6, 7, 8, 9]) {
    assertBadLine(`GET / HTTP/${major}.0\r\n`, OTHER_VERSION, 505);
    assertBadLine(`GET / HTTP/${major}.1\r\n`, OTHER_VERSION, 505);
  }
  assertBadLine("PRI * HTTP/2.0\r\n", OTHER_VERSION, 505);
});

Deno.test("RequestLineParser.parse() refuses any other byte at each place of the version", () => {
  const allowed = ["H", "T", "T", "P", "/", "0123456789", ".", "0123456789"];
  const version = "HTTP/1.1";
  for (const [at, chars] of allowed.entries()) {
    for (const char of BYTES) {
      if (!chars.includes(char)) assertBadByte(`GET / ${version.slice(0, at)}`, char, BAD_VERSION);
    }
  }
});

Deno.test("RequestLineParser.parse() refuses anything but CRLF behind the version", () => {
  for (const char of BYTES) {
    const reason = char === "\n" ? BARE_LF : NO_CRLF;
    if (char !== "\r") assertBadByte("GET / HTTP/1.1", char, reason);
    if (char !== "\n") assertBadByte("GET / HTTP/1.1\r", char, NO_CRLF);
  }
});

Deno.test("RequestLineParser.parse() takes origin-form", () => {
  for (
    const target of ["/", "/a/b", "/?", "/?a=b&c", "//", "/*", "/a:443", "/http://a/", "/%", '/"<>\\^`{|}']
  ) {
    assertTarget("GET", target, "origin");
  }
  assertTarget("OPTIONS", "/", "origin");
});

Deno.test("RequestLineParser.parse() takes absolute-form of http and https with a valid host", () => {
  const targets = [
    "http://a",
    "http://a/",
    "http://a/b?c",
    "http://a?b",
    "http://a:80/",
    "http://a:/",
    "https://a/",
    "HTTP://A/",
    "hTtPs://a",
    "http://[::1]:80/",
    "http://a/b:c@d",
    "http://a?b@c",
    "http://a/http://b,c",
  ];
  for (const target of targets) assertTarget("GET", target, "absolute");
  assertTarget("OPTIONS", "http://a", "absolute");
});

Deno.test("RequestLineParser.parse() refuses absolute-form without a valid host", () => {
  const targets = [
    "http://",
    "https://",
    "http:///",
    "http://?",
    "http://:80/",
    "http://u@a/",
    "http://a:b/",
  ];
  const more = [
    "http://a:65536/",
    "http://[::1/",
    "http://a,b/",
    "http://a\\b/",
    "http://[g]/",
    "http://%4/",
  ];
  for (const target of [...targets, ...more]) assertBadTarget("GET", target, NO_HOST);
});

Deno.test("RequestLineParser.parse() refuses a target of no form", () => {
  const targets = [
    "a",
    "a/b",
    "?a",
    ".",
    "..",
    "a.example:443",
    "http:",
    "http:/",
    "http:/a",
    "https:/",
    "httpx",
  ];
  const more = [
    "http:a",
    "https:/a/",
    "httpss://a/",
    "ftp://a/",
    "ws://a/",
    "urn:a",
    "file:///a",
    "**",
    "*/",
    "*?",
  ];
  for (const target of [...targets, ...more]) assertBadTarget("GET", target, NO_FORM);
  assertBadTarget("OPTIONS", "**", NO_FORM);
});

Deno.test("RequestLineParser.parse() takes asterisk-form with OPTIONS alone", () => {
  assertTarget("OPTIONS", "*", "asterisk");
  for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "options", "OPTION", "OPTIONSS"]) {
    assertBadTarget(method, "*", BAD_ASTERISK);
  }
});

Deno.test("RequestLineParser.parse() takes authority-form with CONNECT, and nothing else with it", () => {
  for (const target of ["a:443", "a.example:1", "127.0.0.1:65535", "[::1]:80", "a:0080"]) {
    assertTarget("CONNECT", target, "authority");
  }
  const targets = [
    "/",
    "*",
    "a",
    "a:",
    "a:0",
    "a:65536",
    ":443",
    "http://a/",
    "http://a:443",
    "a:443/",
    "u@a:443",
  ];
  for (const target of [...targets, "[::1]", "a,b:443", "a:b:443", "a:443:"]) {
    assertBadTarget("CONNECT", target, BAD_CONNECT);
  }
  assertTarget("connect", "/a:443", "origin");
  assertBadTarget("connect", "a:443", NO_FORM);
});

Deno.test("RequestLineParser.inTarget says whether the target is what stopped the parser", () => {
  const parser = new RequestLineParser();
  const line = "GET /abc HTTP/1.1\r\n";
  const head = new ReceivedHead();
  const seen: boolean[] = [];
  for (let stop = 0; stop <= line.length; stop++) {
    parser.parse(head, bytesOf(line), 0, stop);
    seen.push(parser.inTarget);
  }
  assertEquals(seen.map((inTarget) => inTarget ? "t" : ".").join(""), ".....tttt...........");
});

Deno.test("RequestLineParser.reset() makes a parser as good as new, wherever it stopped", () => {
  const line = "GET /a HTTP/2.0\r\n";
  for (let length = 0; length < line.length; length++) {
    const parser = new RequestLineParser();
    parser.reset();
    parser.parse(new ReceivedHead(), bytesOf(line), 0, length);
    parser.reset();
    assertEquals([parser.scanned, parser.inTarget], [0, false]);
    const head = new ReceivedHead();
    assertEquals(parser.parse(head, bytesOf("PUT /b HTTP/1.1\r\n"), 0, 17), true, line.slice(0, length));
    assertEquals([head.method, head.targetStart, head.targetEnd], ["PUT", 4, 6]);
  }
});
