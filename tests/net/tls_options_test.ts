import { assertEquals, assertThrows } from "@std/assert";
import { findByServerName, type TlsOptions } from "../../src/net/tls.ts";
import { checkTlsOptions } from "../../src/net/tls_options.ts";

const PAIR = { cert: "a", key: "b" };

Deno.test("checkTlsOptions() takes every option of TLS, and leaves others", () => {
  const options = {
    cert: new Uint8Array([1]),
    key: "b",
    passphrase: "",
    certificates: { "a.test": PAIR, "*.b.test": { ...PAIR, passphrase: "c" } },
    ca: ["d", new Uint8Array([2])],
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.3",
    alpnProtocols: ["h2", "http/1.1"],
  } as const;
  assertEquals<unknown>(checkTlsOptions({ ...options, limits: {} } as TlsOptions), options);
  assertEquals(checkTlsOptions(PAIR), PAIR);
});

Deno.test("checkTlsOptions() names the option that is wrong, and says why", () => {
  const notPem = "it is not a PEM string or its bytes";
  const cases: [unknown, string][] = [
    [{ key: "b" }, `cert: ${notPem}`],
    [{ cert: "a" }, `key: ${notPem}`],
    [{ ...PAIR, cert: new Uint8Array(0) }, `cert: ${notPem}`],
    [{ ...PAIR, passphrase: 5 }, "passphrase: it is not a string"],
    [{ ...PAIR, certificates: null }, "certificates: it is not an object of certificates by server name"],
    [{ ...PAIR, certificates: { "a.test": null } }, `certificates["a.test"].cert: ${notPem}`],
    [{ ...PAIR, certificates: { "a.test": { cert: "a" } } }, `certificates["a.test"].key: ${notPem}`],
    [
      { ...PAIR, certificates: { "A.test": PAIR } },
      `certificates: "A.test" is not a server name in lower case`,
    ],
    [{ ...PAIR, certificates: { "a.*": PAIR } }, `certificates: "a.*" is not a server name in lower case`],
    [{ ...PAIR, ca: [] }, "ca: it is not a PEM string or its bytes, nor a list of them"],
    [{ ...PAIR, requestCert: 1 }, "requestCert: it is not true or false"],
    [{ ...PAIR, requestCert: true }, "requestCert: without ca no client could be authorized"],
    [{ ...PAIR, minVersion: "TLSv1.1" }, "minVersion: TLSv1.1 is not TLSv1.2 or TLSv1.3"],
    [{ ...PAIR, alpnProtocols: [] }, "alpnProtocols: it is not a list of names of 1 to 255 ASCII characters"],
    [
      { ...PAIR, alpnProtocols: ["é"] },
      "alpnProtocols: it is not a list of names of 1 to 255 ASCII characters",
    ],
  ];
  for (const [options, words] of cases) {
    const error = assertThrows(() => checkTlsOptions(options as TlsOptions));
    assertEquals((error as Error).message, `Cannot use option ${words}`);
  }
});

Deno.test("findByServerName() prefers the name itself, and lets a wildcard stand for one label", () => {
  const byName = new Map([["a.test", 1], ["*.test", 2], ["*.b.test", 3]]);
  const found = ["a.test", "A.Test", "c.test", "x.b.test", "x.y.b.test", "test", ""]
    .map((name) => findByServerName(byName, name));
  assertEquals(found, [1, 1, 2, 3, undefined, undefined, undefined]);
});
