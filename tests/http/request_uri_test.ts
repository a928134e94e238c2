import { assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { RequestUri, type TargetForm } from "../../src/http/request_uri.ts";

interface Expected {
  path: string;
  query?: string;
  authority?: string;
  scheme?: string;
}

function check(form: TargetForm, raw: string, expected: Expected): void {
  Deno.test(`RequestUri splits ${raw} in ${form}-form`, () => {
    const uri = new RequestUri(raw, form);
    assertEquals(uri.form, form);
    assertEquals(uri.raw, raw);
    assertEquals(uri.toString(), raw);
    assertEquals(`${uri}`, raw);
    assertEquals(uri.path, expected.path);
    assertEquals(uri.query, expected.query ?? null);
    assertEquals(uri.authority, expected.authority ?? null);
    assertEquals(uri.scheme, expected.scheme ?? null);
  });
}

check("origin", "/", { path: "/" });
check("origin", "/where?q=now", { path: "/where", query: "q=now" });
check("origin", "/where?", { path: "/where", query: "" });
check("origin", "/?a?b=c", { path: "/", query: "a?b=c" });
check("origin", "//host/path", { path: "//host/path" });
check("origin", "/a%2Fb/../c;d=e", { path: "/a%2Fb/../c;d=e" });
check("origin", "/http://a/b?c=http://d/", { path: "/http://a/b", query: "c=http://d/" });
check("origin", "/*", { path: "/*" });
check("asterisk", "*", { path: "*" });
check("authority", "a.example:443", { path: "", authority: "a.example:443" });
check("authority", "[::1]:80", { path: "", authority: "[::1]:80" });

check("absolute", "http://a.example/where?q=now", {
  scheme: "http",
  authority: "a.example",
  path: "/where",
  query: "q=now",
});
check("absolute", "http://a.example", { scheme: "http", authority: "a.example", path: "/" });
check("absolute", "http://a.example/", { scheme: "http", authority: "a.example", path: "/" });
check("absolute", "http://a.example?q", { scheme: "http", authority: "a.example", path: "/", query: "q" });
check("absolute", "http://a.example:8080?q=/x:y/", {
  scheme: "http",
  authority: "a.example:8080",
  path: "/",
  query: "q=/x:y/",
});
check("absolute", "HTTPS://[2001:db8::1]:8443//x", {
  scheme: "https",
  authority: "[2001:db8::1]:8443",
  path: "//x",
});
check("absolute", "urn:example:animal?x", { scheme: "urn", path: "example:animal", query: "x" });
check("absolute", "file:///etc", { scheme: "file", authority: "", path: "/etc" });

Deno.test("RequestUri cannot be changed", () => {
  const uri = new RequestUri("/a?b", "origin");
  for (const name of ["form", "raw", "path", "query", "authority", "scheme"]) {
    assertEquals(Reflect.set(uri, name, "x"), false, name);
  }
  assertEquals([uri.raw, uri.path, uri.query], ["/a?b", "/a", "b"]);
});

Deno.test("RequestUri loses nothing of an origin-form target", () => {
  fc.assert(fc.property(fc.webPath(), fc.option(fc.webQueryParameters()), (path, query) => {
    const raw = `/${path}` + (query === null ? "" : `?${query}`);
    const uri = new RequestUri(raw, "origin");
    assertEquals(uri.path, `/${path}`);
    assertEquals(uri.query, query);
  }));
});

Deno.test("RequestUri agrees with URL on absolute-form targets that need no normalizing", () => {
  const url = fc.webUrl({ withQueryParameters: true, authoritySettings: { withPort: true } });
  fc.assert(fc.property(url, (raw) => {
    const expected = new URL(raw);
    fc.pre(expected.href === raw);
    const uri = new RequestUri(raw, "absolute");
    assertEquals(`${uri.scheme}:`, expected.protocol);
    assertEquals(uri.authority, expected.host);
    assertEquals(uri.path, expected.pathname);
    assertEquals(uri.query ?? "", expected.search.slice(1));
  }));
});

Deno.test("RequestUri accepts any text without throwing", () => {
  const form = fc.constantFrom<TargetForm>("origin", "absolute", "authority", "asterisk");
  fc.assert(fc.property(fc.string({ unit: "binary" }), form, (raw, form) => {
    const uri = new RequestUri(raw, form);
    assertEquals([typeof uri.path, uri.raw], ["string", raw]);
  }));
});
