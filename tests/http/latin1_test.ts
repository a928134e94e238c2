import { Buffer } from "node:buffer";
import { assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { decodeLatin1 } from "../../src/http/latin1.ts";

/** Decodes one character at a time, as a simple reference. */
function reference(bytes: Uint8Array, start: number, end: number): string {
  return Array.from(bytes.subarray(start, end), (byte) => String.fromCodePoint(byte)).join("");
}

Deno.test("decodeLatin1() maps each byte to the code point of its number, in short and long texts", () => {
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    assertEquals(decodeLatin1(Uint8Array.of(byte), 0, 1), char);
    for (const place of [0, 50, 99]) {
      const long = new Uint8Array(100).fill(0x61);
      long[place] = byte;
      assertEquals(decodeLatin1(long, 0, 100), "a".repeat(place) + char + "a".repeat(99 - place));
    }
  }
});

Deno.test("decodeLatin1() does not decode well-formed UTF-8 as UTF-8", () => {
  for (const text of ["\ufeff", "\ufffd", "é", "€", "😀", "\u0080"]) {
    for (const around of ["", "x".repeat(60)]) {
      const bytes = new TextEncoder().encode(around + text + around);
      assertEquals(decodeLatin1(bytes, 0, bytes.length), reference(bytes, 0, bytes.length));
    }
  }
});

Deno.test("decodeLatin1() decodes ASCII of every length, at every offset", () => {
  const bytes = Uint8Array.from({ length: 3000 }, (_, i) => 0x20 + i % 95);
  for (let length = 0; length < 200; length++) {
    for (const start of [0, 1, 7]) {
      assertEquals(decodeLatin1(bytes, start, start + length), reference(bytes, start, start + length));
    }
  }
  assertEquals(decodeLatin1(bytes, 0, 3000), reference(bytes, 0, 3000));
});

Deno.test("decodeLatin1() decodes obs-text longer than a call can have arguments", () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 256);
  const text = decodeLatin1(bytes, 0, bytes.length);
  assertEquals(text.length, bytes.length);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== i % 256) throw new Error(`Differs at ${i}`);
  }
});

Deno.test("decodeLatin1() agrees with the reference on any bytes", () => {
  const section = fc.oneof(
    fc.uint8Array({ maxLength: 2500 }),
    fc.uint8Array({ max: 0x7f, maxLength: 2500 }),
    fc.string({ unit: "grapheme", maxLength: 200 }).map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(fc.property(section, fc.nat(), fc.nat(), (bytes, a, b) => {
    const [start, end] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((x, y) => x - y) as [
      number,
      number,
    ];
    assertEquals(decodeLatin1(bytes, start, end), reference(bytes, start, end));
  }));
});

Deno.test("decodeLatin1() decodes a Buffer like a Uint8Array, at every length and offset", () => {
  const bytes = Uint8Array.from({ length: 600 }, (_, i) => i % 256);
  const buffer = Buffer.from(bytes.buffer);
  for (let length = 0; length < 300; length++) {
    for (const start of [0, 1, 97, 255]) {
      assertEquals(decodeLatin1(buffer, start, start + length), reference(bytes, start, start + length));
    }
  }
});
