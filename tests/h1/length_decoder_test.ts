import { assertEquals, assertStrictEquals } from "@std/assert";
import { InputBuffer } from "../../src/h1/input_buffer.ts";
import { LengthDecoder } from "../../src/h1/length_decoder.ts";
import { bytesOf, eachSplit, textOf } from "./input.ts";

Deno.test("LengthDecoder.decode() takes the content, however it is split, and nothing behind it", () => {
  eachSplit("hello, GET /", (pieces) => {
    const decoder = new LengthDecoder(7);
    const input = new InputBuffer();
    let content = "";
    for (const piece of pieces) {
      if (piece === "") continue;
      input.push(bytesOf(piece));
      for (let bytes = decoder.decode(input); bytes !== null; bytes = decoder.decode(input)) {
        content += textOf(bytes);
        assertEquals([decoder.left, decoder.done], [7 - content.length, content.length === 7]);
      }
    }
    assertEquals([content, textOf(input.take(100))], ["hello, ", "GET /"]);
  });
});

Deno.test("LengthDecoder.decode() gives nothing where nothing has arrived", () => {
  const decoder = new LengthDecoder(1);
  assertEquals([decoder.decode(new InputBuffer()), decoder.left, decoder.done], [null, 1, false]);
});

Deno.test("LengthDecoder.trailerSection is null: such content has none", () => {
  assertStrictEquals(new LengthDecoder(1).trailerSection, null);
});
