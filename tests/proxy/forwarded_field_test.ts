import { assertEquals } from "@std/assert";
import { forwardedHops } from "../../src/proxy/forwarded_field.ts";
import type { ForwardedHop } from "../../src/proxy/forwarded_hop.ts";

/** The hops of a value in short: address, scheme, host. */
function hops(value: string): string[] {
  return Array.from(forwardedHops(value), inShort);
}

function inShort({ address, secure, host }: ForwardedHop): string {
  const node = address === null
    ? "?"
    : "path" in address
    ? address.path
    : `${address.hostname} ${address.port}`;
  return [node, ...(secure === null ? [] : [secure ? "https" : "http"]), ...(host === null ? [] : [host])]
    .join(" ");
}

Deno.test("forwardedHops() reads the examples of RFC 7239, the last hop first", () => {
  assertEquals(hops(`for="_gazonk"`), ["?"]);
  assertEquals(hops(`For="[2001:db8:cafe::17]:4711"`), ["2001:db8:cafe::17 4711"]);
  assertEquals(hops("for=192.0.2.60;proto=http;by=203.0.113.43"), ["192.0.2.60 0 http"]);
  assertEquals(hops("for=192.0.2.43, for=198.51.100.17"), ["198.51.100.17 0", "192.0.2.43 0"]);
  assertEquals(hops(`for=192.0.2.43,for="[2001:db8:cafe::17]",for=unknown`), [
    "?",
    "2001:db8:cafe::17 0",
    "192.0.2.43 0",
  ]);
  assertEquals(hops("for=192.0.2.43,for=198.51.100.17;by=203.0.113.60;proto=http;host=example.com"), [
    "198.51.100.17 0 http example.com",
    "192.0.2.43 0",
  ]);
  assertEquals(hops("for=_hidden, for=_SEVKISEK"), ["?", "?"]);
  assertEquals(hops(`for="192.0.2.43:47011"`), ["192.0.2.43 47011"]);
  assertEquals(hops(`for="192.0.2.43:_port"`), ["192.0.2.43 0"]);
});

Deno.test("forwardedHops() takes names and schemes in any case, blanks between, and quoted pairs", () => {
  assertEquals(hops(`FOR=192.0.2.1 ; Proto=HTTPS;HOST="a.example:8443"`), [
    "192.0.2.1 0 https a.example:8443",
  ]);
  assertEquals(hops(`\tfor=192.0.2.1\t,  for=192.0.2.2 `), ["192.0.2.2 0", "192.0.2.1 0"]);
  assertEquals(hops(String.raw`for="192\.0.2.1"`), ["192.0.2.1 0"]);
  assertEquals(hops(`proto=wss;for="[::ffff:192.0.2.1]"`), ["192.0.2.1 0 https"]);
  assertEquals(hops(`for=192.0.2.1;secret="a,b;c=\\"d\\\\"`), ["192.0.2.1 0"]);
});

Deno.test("forwardedHops() ignores empty elements and parameters", () => {
  assertEquals(hops(""), []);
  assertEquals(hops(" , ,"), []);
  assertEquals(hops(", for=192.0.2.1,,"), ["192.0.2.1 0"]);
  assertEquals(hops(";for=192.0.2.1;;"), ["192.0.2.1 0"]);
  assertEquals(hops(";"), ["?"]);
  assertEquals(hops("proto=https"), ["? https"]);
});

Deno.test("forwardedHops() ends before the first hop that is malformed", () => {
  const malformed = [
    "x",
    "=",
    "for=",
    "=192.0.2.1",
    `for="192.0.2.1`,
    `for=192.0.2.1"`,
    String.raw`for="192.0.2.1\"`,
    `for="a"b"`,
    `for=192.0.2.1 proto=http`,
    `for = 192.0.2.1`,
    "for=192.0.2.1;for=192.0.2.2",
    "for=192.0.2.1:80",
    "for=[2001:db8::1]",
    `for="2001:db8::1"`,
    `for="[192.0.2.1]"`,
    `for="[2001:db8::1"`,
    `for="192.0.2.1:65536"`,
    `for="192.0.2.1:"`,
    "for=192.0.2.256",
    "for=example.com",
    "for=_",
    `for=""`,
    "proto=ftp;for=192.0.2.1",
    `host="a/b";for=192.0.2.1`,
    `host="a@b";for=192.0.2.1`,
    `host="a b";for=192.0.2.1`,
    `host="";for=192.0.2.1`,
    "f\u00f6r=192.0.2.1",
  ];
  for (const element of malformed) {
    assertEquals(hops(`for=192.0.2.8, ${element}, for=192.0.2.9`), ["192.0.2.9 0"], element);
    assertEquals(hops(element), [], element);
  }
});

Deno.test("forwardedHops() reads a proxy's part whatever a client has put before it", () => {
  for (
    const client of [
      `for="`,
      `for="a, for=b`,
      `"`,
      `\\`,
      `for="\\`,
      `x="a\\", y=b`,
      ";;;",
      "for=192.0.2.66;host=",
      "\u0000",
    ]
  ) {
    const value = `${client}, for="[2001:db8::1]:7";proto=https`;
    assertEquals(hops(value)[0], "2001:db8::1 7 https", client);
  }
});

Deno.test("forwardedHops() takes time in proportion to the length", () => {
  const started = performance.now();
  for (const piece of ["\\", `"`, ",", ";", "=", "a=b;", "for=1.1.1.1,", `a="`, `\\"`]) {
    hops(piece.repeat(32_768 / piece.length));
  }
  const elapsed = performance.now() - started;
  assertEquals(elapsed < 2000, true, `it took ${elapsed} ms`);
});
