import { assertEquals, assertNotStrictEquals } from "@std/assert";
import { hiddenPartsReader } from "../../src/server/hidden_parts.ts";

const read = hiddenPartsReader();
const TEXT = [["content-type", "text/plain;charset=UTF-8"]];

Deno.test("hiddenPartsReader() finds what this Deno keeps", () => {
  assertNotStrictEquals(read, null);
  assertEquals(read!(new Response("text")), { body: "text", fields: TEXT });
  assertEquals(read!(new Response("")), { body: "", fields: TEXT });
  const json = Response.json({ a: 1 });
  assertEquals(read!(json), { body: '{"a":1}', fields: [["content-type", "application/json"]] });
  assertEquals(read!(new Response(null)), { body: null, fields: null });
  assertEquals(read!(new Response(Uint8Array.of(1))), { body: Uint8Array.of(1), fields: null });
});

Deno.test("hiddenPartsReader() leaves fields to the runtime that were given or may have been changed", () => {
  const touched = new Response("text");
  touched.headers.delete("content-type");
  const changed = Response.json("text");
  changed.headers.append("a", "1");
  const given = new Response("text", { headers: { a: "1" } });
  for (const web of [touched, changed, given, new Response("text", { headers: [["content-type", "a/b"]] })]) {
    assertEquals(read!(web)?.fields, null);
  }
});

Deno.test("hiddenPartsReader() knows nothing of a body that has been used, or is a stream", async () => {
  const used = [new Response("text"), Response.json("text"), new Response("text", { headers: { a: "1" } })];
  for (const web of used) {
    await web.text();
    assertEquals(read!(web), null);
  }
  const stream = new Response(new Blob(["text"]).stream());
  assertEquals(read!(stream), null);
  await stream.text();
});
