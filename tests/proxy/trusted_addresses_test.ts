import { assertEquals, assertThrows } from "@std/assert";
import { TrustedAddresses } from "../../src/proxy/trusted_addresses.ts";

function trusts(list: "all" | readonly string[], ...hostnames: string[]): boolean[] {
  const trusted = new TrustedAddresses(list);
  return hostnames.map((hostname) => trusted.has({ hostname, port: 1 }));
}

Deno.test("TrustedAddresses matches addresses and ranges to the bit", () => {
  assertEquals(trusts(["10.0.0.0/8"], "10.255.255.255", "11.0.0.0", "9.255.255.255"), [true, false, false]);
  assertEquals(trusts(["192.0.2.128/25"], "192.0.2.127", "192.0.2.128", "192.0.2.255"), [false, true, true]);
  assertEquals(trusts(["192.0.2.1/32", "192.0.2.4"], "192.0.2.1", "192.0.2.2", "192.0.2.4"), [
    true,
    false,
    true,
  ]);
  assertEquals(trusts(["0.0.0.0/0"], "8.8.8.8", "::1"), [true, false]);
  assertEquals(trusts(["fd00::/8"], "fdff::1", "fe00::1", "10.0.0.1"), [true, false, false]);
  assertEquals(trusts(["2001:db8::/33"], "2001:db8:7fff::", "2001:db8:8000::"), [true, false]);
  assertEquals(trusts(["10.9.9.9/8"], "10.1.1.1"), [true]);
});

Deno.test("TrustedAddresses takes IPv4-mapped addresses for IPv4, and ignores zones", () => {
  assertEquals(trusts(["10.0.0.0/8"], "::ffff:10.0.0.1"), [true]);
  assertEquals(trusts(["::ffff:10.0.0.0/104"], "10.1.2.3", "11.0.0.1"), [true, false]);
  assertEquals(trusts(["fe80::/10"], "fe80::1%eth0"), [true]);
});

Deno.test("TrustedAddresses trusts a Unix socket only where that is said, and text that is no address never", () => {
  const unix = { path: "" };
  assertEquals(new TrustedAddresses(["0.0.0.0/0"]).has(unix), false);
  assertEquals(new TrustedAddresses(["unix"]).has(unix), true);
  assertEquals(new TrustedAddresses("all").has(unix), true);
  assertEquals(trusts(["0.0.0.0/0", "::/0"], "", "localhost"), [false, false]);
  assertEquals(trusts([], "127.0.0.1"), [false]);
});

Deno.test("TrustedAddresses throws on an item that is none, and names it", () => {
  for (
    const item of [
      "",
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.0.0.0/8/8",
      "::/129",
      "::ffff:0.0.0.0/95",
      "host",
      "10.0.0.0/08",
    ]
  ) {
    const error = assertThrows(() => new TrustedAddresses([item], "trustProxy.trusted"), TypeError);
    assertEquals(
      error.message,
      `Cannot use option trustProxy.trusted: "${item}" is not an IP address, a range such as "10.0.0.0/8", or "unix"`,
    );
  }
  for (const list of ["10.0.0.1", null, undefined, 7, [7], [null]]) {
    assertThrows(
      () => new TrustedAddresses(list as unknown as string[]),
      TypeError,
      "Cannot use option trusted: ",
    );
  }
});
