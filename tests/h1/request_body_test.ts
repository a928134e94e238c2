import { assertEquals, assertInstanceOf } from "@std/assert";
import { ReceivedHead } from "../../src/h1/received_head.ts";
import { ChunkedDecoder } from "../../src/h1/chunked_decoder.ts";
import { LengthDecoder } from "../../src/h1/length_decoder.ts";
import { bodyDecoder } from "../../src/h1/request_body.ts";
import { assertRefused, inputOf } from "./input.ts";

const LIMITS = { maxRequestBodySize: 10, maxHeaderSize: 200, maxHeaderCount: 3 };

function decoderFor(head: Partial<ReceivedHead>) {
  return bodyDecoder(Object.assign(new ReceivedHead(), head), LIMITS);
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
  const decoder = decoderFor({ contentLength: 10 });
  assertInstanceOf(decoder, LengthDecoder);
  assertEquals(decoder?.left, 10);
  for (const contentLength of [11, Number.MAX_SAFE_INTEGER]) {
    assertRefused(() => decoderFor({ contentLength }), 413, "The content is too large");
  }
});
