import type { InputBuffer } from "./input_buffer.ts";

/** Size limits of the content of a request. */
export interface BodyLimits {
  /** Maximum number of bytes of content. */
  readonly maxRequestBodySize: number;
  /** Maximum number of bytes of the trailer section. */
  readonly maxHeaderSize: number;
  /** Maximum number of trailer fields. */
  readonly maxHeaderCount: number;
}

/** Extracts the content of one request from the received bytes. */
export interface BodyDecoder {
  /** `true` if the content is complete. */
  readonly done: boolean;
  /** Number of bytes of content that are known to be still to come. */
  readonly left: number;
  /** The lines of the trailer section; `null` if there is none or it has not been read. */
  readonly trailerSection: Uint8Array | null;
  /**
   * Extracts the next piece of content, or returns `null` if more bytes are needed or the content is
   * complete. The piece lies in the buffer of the input; bytes before it are not changed.
   */
  decode(input: InputBuffer): Uint8Array | null;
}
