import { encodeFields, type HeaderMap } from "../http/header_map.ts";

/** The end of a chunk. */
export const END_OF_CHUNK = "\r\n";

/**
 * Writes the lines of chunked content, RFC 9112 section 7.1. The last size line is cached, because
 * consecutive pieces often have equal sizes.
 */
export class ChunkedEncoder {
  #size = -1;
  #line = "";

  /** Writes the line before a chunk of `size` bytes. */
  sizeLine(size: number): string {
    if (size !== this.#size) {
      this.#size = size;
      this.#line = size.toString(16) + "\r\n";
    }
    return this.#line;
  }
}

/** Writes the last chunk and the trailer section. */
export function lastChunk(trailers: HeaderMap | null): string {
  return `0\r\n${trailers === null ? "" : encodeFields(trailers)}\r\n`;
}
