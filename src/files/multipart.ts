import type { ByteRange } from "./byte_ranges.ts";

/** The content of a `multipart/byteranges` response (RFC 9110 section 14.6). */
export interface Multipart {
  /** The value of `content-type`, with the boundary. */
  readonly contentType: string;
  /** The heads of the parts in ASCII, and the parts. */
  readonly pieces: readonly (string | ByteRange)[];
  /** Bytes of all of it. */
  readonly length: number;
}

/**
 * Lays out several ranges of a file as parts.
 *
 * @param ranges The ranges, in the order in which they are to be sent.
 * @param size Bytes of the file.
 * @param type The media type of the file, in ASCII.
 */
export function multipart(ranges: readonly ByteRange[], size: number, type: string): Multipart {
  const boundary = randomBoundary();
  const pieces: (string | ByteRange)[] = [];
  let length = 0;
  let before = "";
  for (const range of ranges) {
    const { start, end } = range;
    const head = `${before}--${boundary}\r\ncontent-type: ${type}\r\n` +
      `content-range: bytes ${start}-${end - 1}/${size}\r\n\r\n`;
    pieces.push(head, range);
    length += head.length + end - start;
    before = "\r\n";
  }
  const close = `\r\n--${boundary}--\r\n`;
  pieces.push(close);
  return { contentType: `multipart/byteranges; boundary=${boundary}`, pieces, length: length + close.length };
}

/** 128 random bits: no file can be made to hold the boundary of a later response. */
function randomBoundary(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
