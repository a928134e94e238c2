/** What small answers are joined in. */
const SMALL = 16 * 1024;
/** What large ones are: 64 KiB of content with what frames it, or a few of them. */
const LARGE = 128 * 1024;
/** How many of each are kept: 3 MiB a thread at most. */
const MAX_SMALL = 64;
const MAX_LARGE = 16;

/**
 * The buffers in which a thread joins what it sends. A fresh one for each write would cost more than the copy into it,
 * and would have to be collected.
 */
export class BufferPool {
  readonly #allocate: (size: number) => Uint8Array;
  readonly #small: Uint8Array[] = [];
  readonly #large: Uint8Array[] = [];

  /** @param allocate Makes a buffer of so many bytes, which need not be zero. */
  constructor(allocate: (size: number) => Uint8Array) {
    this.#allocate = allocate;
  }

  /** A buffer for `size` bytes, or for the first 128 KiB of them. */
  take(size: number): Uint8Array {
    return size <= SMALL
      ? this.#small.pop() ?? this.#allocate(SMALL)
      : this.#large.pop() ?? this.#allocate(LARGE);
  }

  /** Gives a buffer back that nothing writes to or reads any more. */
  give(buffer: Uint8Array): void {
    if (buffer.length === SMALL) {
      if (this.#small.length < MAX_SMALL) this.#small.push(buffer);
    } else if (this.#large.length < MAX_LARGE) {
      this.#large.push(buffer);
    }
  }
}
