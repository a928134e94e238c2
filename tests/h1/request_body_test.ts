import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { RequestHead } from "../../src/http/request_head.ts";
import { bodyDecoder } from "../../src/h1/request_body.ts";
import { ChunkedDecoder } from "../../src/h1/chunked_decoder.ts";
import { InputBuffer } from "../../src/h1/input_buffer.ts";
import { assertRefused, bytesOf, eachSplit, inputOf, textOf } from "./input.ts";

const LIMITS = { maxRequestBodySize: 10, maxHeaderSize: 200, maxHeaderCount: 3 };

function decoderFor(head: Partial<RequestHead>) {
  return bodyDecoder(Object.assign(new RequestHead(), head), LIMITS);
}

Deno.test("bodyDecoder() gives none for a request without content", () => {
  assertEquals(decoderFor({}), null);
  assertEquals(decoderFor({ contentLength: 0 }), null);
});

Deno.test("bodyDecoder() gives a ChunkedDecoder with the limits for chunked content", () => {
  const decoder = decoderFor({ chunked: true });
  assertInstanceOf(decoder, ChunkedDecoder);
  assertRefused(() => decoder?.decode(inputOf("b\r\n")), 413, "The content is too large");
});

Deno.test("bodyDecoder() takes the greatest Content-Length, and answers 413 to a greater", () => {
  assertEquals(decoderFor({ contentLength: 10 })?.left, 10);
  for (const contentLength of [11, Number.MAX_SAFE_INTEGER]) {
    assertRefused(() => decoderFor({ contentLength }), 413, "The content is too large");
  }
});

Deno.test("bodyDecoder() decodes content of known length, however it is split, and nothing behind it", () => {
  eachSplit("hello, GET /", (pieces) => {
    const decoder = decoderFor({ contentLength: 7 })!;
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
    assertStrictEquals(decoder.trailerSection, null);
  });
});

Deno.test("bodyDecoder() decodes nothing where nothing has arrived", () => {
  const decoder = decoderFor({ contentLength: 1 })!;
  assertEquals([decoder.decode(new InputBuffer()), decoder.left, decoder.done], [null, 1, false]);
});
