import { assertEquals } from "@std/assert";
import { rotateKey, unmask } from "../../src/websocket/unmask.ts";

const KEY_BYTES = [0x9a, 0x01, 0xff, 0x70];
const KEY = 0x9a | 0x01 << 8 | 0xff << 16 | 0x70 << 24;

Deno.test("unmask() XORs every byte with its byte of the key, at every length, alignment and offset in the payload", () => {
  for (let length = 0; length < 330; length += length < 12 || length > 245 ? 1 : 17) {
    for (let shift = 0; shift < 5; shift++) {
      for (let offset = 0; offset < 4; offset++) {
        const bytes = Uint8Array.from({ length: length + shift + 3 }, (_, i) => i * 7 & 0xff);
        const expected = bytes.map((byte, i) => {
          return i < shift || i >= shift + length ? byte : byte ^ KEY_BYTES[(i - shift + offset) % 4]!;
        });
        const seen = unmask(bytes, shift, shift + length, rotateKey(KEY, offset));
        assertEquals(bytes, expected, `length ${length}, shift ${shift}, offset ${offset}`);
        assertEquals(seen, expected.subarray(shift, shift + length).reduce((all, byte) => all | byte, 0));
      }
    }
  }
});
