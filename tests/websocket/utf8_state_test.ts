import { assertEquals } from "@std/assert";
import { UTF8_ACCEPT, UTF8_REJECT, utf8State } from "../../src/websocket/utf8_state.ts";
import { bytesOf } from "./frames.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function isUtf8(bytes: Uint8Array): boolean {
  return !decoder.decode(bytes).includes("\uFFFD");
}

/** Every first byte, and these after it: the edges of all ranges of RFC 3629's grammar. */
const EDGES = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];

/** Whether some bytes after a prefix make it valid, found out by trying: no character is longer than 4 bytes. */
function canGoOn(prefix: Uint8Array, depth = 2): boolean {
  if (isUtf8(prefix)) return true;
  if (depth === 0) return false;
  return [0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf].some((byte) => canGoOn(bytesOf(prefix, byte), depth - 1));
}

Deno.test("utf8State() agrees with TextDecoder on the edges of its ranges, and rejects at the first byte that nothing can mend", () => {
  for (let first = 0; first < 256; first++) {
    for (const second of EDGES) {
      const bytes = new Uint8Array([first, second]);
      const state = utf8State(UTF8_ACCEPT, bytes, 0, 2);
      assertEquals(state === UTF8_ACCEPT, isUtf8(bytes), `${first} ${second}`);
      assertEquals(state !== UTF8_REJECT, canGoOn(bytes), `${first} ${second}`);
    }
  }
});

Deno.test("utf8State() accepts every code point, split at every byte, and no surrogate", () => {
  const encoder = new TextEncoder();
  for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 61) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const bytes = encoder.encode(String.fromCodePoint(code));
    let state = UTF8_ACCEPT;
    for (let i = 0; i < bytes.length; i++) {
      state = utf8State(state, bytes, i, i + 1);
      assertEquals(state === UTF8_ACCEPT, i === bytes.length - 1, `U+${code.toString(16)}`);
    }
  }
  for (const edge of [0xffff, 0x10000, 0x10ffff, 0xd7ff, 0xe000]) {
    const bytes = encoder.encode(String.fromCodePoint(edge));
    assertEquals(utf8State(UTF8_ACCEPT, bytes, 0, bytes.length), UTF8_ACCEPT);
  }
  assertEquals(utf8State(UTF8_ACCEPT, bytesOf(0xed, 0xa0), 0, 2), UTF8_REJECT, "a surrogate");
  assertEquals(utf8State(UTF8_ACCEPT, bytesOf(0xf4, 0x90), 0, 2), UTF8_REJECT, "above U+10FFFF");
  assertEquals(utf8State(UTF8_ACCEPT, bytesOf(0xc0), 0, 1), UTF8_REJECT, "overlong");
});
