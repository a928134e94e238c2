import { assertEquals } from "@std/assert";
import { FIELD_VALUE, isToken, scanFieldValue, TOKEN } from "../../src/http/field_grammar.ts";

// A second definition of the grammar, independent of the module.
const TCHAR = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/;
const FIELD_CHAR = /^[\t\x20-\x7e\x80-\xff]$/;

const BYTES = Array.from({ length: 256 }, (_, code) => code);

Deno.test("TOKEN has every tchar and nothing else", () => {
  assertEquals(TOKEN.length, 256);
  for (const code of BYTES) assertEquals(TOKEN[code] === 1, TCHAR.test(String.fromCharCode(code)), `${code}`);
  assertEquals(TOKEN.filter((entry) => entry === 1).length, 77);
});

Deno.test("FIELD_VALUE has VCHAR, obs-text, SP and HTAB and nothing else", () => {
  assertEquals(FIELD_VALUE.length, 256);
  for (const code of BYTES) {
    assertEquals(FIELD_VALUE[code] === 1, FIELD_CHAR.test(String.fromCharCode(code)), `${code}`);
  }
});

Deno.test("isToken() agrees with the table at every place in a name", () => {
  for (const code of BYTES) {
    const char = String.fromCharCode(code);
    for (const name of [char, `${char}name`, `na${char}me`, `name${char}`]) {
      assertEquals(isToken(name), TCHAR.test(char), JSON.stringify(name));
    }
  }
});

Deno.test("isToken() refuses the empty string", () => {
  assertEquals(isToken(""), false);
});

Deno.test("scanFieldValue() agrees with the table at every place in a value", () => {
  for (const code of BYTES) {
    const char = String.fromCharCode(code);
    for (const value of [char, `${char}value`, `va${char}lue`, `value${char}`]) {
      assertEquals(scanFieldValue(value) >= 0, FIELD_CHAR.test(char), JSON.stringify(value));
    }
  }
});

Deno.test("isToken() and scanFieldValue() refuse code units above 0xFF with any low byte", () => {
  for (let code = 0x100; code <= 0xffff; code++) {
    const text = `a${String.fromCharCode(code)}b`;
    if (isToken(text) || scanFieldValue(text) >= 0) throw new Error(`U+${code.toString(16)} was let through`);
  }
});

Deno.test("scanFieldValue() distinguishes ASCII from obs-text", () => {
  assertEquals(scanFieldValue(""), 0);
  assertEquals(scanFieldValue("text/plain") < 0x80, true);
  assertEquals(scanFieldValue("~\t ") < 0x80, true);
  assertEquals(scanFieldValue("caf\xe9") >= 0x80, true);
  assertEquals(scanFieldValue("\x80") >= 0x80, true);
  assertEquals(scanFieldValue("a\x7f"), -1);
  assertEquals(scanFieldValue("\u0100"), -1);
});
