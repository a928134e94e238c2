import { encodeFields, type HeaderMap } from "../http/header_map.ts";
import type { BodyFraming } from "../h1/response_framing.ts";
import type { Output } from "./output.ts";

// Pieces tend to be as large as the one before, and to write a number in hexadecimal takes V8 0.1 us.
let lastSize = -1;
let lastLine = "";

/** The line before a chunk, RFC 9112 section 7.1. */
function sizeLine(size: number): string {
  if (size !== lastSize) {
    lastSize = size;
    lastLine = size.toString(16) + "\r\n";
  }
  return lastLine;
}

/**
 * Writes a piece of content in its framing.
 *
 * @param output Where it goes.
 * @param framing As the head has announced it; not `none`.
 * @param data ASCII text, or bytes.
 */
export function writeContent(output: Output, framing: BodyFraming, data: string | Uint8Array): void {
  if (framing.kind !== "chunked") {
    if (framing.kind === "length") framing.left -= data.length;
    output.write(data);
  } else {
    output.add(sizeLine(data.length));
    output.add(data);
    output.write("\r\n");
  }
}

/**
 * Writes what ends the content, where its framing has an end of its own.
 *
 * @param trailers The fields behind chunked content; `null` where there are none.
 */
export function endContent(output: Output, framing: BodyFraming, trailers: HeaderMap | null): void {
  if (framing.kind !== "chunked") return;
  output.writeHead(`0\r\n${trailers === null ? "" : encodeFields(trailers)}\r\n`, trailers);
}
