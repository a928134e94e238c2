import { assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { byteLength, encodeText } from "../../src/exchange/utf8.ts";

Deno.test("encodeText() encodes as UTF-8", () => {
  assertEquals(
    encodeText("aé€😀"),
    Uint8Array.of(0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80),
  );
});

Deno.test("byteLength() counts the bytes of UTF-8 at the edges of each length", () => {
  const cases: [text: string, bytes: number][] = [
    ["", 0],
    ["\0", 1],
    ["\x7f", 1],
    ["\x80", 2],
    ["\u07ff", 2],
    ["\u0800", 3],
    ["\ud7ff", 3],
    ["\ue000", 3],
    ["\uffff", 3],
    ["\u{10000}", 4],
    ["\u{10ffff}", 4],
    ["aé€😀z", 11],
  ];
  for (const [text, bytes] of cases) assertEquals(byteLength(text), bytes, JSON.stringify(text));
});

Deno.test("byteLength() counts a lone surrogate as U+FFFD, of three bytes", () => {
  const texts = [
    "\ud800",
    "\udbff",
    "\udc00",
    "\udfff",
    "\ud800a",
    "\ud800\ud800",
    "\udc00\ud800",
    "a\udfff",
  ];
  for (const text of texts) assertEquals(byteLength(text), encodeText(text).length, JSON.stringify(text));
  assertEquals(byteLength("\ud800\ud800\udc00"), 7);
});

Deno.test("byteLength() counts short, long and very long text alike", () => {
  for (const unit of ["a", "\x7f", "\x80", "\u07ff", "\u0800", "\ud800", "\udc00", "😀", "a\ud83d"]) {
    for (const length of [1, 2, 11, 12, 13, 23, 24, 25, 26, 100, 2730, 5460, 5461, 5462, 20_000]) {
      const text = unit.repeat(length);
      assertEquals(byteLength(text), encodeText(text).length, JSON.stringify([unit, length]));
    }
  }
});

Deno.test("byteLength() agrees with encodeText() on any text", () => {
  const unit = fc.constantFrom(
    "a",
    "\x7f",
    "\x80",
    "\u07ff",
    "\u0800",
    "\ud7ff",
    "\ud800",
    "\udbff",
    "\udc00",
    "\udfff",
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
      const text = units.join("");
      assertEquals(byteLength(text), encodeText(text).length);
    }),
    { seed: 9110, numRuns: 300 },
  );
});
