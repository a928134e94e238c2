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
  /**
   * The next piece that is there, or `null` where more bytes are needed or the content is complete. It lies in the buffer of
   * the input, where nothing before it is changed.
   */
  decode(input: InputBuffer): Uint8Array | null;
}
