import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { formatAddress, type ListenAddress, parseAddress } from "../../src/net/address.ts";
import { AddressError } from "../../src/net/errors.ts";

const ALONE = "a URL to listen on has a host and a port alone";

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
    [{ path: "/run/a", mode: 0o660 }, { path: "/run/a", mode: 0o660 }],
    ["http://localhost:8080", { hostname: "localhost", port: 8080 }],
    ["HTTP://127.0.0.1:8080/", { hostname: "127.0.0.1", port: 8080 }],
    ["http://[::1]:0", { hostname: "::1", port: 0 }],
    ["http://example.org", { hostname: "example.org", port: 80 }],
    [new URL("http://localhost:1"), { hostname: "localhost", port: 1 }],
    [new URL("http://[::]/"), { hostname: "::", port: 80 }],
    [8080, { hostname: "", port: 8080 }],
    [0, { hostname: "", port: 0 }],
    [{ port: 80 }, { hostname: "", port: 80 }],
  ];
  for (const [address, expected] of cases) assertEquals<unknown>(parseAddress(address), expected);
});

Deno.test("parseAddress() reads the URL of a secure server", () => {
  assertEquals(parseAddress("https://localhost:1", "https"), { hostname: "localhost", port: 1 });
  assertEquals(parseAddress("https://localhost", "https"), { hostname: "localhost", port: 443 });
  assertEquals(parseAddress("localhost:1", "https"), { hostname: "localhost", port: 1 });
  for (const url of ["http://localhost:1", new URL("http://localhost:1")]) {
    const error = assertThrows(() => parseAddress(url, "https"), AddressError);
    assertMatch(error.message, /: the scheme is http, not https, which is for Server.http$/);
  }
});

Deno.test("parseAddress() takes nothing but what it knows from an object", () => {
  const more = { hostname: "a", port: 1, extra: true };
  assertEquals(parseAddress(more), { hostname: "a", port: 1 });
});

Deno.test("parseAddress() throws and says what is wrong", () => {
  const cases: [unknown, string][] = [
    ["https://a:80", `"https://a:80": the scheme is https, not http, which is for Server.https`],
    ["unix:///run/a", `"unix:///run/a": the scheme is unix, not http`],
    ["http://a:80/b", `"http://a:80/b": it has a path; ${ALONE}`],
    ["http://a:80/?b", `"http://a:80/?b": it has a query; ${ALONE}`],
    ["http://a:80/#b", `"http://a:80/#b": it has a fragment; ${ALONE}`],
    ["http://b@a:80", `"http://b@a:80": it has a user name or password; ${ALONE}`],
    [new URL("http://a:80/b"), `"http://a/b": it has a path; ${ALONE}`],
    ["http://:80", `"http://:80": it is not a valid URL`],
    ["http://a:65536", `"http://a:65536": it is not a valid URL`],
    ["http://*:80", `"http://*:80": "*" is not a host name or an IP address`],
    ["x:y:80", `"x:y:80": "x:y" is not a host name or an IP address`],
    ["", `"": it has no port; write "host:port", ":port" or { path }`],
    ["8080", `"8080": it has no host; write ":8080" or the number 8080`],
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
    ["//a:80", `"//a:80": "//a" is not a host name or an IP address`],
    ["user@a:80", `"user@a:80": "user@a" is not a host name or an IP address`],
    [undefined, "the given address: it is undefined, not an address"],
    [null, "the given address: it is null, not an address"],
    [65536, "the given address: the port 65536 is not 0 to 65535"],
    [NaN, "the given address: the port NaN is not 0 to 65535"],
    [true, "the given address: it is a boolean, not an address"],
    [{}, "the given address: the port is undefined, not a number"],
    [{ hostname: null, port: 80 }, "the given address: the hostname is null, not a string"],
    [{ port: 80, mode: 0o600 }, "the given address: it has a mode, which is for a path alone"],
    [{ path: "/a", mode: "600" }, "the given address: the mode is a string, not a number"],
    [{ path: "/a", mode: 0o1777 }, "the given address: the mode 1023 is not 0 to 0o777"],
    [{ path: "/a", mode: -1 }, "the given address: the mode -1 is not 0 to 0o777"],
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
