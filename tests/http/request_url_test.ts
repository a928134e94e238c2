import { assertEquals } from "@std/assert";
import { RequestUri } from "../../src/http/request_uri.ts";
import { RequestUrls } from "../../src/http/request_url.ts";

/** Returns the URL of a request to a server whose port is unknown. */
function urlOf(urls: RequestUrls, target: string, host: string, form: RequestUri["form"] = "origin") {
  return urls.of(new RequestUri(target, form), host, 0);
}

const PATHS = [
  "/",
  "/a/b",
  "/a//b",
  "/.",
  "/..",
  "/a/./b",
  "/a/%2e%2E/b",
  "/.well-known/x",
  "/a.b/c..d",
  "/%41%zz",
  "//x",
];
const CHARACTERS = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).filter((c) =>
  c !== "#"
);
const HOSTS = [
  "a",
  "a.example",
  "A.Example",
  "a.example.",
  "a_b.example",
  "a-b.example:8080",
  "a:80",
  "a:443",
  "a:080",
  "a:",
  "a:65535",
  "127.0.0.1",
  "127.1:8080",
  "0x7f.1",
  "1",
  "a.1",
  "[::1]",
  "[0:0::1]:81",
  "xn--bcher-kva.example",
  "xn--",
  "a:65536",
  "1.2.3.999",
  "%61.example",
];

for (const scheme of ["http", "https"] as const) {
  Deno.test(`RequestUrls makes the same ${scheme} URL as URL does`, () => {
    const urls = new RequestUrls(scheme);
    const check = (host: string, target: string) => {
      const url = urlOf(urls, target, host);
      assertEquals(url, URL.parse(`${scheme}://${host}${target}`)?.href ?? null, `${host} ${target}`);
    };
    for (const host of HOSTS) {
      for (const path of PATHS) {
        for (let time = 0; time < 2; time++) check(host, path);
        check(host, `${path}?a=1&b=/../c`);
      }
    }
    for (const character of CHARACTERS) {
      check("a", `/x${character}y`);
      check("a", `/x?y${character}z`);
    }
  });
}

Deno.test("RequestUrls supports every form of target", () => {
  const urls = new RequestUrls("http");
  assertEquals(urlOf(urls, "http://B.example:80/a?b", "ignored", "absolute"), "http://b.example/a?b");
  assertEquals(urlOf(urls, "https://b.example", "ignored", "absolute"), "https://b.example/");
  assertEquals(urlOf(urls, "b.example:443", "b.example:443", "authority"), "http://b.example:443/");
  assertEquals(urlOf(urls, "*", "b.example", "asterisk"), "http://b.example/");
  assertEquals(urlOf(urls, "*", "a b", "asterisk"), null);
  assertEquals(urlOf(urls, "/a", "1.2.3.999"), null);
});

Deno.test("RequestUrls remembers origins, up to a few hundred, and no long ones", () => {
  const { parse } = URL;
  let parsed = 0;
  URL.parse = (...args) => {
    parsed++;
    return parse.apply(URL, args);
  };
  try {
    const urls = new RequestUrls("http");
    const parses = (host: string) => {
      const before = parsed;
      assertEquals(urlOf(urls, "/", host), `http://${host.toLowerCase()}/`);
      return parsed - before;
    };
    // Capital letters force the URL parser to be called.
    assertEquals([parses("A"), parses("A")], [1, 0]);
    const long = "A".repeat(60) + ".B".repeat(101);
    assertEquals([parses(long), parses(long)], [1, 1]);
    for (let n = 0; n < 300; n++) assertEquals(parses(`A${n}`), 1);
    assertEquals([parses("A"), parses("A")], [1, 0]);
  } finally {
    URL.parse = parse;
  }
});

Deno.test("RequestUrls.of() uses localhost and the port of the listener if Host is empty", () => {
  const of = (scheme: "http" | "https", port: number, target = "/a", form: RequestUri["form"] = "origin") =>
    new RequestUrls(scheme).of(new RequestUri(target, form), "", port);
  assertEquals(of("http", 8080), "http://localhost:8080/a");
  assertEquals(of("http", 8080, "*", "asterisk"), "http://localhost:8080/");
  assertEquals([of("http", 80), of("https", 443)], ["http://localhost/a", "https://localhost/a"]);
  assertEquals([of("https", 80), of("http", 0)], ["https://localhost:80/a", "http://localhost/a"]);
  assertEquals(of("http", 8080, "http://b/c", "absolute"), "http://b/c");
});
