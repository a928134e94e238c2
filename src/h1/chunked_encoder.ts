import { encodeFields, type HeaderMap } from "../http/header_map.ts";

/** The end of a chunk. */
export const END_OF_CHUNK = "\r\n";

/** Writes the lines of chunked content, RFC 9112 section 7.1. Keeps the last size line: pieces tend to be equally long. */
export class ChunkedEncoder {
  #size = -1;
  #line = "";

  /** The line before a chunk of `size` bytes. */
  sizeLine(size: number): string {
    if (size !== this.#size) {
      this.#size = size;
      this.#line = size.toString(16) + "\r\n";
    }
    return this.#line;
  }
}

/** The last chunk and the trailer section. */
export function lastChunk(trailers: HeaderMap | null): string {
  return `0\r\n${trailers === null ? "" : encodeFields(trailers)}\r\n`;
}
