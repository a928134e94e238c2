import { assertEquals, assertStrictEquals } from "@std/assert";
import { ReceivedHead } from "../../src/h1/received_head.ts";
import { FramingFields } from "../../src/h1/framing_fields.ts";
import { assertRefused, BYTES, bytesOf } from "./input.ts";

type Field = readonly [name: string, value: string];

const HOST: Field = ["Host", "a"];

/** Gives fields as the parser gives them: somewhere in a buffer whose other bytes do not matter. */
function give(framing: FramingFields, fields: readonly Field[]): void {
  for (const [name, value] of fields) {
    const bytes = bytesOf(`1${name}1: 1${value}1`);
    const valueStart = name.length + 5;
    framing.field(bytes, 1, 1 + name.length, valueStart, valueStart + value.length);
  }
}

/** What is decided about a request with these fields; the request line's part is set by `line`. */
function decide(fields: readonly Field[], line: Partial<ReceivedHead> = {}): ReceivedHead {
  const head = Object.assign(new ReceivedHead(), { method: "POST", ...line });
  const framing = new FramingFields();
  give(framing, fields);
  framing.finish(head);
  return head;
}

/** What a head tells beside its Host that differs from what a plain request's does. */
function decided(fields: readonly Field[], line: Partial<ReceivedHead> = {}): Partial<ReceivedHead> {
  const plain = { ...Object.assign(new ReceivedHead(), { method: "POST", ...line }) };
  const head = { ...decide([HOST, ...fields], line) };
  return Object.fromEntries(
    Object.entries(head).filter(([name, value]) =>
      name !== "receivedHost" && value !== plain[name as keyof typeof plain]
    ),
  );
}

/** Refused by the field itself, before the head is complete. */
function assertBadField(fields: readonly Field[], reason: string, status = 400): void {
  const framing = new FramingFields();
  give(framing, fields.slice(0, -1));
  assertRefused(() => give(framing, fields.slice(-1)), status, reason, JSON.stringify(fields));
}

/** Refused once the head is complete, and by no field alone. */
function assertBadHead(
  fields: readonly Field[],
  reason: string,
  status = 400,
  line: Partial<ReceivedHead> = {},
): void {
  const head = Object.assign(new ReceivedHead(), { method: "POST", ...line });
  const framing = new FramingFields();
  give(framing, fields);
  assertRefused(() => framing.finish(head), status, reason, JSON.stringify(fields));
}

Deno.test("FramingFields leaves every other field alone", () => {
  const names = [
    "ha",
    "hosu",
    "hostt",
    "x-host",
    "expecu",
    "upgradf",
    "connectioo",
    "content-lengti",
    "date",
  ];
  const more = ["transfer-encodinh", "content-type", "tf", "t", "transfer_encoding", "content length"];
  for (const name of [...names, ...more]) assertEquals(decided([[name, "chunked, ,\x80;="]]), {}, name);
});

Deno.test("FramingFields finds its fields in any casing", () => {
  assertEquals(decided([["cOnTeNt-LeNgTh", "5"]]), { contentLength: 5 });
  assertEquals(decided([["TRANSFER-ENCODING", "chunked"]]), { chunked: true });
  assertEquals(decided([["CONNECTION", "close"]]), { keepAlive: false });
  assertEquals(decided([["Te", "trailers"]]), { acceptsTrailers: true });
  assertEquals(decided([["eXPECT", "100-continue"]]), { expectsContinue: true });
  assertEquals(decided([["uPGRADE", "x"], ["connectioN", "Upgrade"]]), { offersUpgrade: true });
  assertEquals(decide([["hOST", "a"]]).keepAlive, true);
});

Deno.test("FramingFields.finish() wants a Host of HTTP/1.1 and not of HTTP/1.0", () => {
  assertBadHead([], "Host is missing");
  assertBadHead([["X-Host", "a"]], "Host is missing");
  assertEquals(decide([], { minorVersion: 0 }).contentLength, -1);
});

Deno.test("FramingFields tells what Host is, unless it is empty", () => {
  assertEquals(decide([["hOST", "a.example:80"]]).receivedHost?.text, "a.example:80");
  assertEquals(decide([["Host", ""]]).receivedHost, null);
  assertEquals(decide([], { minorVersion: 0 }).receivedHost, null);
});

/** Gives two heads, one after the other, that have nothing but a Host. */
function hostsOf(first: string, second: string): ReceivedHead[] {
  const heads = [new ReceivedHead(), new ReceivedHead()] as const;
  const framing = new FramingFields();
  give(framing, [["Host", first]]);
  framing.finish(heads[0]);
  framing.reset();
  give(framing, [["X-Longer-Than-Before", ""], ["Host", second]]);
  framing.finish(heads[1]);
  return [...heads];
}

Deno.test("FramingFields lets heads share a Host that is the same", () => {
  const [first, second] = hostsOf("a.example:80", "a.example:80");
  assertEquals(second!.receivedHost?.text, "a.example:80");
  assertStrictEquals(second!.receivedHost, first!.receivedHost);
});

Deno.test("FramingFields looks anew at a Host that differs from the last one in any byte", () => {
  const known = "a.example:80";
  const changed = (at: number, character: string) => known.slice(0, at) + character + known.slice(at + 1);
  for (let at = 0; at < known.length; at++) {
    const other = changed(at, "1");
    assertEquals(hostsOf(known, other).map(({ receivedHost }) => receivedHost?.text), [known, other]);
    assertRefused(() => hostsOf(known, changed(at, "/")), 400, "Host is malformed", `at ${at}`);
  }
  for (const other of ["a.example:8", ".example:80", "a.example:800", "a.a.example:80"]) {
    assertEquals(hostsOf(known, other).map(({ receivedHost }) => receivedHost?.text), [known, other]);
  }
  assertRefused(() => hostsOf(known, `${known}/`), 400, "Host is malformed");
  assertRefused(() => hostsOf(known, `/${known}`), 400, "Host is malformed");
});

Deno.test("FramingFields remembers no Host that was refused", () => {
  const framing = new FramingFields();
  for (let time = 0; time < 2; time++) {
    assertRefused(() => give(framing, [["Host", "a/"]]), 400, "Host is malformed");
    framing.reset();
  }
});

Deno.test("FramingFields refuses a second Host, equal, different or empty", () => {
  for (const [first, second] of [["a", "a"], ["a", "b"], ["", "a"], ["a", ""], ["", ""]]) {
    assertBadField([["Host", first!], ["host", second!]], "Host is present more than once");
  }
});

Deno.test("FramingFields refuses a Host that is not a host and a port", () => {
  for (const host of ["a b", "u@a", "a/", "a,b", "a:b", "a:65536", "[::1", "http://a", ":80", "a:80:80"]) {
    assertBadField([["Host", host]], "Host is malformed");
  }
  for (const host of ["a", "a:80", "[::1]:80", "127.0.0.1", "a:"]) decide([["Host", host]]);
});

Deno.test("FramingFields takes an empty Host where the target has no authority", () => {
  for (const form of ["origin", "asterisk"] as const) {
    assertEquals(decide([["Host", ""]], { form }).keepAlive, true);
  }
  for (const form of ["absolute", "authority"] as const) {
    const reason = "Host is empty though the request target has an authority";
    assertBadHead([["Host", ""]], reason, 400, { form });
    decide([HOST], { form });
  }
});

Deno.test("FramingFields takes a Content-Length of digits", () => {
  for (const [value, length] of [["0", 0], ["5", 5], ["0019", 19], ["1234567890", 1234567890]] as const) {
    assertEquals(decide([HOST, ["Content-Length", value]]).contentLength, length);
  }
  assertEquals(decide([HOST]).contentLength, -1);
});

Deno.test("FramingFields refuses a Content-Length of anything but digits", () => {
  for (const char of BYTES) {
    if (/^[0-9]$/.test(char)) continue;
    for (const value of [char, `${char}1`, `1${char}`, `1${char}1`]) {
      assertBadField([["Content-Length", value]], "Content-Length is not a number of digits");
    }
  }
  assertBadField([["Content-Length", ""]], "Content-Length is empty");
});

Deno.test("FramingFields refuses a Content-Length that no number can hold exactly", () => {
  const largest = "9007199254740991";
  assertEquals(decide([HOST, ["Content-Length", largest]]).contentLength, Number.MAX_SAFE_INTEGER);
  assertEquals(decide([HOST, ["Content-Length", "0".repeat(50) + largest]]).contentLength, 2 ** 53 - 1);
  for (const value of ["9007199254740992", "9007199254740993", "18446744073709551621", "9".repeat(400)]) {
    assertBadField([["Content-Length", value]], "Content-Length is too large", 413);
  }
});

Deno.test("FramingFields refuses a second Content-Length, equal or not", () => {
  for (const second of ["5", "6", "05", "0", ""]) {
    const fields: Field[] = [["Content-Length", "5"], ["content-length", second]];
    assertBadField(fields, "Content-Length is present more than once");
  }
  assertBadField(
    [["Content-Length", "0"], ["Content-Length", "0"]],
    "Content-Length is present more than once",
  );
});

Deno.test("FramingFields takes chunked alone for a transfer coding, in any casing and as a list of one", () => {
  for (
    const value of [
      "chunked",
      "cHuNkEd",
      ",chunked",
      "chunked,",
      " , chunked ,\t,",
      ",,chunked",
      "chunked\t,",
    ]
  ) {
    assertEquals(decided([["Transfer-Encoding", value]]), { chunked: true }, value);
  }
  assertEquals(decided([["Transfer-Encoding", ""], ["Transfer-Encoding", "chunked"]]), { chunked: true });
  assertEquals(decided([["Transfer-Encoding", "chunked"], ["Transfer-Encoding", " ,"]]), { chunked: true });
});

Deno.test("FramingFields refuses a Transfer-Encoding that does not end with chunked", () => {
  for (
    const value of ["", ",", " \t,", "gzip", "identity", "chunkedx", "xchunked", "chunke", "gzip, deflate"]
  ) {
    assertBadHead([HOST, ["Transfer-Encoding", value]], "Transfer-Encoding does not end with chunked");
  }
});

Deno.test("FramingFields refuses a coding behind chunked, on one line or two", () => {
  for (const codings of [["chunked", "chunked"], ["chunked", "gzip"], ["gzip", "chunked", "chunked"]]) {
    const reason = "Transfer-Encoding names a coding after chunked";
    assertBadField([["Transfer-Encoding", codings.join(", ")]], reason);
    assertBadField(codings.map((coding) => ["Transfer-Encoding", coding]), reason);
  }
});

Deno.test("FramingFields answers 501 to a coding before chunked, on one line or two", () => {
  for (const codings of [["gzip", "chunked"], ["a", "b", "chunked"], ["identity", "chunked"]]) {
    assertBadHead(
      [HOST, ["Transfer-Encoding", codings.join(",")]],
      "The transfer coding is not implemented",
      501,
    );
    const lines = codings.map((coding) => ["Transfer-Encoding", coding] as const);
    assertBadHead([HOST, ...lines], "The transfer coding is not implemented", 501);
  }
});

Deno.test("FramingFields refuses a Transfer-Encoding that is not a list of codings", () => {
  const values = ['"chunked"', "chunked;a=b", "chunked;", "chunked x", "chunked\tx", "chunked =", "gzip;"];
  for (
    const value of [
      ...values,
      "chunked, (",
      "\x80",
      "(",
      "chunked;a",
      "chu\x0bnked",
      "chunked\0",
      "gzip;q",
      "gzip;q=",
      "gzip;=1",
      "gzip;;q=1",
      'gzip;q="1"',
      "gzip;q=1 x",
    ]
  ) {
    assertBadField([["Transfer-Encoding", value]], "Transfer-Encoding is not a list of codings");
  }
});

Deno.test("FramingFields takes in a coding every tchar and nothing else", () => {
  for (const char of BYTES) {
    if (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(char)) {
      const reason = "Transfer-Encoding does not end with chunked";
      assertBadHead([HOST, ["Transfer-Encoding", `chunked${char}`]], reason);
    } else if (!/^[ \t,]$/.test(char)) {
      assertBadField(
        [["Transfer-Encoding", `chunked${char}`]],
        "Transfer-Encoding is not a list of codings",
      );
    }
  }
});

Deno.test("FramingFields refuses Transfer-Encoding and Content-Length together, in either order", () => {
  const both: Field[] = [["Transfer-Encoding", "chunked"], ["Content-Length", "0"]];
  const reason = "Both Transfer-Encoding and Content-Length are present";
  assertBadHead([HOST, ...both], reason);
  assertBadHead([HOST, ...both.reverse()], reason);
  assertBadHead([HOST, ["Content-Length", "5"], ["Transfer-Encoding", ""]], reason);
});

Deno.test("FramingFields refuses Transfer-Encoding in HTTP/1.0", () => {
  for (const value of ["chunked", "gzip, chunked", ""]) {
    assertBadHead([["Transfer-Encoding", value]], "Transfer-Encoding is not allowed in HTTP/1.0", 400, {
      minorVersion: 0,
    });
  }
});

Deno.test("FramingFields refuses content of a CONNECT", () => {
  const line = { method: "CONNECT", form: "authority" } as const;
  assertBadHead([HOST, ["Content-Length", "1"]], "CONNECT has no content", 400, line);
  assertBadHead([HOST, ["Transfer-Encoding", "chunked"]], "CONNECT has no content", 400, line);
  assertEquals(decide([HOST, ["Content-Length", "0"]], line).contentLength, 0);
});

Deno.test("FramingFields keeps a connection of HTTP/1.1 unless it says close", () => {
  for (const value of ["", "keep-alive", "x", "closed", "close-x", "x-close", "clos", "upgrade", "x,,y"]) {
    assertEquals(decide([HOST, ["Connection", value]]).keepAlive, true, value);
  }
  for (
    const value of ["close", "CLOSE", "x, close", "close,x", "x close y", "\tclose", "keep-alive, close"]
  ) {
    assertEquals(decide([HOST, ["Connection", value]]).keepAlive, false, value);
  }
  assertEquals(decide([HOST, ["Connection", "close"], ["Connection", "keep-alive"]]).keepAlive, false);
});

Deno.test("FramingFields keeps a connection of HTTP/1.0 only if it says keep-alive and not close", () => {
  const line = { minorVersion: 0 };
  assertEquals(decide([], line).keepAlive, false);
  for (const value of ["keep-alive", "Keep-Alive", "x,keep-alive", "keep-alive\t,x"]) {
    assertEquals(decide([["Connection", value]], line).keepAlive, true, value);
  }
  for (
    const value of ["", "x", "keep-alivex", "keepalive", "close", "close, keep-alive", "keep-alive,close"]
  ) {
    assertEquals(decide([["Connection", value]], line).keepAlive, false, value);
  }
});

Deno.test("FramingFields sees an upgrade where Upgrade has a value, Connection names it and the version is 1.1", () => {
  const connection: Field = ["Connection", "keep-alive, Upgrade"];
  assertEquals(decide([HOST, ["Upgrade", "x"], connection]).offersUpgrade, true);
  assertEquals(decide([HOST, connection, ["Upgrade", "x"]]).offersUpgrade, true);
  assertEquals(decide([HOST, ["Upgrade", "x"]]).offersUpgrade, false);
  assertEquals(decide([HOST, connection]).offersUpgrade, false);
  for (const nothing of ["", ",", "a b", 'a"b', "a/"]) {
    assertEquals(decide([HOST, ["Upgrade", nothing], connection]).offersUpgrade, false, nothing);
    assertEquals(
      decide([HOST, ["Upgrade", "x"], ["Upgrade", nothing], connection]).offersUpgrade,
      true,
      nothing,
    );
    assertEquals(
      decide([HOST, ["Upgrade", nothing], ["Upgrade", "x"], connection]).offersUpgrade,
      true,
      nothing,
    );
  }
  assertEquals(decide([HOST, ["Upgrade", "x"], ["Connection", "upgrades"]]).offersUpgrade, false);
  assertEquals(decide([["Upgrade", "x"], connection], { minorVersion: 0 }).offersUpgrade, false);
});

Deno.test("FramingFields knows the expectation 100-continue, in any casing, and answers 417 to others", () => {
  for (const value of ["100-continue", "100-CONTINUE", ", ,100-continue", "100-continue \t, 100-continue,"]) {
    assertEquals(decide([HOST, ["Expect", value]]).expectsContinue, true, value);
  }
  for (const value of ["", ",", ", \t,"]) {
    assertEquals(decide([HOST, ["Expect", value]]).expectsContinue, false, value);
  }
  const reason = "Expect names something other than 100-continue";
  for (
    const value of [
      "x",
      "100-continu",
      "100-continue, x",
      "x,100-continue",
      "200-ok",
      "100-continue;a",
      "100-continue 100-continue",
    ]
  ) {
    assertBadHead([HOST, ["Expect", value]], reason, 417);
  }
  assertBadHead([HOST, ["Expect", "100-continue"], ["Expect", "x"]], reason, 417);
});

Deno.test("FramingFields ignores expectations in HTTP/1.0", () => {
  for (const value of ["100-continue", "x"]) {
    assertEquals(decide([["Expect", value]], { minorVersion: 0 }).expectsContinue, false);
  }
});

Deno.test("FramingFields sees that trailers are accepted, among other codings and with weights", () => {
  for (
    const value of [
      "trailers",
      "Trailers",
      "gzip, trailers",
      "gzip;q=0.5 , trailers",
      "trailers;q=1",
      ",trailers",
    ]
  ) {
    assertEquals(decide([HOST, ["TE", value]]).acceptsTrailers, true, value);
  }
  for (
    const value of ["", "gzip", "trailer", "trailersx", "gzip;trailers", "gzip;a=trailers", "gzip; trailers"]
  ) {
    assertEquals(decide([HOST, ["TE", value]]).acceptsTrailers, false, value);
  }
  assertEquals(decide([HOST, ["TE", "gzip;q=1"], ["TE", "trailers"]]).acceptsTrailers, true);
});

Deno.test("FramingFields.reset() forgets everything about the head before", () => {
  const cases: [before: Field[], after: Field[], decided: Partial<ReceivedHead>][] = [
    [[HOST], [HOST], {}],
    [[["Host", ""]], [HOST], {}],
    [[HOST, ["Content-Length", "5"]], [HOST, ["Content-Length", "6"]], { contentLength: 6 }],
    [[HOST, ["Transfer-Encoding", "chunked"]], [HOST, ["Transfer-Encoding", "chunked"]], { chunked: true }],
    [[HOST, ["Transfer-Encoding", "gzip"]], [HOST], {}],
    [[HOST, ["Connection", "close"]], [HOST], {}],
    [[HOST, ["Upgrade", "x"]], [HOST, ["Connection", "upgrade"]], {}],
    [[HOST, ["Connection", "upgrade"]], [HOST, ["Upgrade", "x"]], {}],
    [[HOST, ["Expect", "x"]], [HOST], {}],
    [[HOST, ["Expect", "100-continue"]], [HOST], {}],
    [[HOST, ["TE", "trailers"]], [HOST], {}],
    [[HOST, ["Content-Length", "5"]], [HOST], {}],
    [[HOST, ["Content-Length", "5"]], [HOST, ["Content-Length", "6"]], { contentLength: 6 }],
  ];
  for (const [before, after, decided] of cases) {
    const framing = new FramingFields();
    give(framing, before);
    // In absolute-form, because there an empty Host counts.
    const head = Object.assign(new ReceivedHead(), { form: "absolute" });
    framing.reset();
    give(framing, after);
    framing.finish(head);
    const expected = { ...new ReceivedHead(), form: "absolute", receivedHost: "a", ...decided };
    assertEquals({ ...head, receivedHost: head.receivedHost?.text }, expected, JSON.stringify(before));
  }
});

Deno.test("FramingFields.reset() forgets keep-alive", () => {
  const framing = new FramingFields();
  give(framing, [["Connection", "keep-alive"]]);
  const head = Object.assign(new ReceivedHead(), { minorVersion: 0 });
  framing.reset();
  framing.finish(head);
  assertEquals(head.keepAlive, false);
});
