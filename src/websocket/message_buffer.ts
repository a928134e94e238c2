/** A message that is known to be at most this large, in bytes, gets all its room at once. */
const SMALL = 16 * 1024;

const EMPTY = new Uint8Array(0);

/**
 * The bytes of a message that comes in pieces, put together in one buffer that grows with what has come: a frame that
 * announces much and brings nothing takes no memory, nor do empty fragments.
 */
export class MessageBuffer {
  #bytes: Uint8Array<ArrayBuffer> = EMPTY;
  #length = 0;

  /** Number of bytes that have come. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a copy of `bytes[start..end)`.
   *
   * @param announced Number of bytes that the frame will bring after them.
   */
  append(bytes: Uint8Array, start: number, end: number, announced: number): void {
    const size = end - start;
    if (size === 0) return;
    this.#reserve(this.#length + size, this.#length + size + announced);
    this.#bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.#length);
    this.#length += size;
  }

  /** Gives the bytes away, in an `ArrayBuffer` of their length, and is empty again. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes;
    const length = this.#length;
    this.#bytes = EMPTY;
    this.#length = 0;
    return bytes.length === length ? bytes : new Uint8Array(bytes.buffer.transfer(length));
  }

  #reserve(needed: number, announced: number): void {
    const room = this.#bytes.length;
    if (needed <= room) return;
    const size = Math.max(needed, Math.min(announced, Math.max(2 * room, SMALL)));
    if (room === 0) this.#bytes = new Uint8Array(size);
    else this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(size));
  }
}
