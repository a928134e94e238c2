/** What small answers are joined in. */
const SMALL = 16 * 1024;
/** What large ones are: 64 KiB of content with what frames it, or a few of them. */
const LARGE = 128 * 1024;
/**
 * How many of each are kept: 9 MiB a thread at most. A write keeps its buffer until the system has taken all, and a large
 * one that is missing here costs Deno 20 us: its memory comes from the system and goes back there.
 */
const MAX_KEPT = 64;

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
      if (this.#small.length < MAX_KEPT) this.#small.push(buffer);
    } else if (this.#large.length < MAX_KEPT) {
      this.#large.push(buffer);
    }
  }
}
