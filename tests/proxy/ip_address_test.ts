import { assertEquals } from "@std/assert";
import { formatIpAddress, parseIpAddress } from "../../src/proxy/ip_address.ts";

/** Text to parse, and the text that the result is formatted to. */
const ADDRESSES: readonly (readonly [string, string])[] = [
  ["0.0.0.0", "0.0.0.0"],
  ["192.0.2.1", "192.0.2.1"],
  ["255.255.255.255", "255.255.255.255"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["2001:db8::1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:0:1::1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:0201", "192.0.2.1"],
  ["0:0:0:0:0:FFFF:192.0.2.1", "192.0.2.1"],
];

const MALFORMED: readonly string[] = [
  "",
  "1",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "1.2.3.04",
  "1.2.3.-4",
  "1.2.3.4 ",
  "0x1.2.3.4",
  "1.2.3.",
  ":",
  ":::",
  ":1",
  "1:",
  "::1::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "12345::",
  "g::",
  "[::1]",
  "fe80::1%eth0",
  "192.0.2.1::",
  "1.2.3.4:80",
  "1:2:3:4:5:6:7:1.2.3.4",
  "example.com",
  "::" + "0".repeat(50),
];

Deno.test("parseIpAddress() reads each form, and formatIpAddress() writes it as RFC 5952 has it", () => {
  for (const [text, formatted] of ADDRESSES) {
    const bytes = parseIpAddress(text);
    assertEquals(bytes === null ? null : formatIpAddress(bytes), formatted, text);
  }
});

Deno.test("parseIpAddress() takes nothing else", () => {
  assertEquals(MALFORMED.filter((text) => parseIpAddress(text) !== null), []);
});

Deno.test("formatIpAddress() writes an IPv4-mapped address as IPv4", () => {
  const mapped = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1]);
  assertEquals(formatIpAddress(mapped), "192.0.2.1");
});
