/** Room that a message gets at first, in bytes, unless it is known to be smaller. */
const SMALL = 4 * 1024;

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
   * @param most Number of bytes that can follow: `Infinity` where the message goes on after its frame.
   */
  append(bytes: Uint8Array, start: number, end: number, most: number): void {
    const size = end - start;
    if (size === 0) return;
    this.#reserve(this.#length + size, this.#length + size + most);
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

  /** Makes room for `needed` bytes: twice as much as before, so that many small pieces cost no more than their copies. */
  #reserve(needed: number, most: number): void {
    const room = this.#bytes.length;
    if (needed <= room) return;
    const size = Math.max(needed, Math.min(most, Math.max(2 * room, SMALL)));
    if (room === 0) this.#bytes = new Uint8Array(size);
    else this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(size));
  }
}
