import type { BodyDecoder } from "./body_decoder.ts";
import type { InputBuffer } from "./input_buffer.ts";

/** Decodes content whose size Content-Length announced. */
export class LengthDecoder implements BodyDecoder {
  readonly trailerSection = null;
  left: number;

  /**
   * Creates a decoder for one body.
   *
   * @param length Number of bytes of content.
   */
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
