import { assertEquals } from "@std/assert";
import {
  COMPRESSED,
  FLAWED,
  type MessageLimits,
  MessageReader,
  NEED_MORE,
} from "../../src/websocket/message_reader.ts";
import { BINARY, CLOSE, PING, PONG, TEXT } from "../../src/websocket/opcode.ts";
import { bytesOf, clientFrame, concat } from "./frames.ts";

const LIMITS: MessageLimits = { maxMessageSize: 1000, maxFragments: 5 };

/** All that comes of pieces of bytes, one text for each event. */
function eventsOf(pieces: readonly Uint8Array[], limits = LIMITS, compression = false): string[] {
  const reader = new MessageReader(limits, compression);
  const events: string[] = [];
  for (const piece of pieces) {
    // In a larger buffer, which others write to afterwards.
    const buffer = new Uint8Array(piece.length + 7).fill(0xaa);
    buffer.set(piece, 3);
    reader.feed(buffer.subarray(3, 3 + piece.length));
    for (;;) {
      const event = reader.next();
      if (event === NEED_MORE) break;
      if (event === FLAWED) {
        assertEquals(reader.next(), NEED_MORE, "nothing is read after a flaw");
        return [...events, `${reader.flaw?.code} ${reader.flaw?.reason}`];
      }
      events.push(eventText(event, reader));
    }
    buffer.fill(0x55);
  }
  return events;
}

function eventText(event: number, reader: MessageReader): string {
  if (event === TEXT) return `text ${reader.text}`;
  const name = { [BINARY]: "binary", [CLOSE]: "close", [PING]: "ping", [PONG]: "pong" }[event] ??
    (event === COMPRESSED ? `compressed ${reader.compressedText ? "text" : "binary"}` : `event ${event}`);
  return `${name} ${Array.from(reader.bytes).join(",")}`;
}

/** Pieces of `size` bytes. */
function split(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  return pieces;
}

/** Runs input whole, in two pieces split at every byte, and in pieces of every small size: all must give the same. */
function assertEvents(
  input: Uint8Array,
  expected: readonly string[],
  limits = LIMITS,
  compression = false,
): void {
  assertEquals(eventsOf([input.slice()], limits, compression), expected, "whole");
  for (let at = 1; at < input.length; at++) {
    assertEquals(
      eventsOf([input.slice(0, at), input.slice(at)], limits, compression),
      expected,
      `split at ${at}`,
    );
  }
  for (let size = 1; size < 9; size++) {
    assertEquals(eventsOf(split(input, size), limits, compression), expected, `${size} bytes at a time`);
  }
}

Deno.test("MessageReader reads RFC 6455's examples (section 5.7)", () => {
  assertEvents(bytesOf(0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58), ["text Hello"]);
  assertEvents(bytesOf(0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58), [
    "pong 72,101,108,108,111",
  ]);
});

Deno.test("MessageReader reads messages and control frames, whatever the split", () => {
  assertEvents(
    concat([
      clientFrame({ payload: "one" }),
      clientFrame({ payload: "" }),
      clientFrame({ opcode: 2, payload: bytesOf(0, 255, 128) }),
      clientFrame({ opcode: 2 }),
      clientFrame({ payload: "zwölf \u{1f600}" }),
      clientFrame({ opcode: 9, payload: "p" }),
      clientFrame({ opcode: 10 }),
      clientFrame({ payload: "x".repeat(200) }),
      clientFrame({ payload: "\ufeff" }),
      clientFrame({ opcode: 8, payload: bytesOf(3, 0xe8) }),
    ]),
    [
      "text one",
      "text ",
      "binary 0,255,128",
      "binary ",
      "text zwölf \u{1f600}",
      "ping 112",
      "pong ",
      `text ${"x".repeat(200)}`,
      "text \ufeff",
      "close 3,232",
    ],
  );
});

Deno.test("MessageReader puts fragments together, with control frames between them, and a character across them", () => {
  const text = bytesOf("a\u{1f600}b");
  assertEvents(
    concat([
      clientFrame({ fin: false, payload: text.subarray(0, 3) }),
      clientFrame({ opcode: 9, payload: "1" }),
      clientFrame({ fin: false, opcode: 0, payload: "" }),
      clientFrame({ opcode: 10, payload: "2" }),
      clientFrame({ opcode: 0, payload: text.subarray(3) }),
      clientFrame({ fin: false, opcode: 2 }),
      clientFrame({ opcode: 0 }),
      clientFrame({ fin: false, payload: "" }),
      clientFrame({ opcode: 0, payload: "end" }),
    ]),
    ["ping 49", "pong 50", "text a\u{1f600}b", "binary ", "text end"],
  );
});

Deno.test("MessageReader refuses frames that stand where they must not", () => {
  assertEvents(clientFrame({ opcode: 0 }), ["1002 A continuation frame continues no message"]);
  assertEvents(
    concat([clientFrame({ payload: "done" }), clientFrame({ opcode: 0 }), clientFrame({ payload: "never" })]),
    ["text done", "1002 A continuation frame continues no message"],
  );
  assertEvents(
    concat([clientFrame({ fin: false, payload: "a" }), clientFrame({ payload: "b" })]),
    ["1002 A message begins before the one before it has ended"],
  );
  assertEvents(
    concat([
      clientFrame({ fin: false, rsv: 4, payload: "a" }),
      clientFrame({ opcode: 0, rsv: 4, payload: "b" }),
    ]),
    ["1002 A continuation frame is marked as compressed"],
    LIMITS,
    true,
  );
});

Deno.test("MessageReader refuses text that is not UTF-8, also at the end of a message", () => {
  const words = "1007 A text message is not UTF-8";
  assertEvents(clientFrame({ payload: bytesOf("ab", 0xff, "cd") }), [words]);
  assertEvents(clientFrame({ payload: bytesOf(0xe2, 0x82) }), [words]);
  assertEvents(
    concat([clientFrame({ fin: false, payload: bytesOf(0xf0, 0x9f) }), clientFrame({ opcode: 0 })]),
    [words],
  );
  assertEvents(clientFrame({ opcode: 2, payload: bytesOf(0xff) }), ["binary 255"]);
});

Deno.test("MessageReader refuses text at the first bad byte, before the rest of the frame has come", () => {
  const frame = clientFrame({ payload: bytesOf("κόσμε", 0xf4, 0x90, "more text") });
  const bad = 6 + 11;
  assertEquals(eventsOf([frame.slice(0, bad)]), []);
  assertEquals(eventsOf([frame.slice(0, bad + 1)]), ["1007 A text message is not UTF-8"]);
  assertEquals(eventsOf([frame.slice(0, 8), frame.slice(8, bad + 1)]), ["1007 A text message is not UTF-8"]);
});

Deno.test("MessageReader refuses a message above maxMessageSize by its header, before its bytes have come", () => {
  assertEquals(eventsOf([clientFrame({ payload: "x".repeat(1000) })]), [`text ${"x".repeat(1000)}`]);
  assertEquals(eventsOf([clientFrame({ length: 1001 })]), ["1009 A message is too big"]);
  assertEquals(
    eventsOf([
      clientFrame({ fin: false, payload: "x".repeat(600) }),
      clientFrame({ opcode: 0, length: 401 }),
    ]),
    ["1009 A message is too big"],
  );
});

Deno.test("MessageReader refuses a message above maxFragments, empty fragments too", () => {
  const first = clientFrame({ fin: false });
  const more = clientFrame({ fin: false, opcode: 0 });
  const last = clientFrame({ opcode: 0, payload: "e" });
  assertEvents(concat([first, more, more, more, last, first, last]), ["text e", "text e"]);
  assertEvents(concat([first, more, more, more, more, last]), ["1008 A message has too many fragments"]);
});

Deno.test("MessageReader hands over compressed messages as they are", () => {
  assertEvents(
    concat([
      clientFrame({ rsv: 4, payload: bytesOf(1, 200) }),
      clientFrame({ rsv: 4, opcode: 2, fin: false, payload: bytesOf(1) }),
      clientFrame({ opcode: 9 }),
      clientFrame({ opcode: 0, payload: bytesOf(255) }),
      clientFrame({ payload: "plain" }),
    ]),
    ["compressed text 1,200", "ping ", "compressed binary 1,255", "text plain"],
    LIMITS,
    true,
  );
});

Deno.test("MessageReader keeps what it has not read apart from the buffer that it came in", () => {
  const reader = new MessageReader(LIMITS);
  const input = concat([clientFrame({ payload: "1" }), clientFrame({ payload: "2" })]);
  reader.feed(input);
  assertEquals(reader.next(), TEXT);
  reader.keep();
  input.fill(0);
  reader.feedLater(clientFrame({ payload: "3" }));
  assertEquals([reader.next(), reader.text], [TEXT, "2"]);
  assertEquals([reader.next(), reader.text, reader.hasInput], [TEXT, "3", false]);
  assertEquals(reader.next(), NEED_MORE);
});

Deno.test("MessageReader takes no memory for what is announced and does not come", () => {
  const limits = { maxMessageSize: 2 ** 40, maxFragments: 5 };
  const reader = new MessageReader(limits);
  reader.feed(clientFrame({ opcode: 2, length: 2 ** 39, payload: "begin" }));
  assertEquals(reader.next(), NEED_MORE);
});

Deno.test("MessageReader gives away binary messages of several pieces in a buffer of their size", () => {
  for (const size of [3, 100, 20_000, 70_000, 300_000]) {
    const reader = new MessageReader({ maxMessageSize: 1_000_000, maxFragments: 5 });
    const payload = Uint8Array.from({ length: size }, (_, i) => i * 31 & 0xff);
    const frame = concat([
      clientFrame({ opcode: 2, fin: false, payload: payload.subarray(0, size / 3) }),
      clientFrame({ opcode: 0, payload: payload.subarray(size / 3) }),
    ]);
    for (const piece of split(frame, 65536)) {
      reader.feed(piece);
      if (reader.next() === NEED_MORE) continue;
      assertEquals([reader.owned, reader.bytes.buffer.byteLength], [true, size]);
      assertEquals(reader.bytes, payload);
    }
  }
});
