import { assertEquals } from "@std/assert";
import {
  ASTERISK,
  BACKSLASH,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  CR,
  DOT,
  DQUOTE,
  EQUALS,
  equalsIgnoreCase,
  HEX_VALUE,
  HTAB,
  LF,
  NINE,
  OPEN_BRACKET,
  QDTEXT,
  QUESTION,
  QUOTABLE,
  REG_NAME,
  SEMICOLON,
  SLASH,
  SP,
  TARGET,
  ZERO,
} from "../../src/h1/grammar.ts";
import { BYTES, bytesOf } from "./input.ts";

// The grammar said a second time, in another way than the module says it.
const TABLES: readonly [name: string, table: Uint8Array, grammar: RegExp, size: number][] = [
  ["TARGET has visible ASCII but for the number sign", TARGET, /^[\x21\x22\x24-\x7e]$/, 93],
  ["REG_NAME has unreserved and sub-delims but for the comma", REG_NAME, /^[\w\-.~!$&'()*+;=]$/, 76],
  [
    "QDTEXT has everything but controls, the quote and the backslash",
    QDTEXT,
    /^[\t !#-[\]-~\x80-\xff]$/,
    222,
  ],
  ["QUOTABLE has everything but controls", QUOTABLE, /^[\t -~\x80-\xff]$/, 224],
];

for (const [name, table, grammar, size] of TABLES) {
  Deno.test(`${name}, and nothing else`, () => {
    assertEquals(table.length, 256);
    for (const char of BYTES) {
      assertEquals(table[char.charCodeAt(0)], grammar.test(char) ? 1 : 0, JSON.stringify(char));
    }
    assertEquals(table.filter((entry) => entry === 1).length, size);
  });
}

Deno.test("HEX_VALUE has the value of each hexadecimal digit, and 255 for every other byte", () => {
  assertEquals(HEX_VALUE.length, 256);
  for (const char of BYTES) {
    const value = /^[0-9a-fA-F]$/.test(char) ? parseInt(char, 16) : 255;
    assertEquals(HEX_VALUE[char.charCodeAt(0)], value, JSON.stringify(char));
  }
});

Deno.test("the named bytes are those of the characters that they are named for", () => {
  const named = [HTAB, LF, CR, SP, DQUOTE, ASTERISK, COMMA, DOT, SLASH, ZERO, NINE, COLON, SEMICOLON, EQUALS];
  const more = [QUESTION, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET];
  assertEquals(String.fromCharCode(...named, ...more), '\t\n\r "*,./09:;=?[\\]');
});

Deno.test("equalsIgnoreCase() takes a text in any casing", () => {
  for (const text of ["chunked", "CHUNKED", "cHuNkEd", "chunkeD"]) {
    assertEquals(equalsIgnoreCase(bytesOf(text), 0, 7, "chunked"), true, text);
  }
  assertEquals(equalsIgnoreCase(bytesOf("100-CONTINUE"), 0, 12, "100-continue"), true);
  assertEquals(equalsIgnoreCase(bytesOf("..AZ.."), 2, 4, "az"), true);
  assertEquals(equalsIgnoreCase(bytesOf(""), 0, 0, ""), true);
});

Deno.test("equalsIgnoreCase() takes no other text", () => {
  for (const text of ["chunke", "chunkedd", "chunkex", "xhunked", "chu ked", ""]) {
    assertEquals(equalsIgnoreCase(bytesOf(text), 0, text.length, "chunked"), false, text);
  }
});

Deno.test("equalsIgnoreCase() folds the case of letters alone", () => {
  for (const char of BYTES) {
    for (const wanted of ["a", "k", "z", "-", "0", "`", "{"]) {
      // Not `toLowerCase`, by which the Kelvin sign and letters above ASCII would count too.
      const same = char === wanted || (/^[a-z]$/.test(wanted) && char === wanted.toUpperCase());
      assertEquals(equalsIgnoreCase(bytesOf(char), 0, 1, wanted), same, JSON.stringify([char, wanted]));
    }
  }
});
