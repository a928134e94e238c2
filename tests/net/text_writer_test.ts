import { assertEquals } from "@std/assert";
import { TextWriter } from "../../src/net/text_writer.ts";

const writer = new TextWriter();
const decoder = new TextDecoder();

/** What lies in a buffer after a text has been written into it, with a mark before and behind. */
function written(text: string, at: number): string {
  const target = new Uint8Array(at + text.length + 1).fill(0x2e);
  writer.write(text, target, at);
  assertEquals([...target.subarray(0, at)], new Array(at).fill(0x2e));
  assertEquals(target.at(-1), 0x2e);
  return decoder.decode(target.subarray(at, at + text.length));
}

Deno.test("TextWriter.write() writes text of every length, wherever it is to begin", () => {
  for (let length = 0; length < 100; length++) {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(0x20 + (i * 7 + length) % 95)).join("");
    for (const at of [0, 1, 50]) assertEquals(written(text, at), text);
  }
});

Deno.test("TextWriter.write() writes what it is told, whatever it has come to know", () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";
  const others = [head.replace("200", "201"), head + "x", head.slice(1), "y".repeat(3000)];
  for (const other of others) {
    // It is known once it has come twice in a row.
    for (const text of [head, head, head, other, head, other, other, other, head]) {
      for (const at of [0, 3]) assertEquals(written(text, at), text);
    }
  }
});

Deno.test("TextWriter.write() knows the bytes themselves, not where they were written", () => {
  const text = "HTTP/1.1 204 No Content\r\nx-one: two\r\n";
  const target = new Uint8Array(100);
  writer.write(text, target, 0);
  writer.write(text, target, 0);
  target.fill(0x21);
  assertEquals(written(text, 0), text);
});
