import { assertEquals, assertStrictEquals } from "@std/assert";
import { InputBuffer } from "../../src/h1/input_buffer.ts";
import { LengthDecoder } from "../../src/h1/length_decoder.ts";
import { decodePieces, eachSplit, textOf } from "./input.ts";

Deno.test("LengthDecoder.decode() takes the content, however it is split, and nothing behind it", () => {
  eachSplit("hello, GET /", (pieces) => {
    const decoder = new LengthDecoder(7);
    let content = "";
    const left = decodePieces(decoder, pieces, (bytes) => {
      content += textOf(bytes);
      assertEquals([decoder.left, decoder.done], [7 - content.length, content.length === 7]);
    });
    assertEquals([content, left], ["hello, ", "GET /"]);
  });
});

Deno.test("LengthDecoder.decode() gives nothing where nothing has arrived", () => {
  const decoder = new LengthDecoder(1);
  assertEquals([decoder.decode(new InputBuffer()), decoder.left, decoder.done], [null, 1, false]);
});

Deno.test("LengthDecoder.trailerSection is null: such content has none", () => {
  assertStrictEquals(new LengthDecoder(1).trailerSection, null);
});
