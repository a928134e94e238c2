const EMPTY = new Uint8Array(0);

/**
 * The received bytes that have not been consumed.
 *
 * A chunk that arrives while nothing is left over is used where it lies, which is the common case. The bytes of a
 * head that was consumed are never moved or overwritten, so a request may go on pointing at them.
 */
export class InputBuffer {
  /** Holds the unconsumed bytes between `start` and `end`. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.end - this.start;
  }

  /** Appends a received chunk, which belongs to the buffer from now on. */
  push(chunk: Uint8Array): void {
    const waiting = this.end - this.start;
    if (waiting === 0) {
      this.bytes = chunk;
      this.end = chunk.length;
      return;
    }
    // A chunk that is used where it lies is full: only memory of the buffer's own has room to write into.
    if (this.bytes.length - this.end < chunk.length) {
      // Doubled, so that a head that comes a byte at a time is copied a constant number of times in all.
      const grown = new Uint8Array(Math.max(1024, 2 * (waiting + chunk.length)));
      grown.set(this.bytes.subarray(this.start, this.end));
      this.bytes = grown;
      this.start = 0;
      this.end = waiting;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Takes up to `count` bytes. */
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

  /** Drops everything, and lets go of the memory. */
  clear(): void {
    this.bytes = EMPTY;
    this.start = 0;
    this.end = 0;
  }
}
