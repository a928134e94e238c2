import { assertEquals, assertThrows } from "@std/assert";
import { TrustProxy, type TrustProxyOptions } from "../../src/proxy/trust_proxy.ts";

const PEER = { hostname: "10.0.0.1", port: 5000 };
const STRANGER = { hostname: "192.0.2.66", port: 5000 };

function client(options: TrustProxyOptions, fields: Record<string, string>, peer = PEER): unknown {
  return new TrustProxy(options).client(peer, (name) => fields[name] ?? null);
}

const forwarded: TrustProxyOptions = { trusted: ["10.0.0.0/8"], header: "forwarded" };
const xForwarded: TrustProxyOptions = { trusted: ["10.0.0.0/8"], header: "x-forwarded" };

Deno.test("TrustProxy.client() believes no peer but the trusted ones", () => {
  const fields = { forwarded: "for=192.0.2.1;proto=https;host=a", "x-forwarded-for": "192.0.2.1" };
  for (const options of [forwarded, xForwarded]) {
    assertEquals(client(options, fields, STRANGER), { address: STRANGER, secure: null, host: null });
    assertEquals(new TrustProxy(options).trusts(STRANGER), false);
    assertEquals(new TrustProxy(options).trusts(PEER), true);
  }
});

Deno.test("TrustProxy.client() finds the first untrusted address from the right, with the scheme and host of its hop", () => {
  const value = "for=198.51.100.1;proto=http;host=evil.example, for=192.0.2.1;proto=https;host=a.example, " +
    "for=10.0.0.2;proto=http;host=inner.example";
  assertEquals(client(forwarded, { forwarded: value }), {
    address: { hostname: "192.0.2.1", port: 0 },
    secure: true,
    host: "a.example",
  });
  const fields = {
    "x-forwarded-for": "198.51.100.1, 192.0.2.1, 10.0.0.2",
    "x-forwarded-proto": "http, https, http",
    "x-forwarded-host": "evil.example, a.example, inner.example",
  };
  assertEquals(client(xForwarded, fields), {
    address: { hostname: "192.0.2.1", port: 0 },
    secure: true,
    host: "a.example",
  });
});

Deno.test("TrustProxy.client() looks at one kind of field alone", () => {
  const fields = { forwarded: "for=192.0.2.1", "x-forwarded-for": "192.0.2.2", "x-forwarded-proto": "https" };
  assertEquals(client(forwarded, fields), {
    address: { hostname: "192.0.2.1", port: 0 },
    secure: null,
    host: null,
  });
  assertEquals(client(xForwarded, { forwarded: "for=192.0.2.1;proto=https" }), {
    address: PEER,
    secure: null,
    host: null,
  });
});

Deno.test("TrustProxy.client() takes the first address where every one is trusted", () => {
  assertEquals(client(forwarded, { forwarded: "for=10.0.0.3;proto=https, for=10.0.0.2" }), {
    address: { hostname: "10.0.0.3", port: 0 },
    secure: true,
    host: null,
  });
  assertEquals(client({ ...xForwarded, trusted: "all" }, { "x-forwarded-for": "192.0.2.1, 192.0.2.2" }), {
    address: { hostname: "192.0.2.1", port: 0 },
    secure: null,
    host: null,
  });
});

Deno.test("TrustProxy.client() stops at a node that is unknown, obfuscated or malformed", () => {
  for (const node of ["unknown", "_hidden"]) {
    assertEquals(client(forwarded, { forwarded: `for=192.0.2.1, for=${node};proto=https, for=10.0.0.2` }), {
      address: { hostname: "10.0.0.2", port: 0 },
      secure: true,
      host: null,
    });
  }
  assertEquals(
    client(forwarded, { forwarded: `for=192.0.2.1, for=x;proto=https, for=10.0.0.2;proto=http` }),
    {
      address: { hostname: "10.0.0.2", port: 0 },
      secure: false,
      host: null,
    },
  );
  assertEquals(client(xForwarded, { "x-forwarded-for": "192.0.2.1, junk, 10.0.0.2" }), {
    address: { hostname: "10.0.0.2", port: 0 },
    secure: null,
    host: null,
  });
});

Deno.test("TrustProxy throws on options that are none", () => {
  const headers: unknown[] = [undefined, "Forwarded", "x-forwarded-for", null];
  for (const header of headers) {
    assertThrows(
      () => new TrustProxy({ trusted: "all", header } as TrustProxyOptions),
      TypeError,
      "Cannot use option trustProxy.header: ",
    );
  }
  assertThrows(
    () => new TrustProxy({ trusted: ["x"], header: "forwarded" }),
    TypeError,
    "Cannot use option trustProxy.trusted: ",
  );
});
