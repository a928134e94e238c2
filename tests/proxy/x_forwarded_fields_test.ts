import { assertEquals } from "@std/assert";
import { xForwardedHops } from "../../src/proxy/x_forwarded_fields.ts";

function hops(nodes: string, schemes: string | null = null, hosts: string | null = null): unknown[] {
  return Array.from(xForwardedHops(nodes, schemes, hosts), ({ address, secure, host }) => {
    const { hostname, port } = address as { hostname: string; port: number } ?? { hostname: "?", port: 0 };
    return [hostname, port, secure, host];
  });
}

Deno.test("xForwardedHops() reads addresses with and without brackets and ports, the last one first", () => {
  assertEquals(hops("192.0.2.1, 2001:db8::1,[2001:db8::2] , [2001:DB8::3]:80, 192.0.2.2:443, unknown"), [
    ["?", 0, null, null],
    ["192.0.2.2", 443, null, null],
    ["2001:db8::3", 80, null, null],
    ["2001:db8::2", 0, null, null],
    ["2001:db8::1", 0, null, null],
    ["192.0.2.1", 0, null, null],
  ]);
});

Deno.test("xForwardedHops() takes the scheme and the host of the same hop, or the first of fewer", () => {
  assertEquals(hops("192.0.2.1, 192.0.2.2", "https, http", "a.example, b.example"), [
    ["192.0.2.2", 0, false, "b.example"],
    ["192.0.2.1", 0, true, "a.example"],
  ]);
  assertEquals(hops("192.0.2.1, 192.0.2.2, 192.0.2.3", "https, http", "a.example"), [
    ["192.0.2.3", 0, false, "a.example"],
    ["192.0.2.2", 0, true, "a.example"],
    ["192.0.2.1", 0, true, "a.example"],
  ]);
  assertEquals(hops("192.0.2.1", "ftp", "a/b"), [["192.0.2.1", 0, null, null]]);
  assertEquals(hops("192.0.2.1", "", ","), [["192.0.2.1", 0, null, null]]);
});

Deno.test("xForwardedHops() ignores empty elements, and ends before the first that is malformed", () => {
  assertEquals(hops(""), []);
  assertEquals(hops(","), []);
  assertEquals(hops(",192.0.2.1,,"), [["192.0.2.1", 0, null, null]]);
  for (
    const node of [
      "x",
      "192.0.2",
      "192.0.2.1 192.0.2.2",
      "1:2:3",
      "[192.0.2.1]",
      "192.0.2.1:x",
      "::1]:80",
      "'",
      "\u00b2.0.0.1",
    ]
  ) {
    assertEquals(hops(`192.0.2.8, ${node}, 192.0.2.9`), [["192.0.2.9", 0, null, null]], node);
  }
});
