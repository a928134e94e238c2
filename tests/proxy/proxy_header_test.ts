import { assertEquals } from "@std/assert";
import { crc32c } from "../../src/proxy/crc32c.ts";
import { parseProxyHeader, proxyVersion } from "../../src/proxy/proxy_header.ts";
import { ascii, extension, HEADERS, IPV4, MALFORMED, version2 } from "./proxy_headers.ts";

const REQUEST = ascii("GET / HTTP/1.1\r\nHost: 192.168.0.11\r\n\r\n");

for (const { name, bytes, source } of HEADERS) {
  Deno.test(`parseProxyHeader() reads ${name}, whole, with a request behind it, and no prefix of it`, () => {
    assertEquals(parseProxyHeader(bytes), { size: bytes.length, source });
    assertEquals(parseProxyHeader(new Uint8Array([...bytes, ...REQUEST])), { size: bytes.length, source });
    for (let length = 0; length < bytes.length; length++) {
      assertEquals(parseProxyHeader(bytes.subarray(0, length)), "partial", `${length} bytes`);
    }
  });
}

for (const { name, bytes } of MALFORMED) {
  Deno.test(`parseProxyHeader() refuses ${name}, and reads no prefix of it`, () => {
    assertEquals(parseProxyHeader(bytes), "malformed");
    for (let length = 0; length < bytes.length; length++) {
      const result = parseProxyHeader(bytes.subarray(0, length));
      assertEquals(typeof result, "string", `${length} bytes`);
    }
  });
}

Deno.test("parseProxyHeader() verifies the checksum over the whole header", () => {
  const type = 16 + IPV4.length;
  const bytes = version2(0x21, 0x11, [
    ...IPV4,
    ...extension(3, [0, 0, 0, 0]),
    ...extension(2, [...ascii("a")]),
  ]);
  new DataView(bytes.buffer).setUint32(type + 3, crc32c(bytes));
  assertEquals(parseProxyHeader(bytes), {
    size: bytes.length,
    source: { hostname: "192.0.2.1", port: 56324 },
  });
  for (let i = 16; i < bytes.length; i++) {
    // Of another type it is no checksum.
    if (i === type) continue;
    const changed = new Uint8Array(bytes);
    changed[i]! ^= 1;
    assertEquals(parseProxyHeader(changed), "malformed", `byte ${i}`);
  }
});

Deno.test("crc32c() computes the check value of RFC 3720 appendix B.4", () => {
  assertEquals(crc32c(ascii("123456789")), 0xe3069283);
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
});

Deno.test("proxyVersion() tells as soon as it can", () => {
  assertEquals(proxyVersion(ascii("")), undefined);
  assertEquals(proxyVersion(ascii("PRO")), undefined);
  assertEquals(proxyVersion(ascii("PROXY")), undefined);
  assertEquals(proxyVersion(ascii("PROXY ")), 1);
  assertEquals(proxyVersion(ascii("POST / HTTP/1.1")), null);
  assertEquals(proxyVersion(ascii("PROPFIND")), null);
  assertEquals(proxyVersion(ascii("\r\n")), undefined);
  assertEquals(proxyVersion(ascii("\r\n\r\n\0\r\nQUIT")), undefined);
  assertEquals(proxyVersion(ascii("\r\n\r\n\0\r\nQUIT\n")), 2);
  assertEquals(proxyVersion(ascii("\r\nG")), null);
});
