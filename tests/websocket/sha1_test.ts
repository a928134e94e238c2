import { assertEquals } from "@std/assert";
import { sha1 } from "../../src/websocket/sha1.ts";

Deno.test("sha1() agrees with WebCrypto on texts of 0 to 200 characters", async () => {
  for (let length = 0; length <= 200; length++) {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(32 + (i * 31 + length) % 95)).join("");
    const expected = new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text)));
    assertEquals(sha1(text), expected, `${length} characters`);
  }
});
