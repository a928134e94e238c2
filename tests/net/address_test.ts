import { assertEquals, assertThrows } from "@std/assert";
import { formatAddress, type ListenAddress, parseAddress } from "../../src/net/address.ts";
import { AddressError } from "../../src/net/errors.ts";

Deno.test("parseAddress() reads every form", () => {
  const cases: [ListenAddress, unknown][] = [
    ["127.0.0.1:8080", { hostname: "127.0.0.1", port: 8080 }],
    ["localhost:0", { hostname: "localhost", port: 0 }],
    ["example.org:65535", { hostname: "example.org", port: 65535 }],
    ["[::1]:80", { hostname: "::1", port: 80 }],
    ["[::]:80", { hostname: "::", port: 80 }],
    ["[fe80::1%eth0]:80", { hostname: "fe80::1%eth0", port: 80 }],
    ["[::ffff:127.0.0.1]:80", { hostname: "::ffff:127.0.0.1", port: 80 }],
    [":8080", { hostname: "", port: 8080 }],
    [{ hostname: "127.0.0.1", port: 1 }, { hostname: "127.0.0.1", port: 1 }],
    [{ hostname: "::1", port: 1 }, { hostname: "::1", port: 1 }],
    [{ hostname: "", port: 0 }, { hostname: "", port: 0 }],
    [{ path: "/run/a socket" }, { path: "/run/a socket" }],
  ];
  for (const [address, expected] of cases) assertEquals<unknown>(parseAddress(address), expected);
});

Deno.test("parseAddress() takes nothing but what it knows from an object", () => {
  const url = new URL("http://localhost:1");
  assertThrows(() => parseAddress(url as unknown as ListenAddress), AddressError);
  const more = { hostname: "a", port: 1, extra: true };
  assertEquals(parseAddress(more), { hostname: "a", port: 1 });
});

Deno.test("parseAddress() throws and says what is wrong", () => {
  const cases: [unknown, string][] = [
    ["", `"": it has no port; write "host:port", ":port" or { path }`],
    ["8080", `"8080": it has no port; write "host:port", ":port" or { path }`],
    ["localhost", `"localhost": it has no port; write "host:port", ":port" or { path }`],
    ["localhost:", `"localhost:": the port "" is not 0 to 65535`],
    ["localhost:http", `"localhost:http": the port "http" is not 0 to 65535`],
    ["localhost:65536", `"localhost:65536": the port "65536" is not 0 to 65535`],
    ["localhost:-1", `"localhost:-1": the port "-1" is not 0 to 65535`],
    ["localhost:1.5", `"localhost:1.5": the port "1.5" is not 0 to 65535`],
    ["localhost: 80", `"localhost: 80": the port " 80" is not 0 to 65535`],
    ["::1:80", `"::1:80": an IPv6 address goes in brackets`],
    ["[localhost]:80", `"[localhost]:80": only an IPv6 address goes in brackets`],
    ["[]:80", `"[]:80": only an IPv6 address goes in brackets`],
    ["[::1%]:80", `"[::1%]:80": "::1%" is not a host name or an IP address`],
    ["[::g]:80", `"[::g]:80": "::g" is not a host name or an IP address`],
    ["a b:80", `"a b:80": "a b" is not a host name or an IP address`],
    ["*:80", `"*:80": "*" is not a host name or an IP address`],
    ["http://a:80", `"http://a:80": an IPv6 address goes in brackets`],
    ["//a:80", `"//a:80": "//a" is not a host name or an IP address`],
    ["user@a:80", `"user@a:80": "user@a" is not a host name or an IP address`],
    [undefined, "the given address: it is undefined, not an address"],
    [null, "the given address: it is null, not an address"],
    [8080, "the given address: it is a number, not an address"],
    [{}, "the given address: the hostname is undefined, not a string"],
    [{ port: 80 }, "the given address: the hostname is undefined, not a string"],
    [{ hostname: "a" }, "the given address: the port is undefined, not a number"],
    [{ hostname: "a", port: "80" }, "the given address: the port is a string, not a number"],
    [{ hostname: "a", port: 1.5 }, "the given address: the port 1.5 is not 0 to 65535"],
    [{ hostname: "a", port: NaN }, "the given address: the port NaN is not 0 to 65535"],
    [{ hostname: "a", port: 65536 }, "the given address: the port 65536 is not 0 to 65535"],
    [{ hostname: "[::1]", port: 80 }, `the given address: "[::1]" is not a host name or an IP address`],
    [{ path: "" }, "the given address: the path is empty"],
    [{ path: 5 }, "the given address: the path is a number, not a string"],
    [{ path: "a\0b" }, "the given address: the path contains a NUL"],
    [{ path: "/a", port: 80 }, "the given address: it has a path and a hostname or port"],
  ];
  for (const [address, words] of cases) {
    const error = assertThrows(() => parseAddress(address as ListenAddress), AddressError);
    assertEquals(error.message, `Cannot listen on ${words}`);
  }
});

Deno.test("formatAddress() writes what parseAddress() reads", () => {
  for (const text of ["127.0.0.1:80", "[::1]:80", ":80", "localhost:0"]) {
    assertEquals(formatAddress(parseAddress(text)), text);
  }
  assertEquals(formatAddress({ path: "/run/a.sock" }), "/run/a.sock");
});
