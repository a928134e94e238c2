import { assertEquals } from "@std/assert";
import { ReceivedHost, RequestHead } from "../../src/http/request_head.ts";

Deno.test("RequestHead holds nothing at first", () => {
  const head = new RequestHead();
  assertEquals([head.method, head.form, head.minorVersion, head.host], ["", "origin", 1, null]);
  assertEquals([head.target(), head.fields().raw(), head.hasBody()], ["", [], false]);
});

Deno.test("ReceivedHost.text is decoded once", () => {
  const bytes = new TextEncoder().encode("Host: a.example");
  const host = new ReceivedHost(bytes, 6, bytes.length);
  assertEquals(host.text, "a.example");
  bytes.fill(0);
  assertEquals(host.text, "a.example");
});
