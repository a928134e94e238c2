import { HttpError } from "../http/errors.ts";
import type { RequestHead } from "../http/request_head.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";
import type { InputBuffer } from "./input_buffer.ts";

/** How large a request's content may be. */
export interface BodyLimits {
  /** Bytes of content. */
  readonly maxRequestBodySize: number;
  /** Bytes of the trailer section. */
  readonly maxHeaderSize: number;
  /** Number of trailer fields. */
  readonly maxHeaderCount: number;
}

/** Takes the content of one request out of the received bytes. */
export interface BodyDecoder {
  /** Whether the content is complete. */
  readonly done: boolean;
  /** How many bytes of content are known to be still to come. */
  readonly left: number;
  /** The lines of the trailer section, or `null` where there is none or it has not been read. */
  readonly trailerSection: Uint8Array | null;
  /** The next piece that is there, or `null` where more bytes are needed or the content is complete. */
  decode(input: InputBuffer): Uint8Array | null;
}

/** Content whose size Content-Length told. */
class LengthDecoder implements BodyDecoder {
  readonly trailerSection = null;
  left: number;

  constructor(length: number) {
    this.left = length;
  }

  get done(): boolean {
    return this.left === 0;
  }

  decode(input: InputBuffer): Uint8Array | null {
    if (this.left === 0 || input.length === 0) return null;
    const piece = input.take(this.left);
    this.left -= piece.length;
    return piece;
  }
}

/**
 * The decoder of a request's content, RFC 9112 section 6.3.
 *
 * @returns `null` where the request has none.
 * @throws {HttpError} 413 where Content-Length is above the limit.
 */
export function bodyDecoder(head: RequestHead, limits: BodyLimits): BodyDecoder | null {
  if (head.chunked) return new ChunkedDecoder(limits);
  if (head.contentLength <= 0) return null;
  if (head.contentLength > limits.maxRequestBodySize) throw new HttpError(413, "The content is too large");
  return new LengthDecoder(head.contentLength);
}
