const EMPTY = new Uint8Array(0);

/**
 * The received bytes that have not been consumed.
 *
 * A chunk that arrives while the buffer is empty, which is the common case, is used in place without a copy.
 * The bytes of a consumed head are never moved or overwritten, so a request may keep referring to them.
 */
export class InputBuffer {
  /** Bytes with the unconsumed part between `start` and `end`. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;

  /** Number of unconsumed bytes. */
  get length(): number {
    return this.end - this.start;
  }

  /** Appends a received chunk and takes ownership of its memory. */
  push(chunk: Uint8Array): void {
    const waiting = this.end - this.start;
    if (waiting === 0) {
      this.bytes = chunk;
      this.end = chunk.length;
      return;
    }
    // A chunk that is used in place is full: only memory that the buffer allocated itself has room at its
    // end.
    if (this.bytes.length - this.end < chunk.length) {
      // Doubling bounds the total copying of a head that arrives byte by byte to a constant factor of its
      // size.
      const grown = new Uint8Array(Math.max(1024, 2 * (waiting + chunk.length)));
      grown.set(this.bytes.subarray(this.start, this.end));
      this.bytes = grown;
      this.start = 0;
      this.end = waiting;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Consumes up to `count` bytes and returns them. */
  take(count: number): Uint8Array {
    const stop = Math.min(this.end, this.start + count);
    const taken = this.start === 0 && stop === this.bytes.length
      ? this.bytes
      : this.bytes.subarray(this.start, stop);
    this.consume(stop - this.start);
    return taken;
  }

  /** Drops the first `count` bytes. */
  consume(count: number): void {
    this.start += count;
    if (this.start === this.end) this.clear();
  }

  /** Drops all bytes and releases the memory. */
  clear(): void {
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
  }
}
