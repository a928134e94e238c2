import { assertEquals } from "@std/assert";
import { mediaType } from "../../src/files/media_types.ts";

const NONE = new Map<string, string>();

Deno.test("mediaType() goes by the last extension, in any casing", () => {
  const expected: Readonly<Record<string, string>> = {
    "index.html": "text/html; charset=utf-8",
    "INDEX.HTM": "text/html; charset=utf-8",
    "app.min.js": "text/javascript; charset=utf-8",
    "a.json": "application/json",
    "logo.svg": "image/svg+xml",
    "a.tar.gz": "application/gzip",
    "a.wasm": "application/wasm",
    "a.woff2": "font/woff2",
    "a.unknown": "application/octet-stream",
    "LICENSE": "application/octet-stream",
    "ends.": "application/octet-stream",
    ".html": "application/octet-stream",
    "": "application/octet-stream",
    "a.constructor": "application/octet-stream",
    "a.__proto__": "application/octet-stream",
  };
  for (const [name, type] of Object.entries(expected)) assertEquals(mediaType(name, NONE), type, name);
});

Deno.test("mediaType() prefers the types of the program", () => {
  const own = new Map([["ts", "text/typescript; charset=utf-8"], ["html", "text/plain"]]);
  assertEquals(mediaType("mod.ts", own), "text/typescript; charset=utf-8");
  assertEquals(mediaType("a.html", own), "text/plain");
  assertEquals(mediaType("a.css", own), "text/css; charset=utf-8");
});
