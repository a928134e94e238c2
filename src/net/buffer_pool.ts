import { TextWriter } from "./text_writer.ts";

/** A buffer of a {@linkcode BufferPool}. */
export class PooledBuffer {
  readonly bytes: Uint8Array;
  #beginning: Uint8Array;

  /** @param bytes All of it. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#beginning = bytes;
  }

  /**
   * A view of the first bytes. The view of the call before is kept: responses are often as long as the one
   * before, and a new view for each would have to be made and collected.
   */
  beginning(size: number): Uint8Array {
    if (this.#beginning.length !== size) this.#beginning = this.bytes.subarray(0, size);
    return this.#beginning;
  }
}

/** Buffers of one size. */
interface Tier {
  readonly size: number;
  /** Number of free buffers that are kept. */
  readonly most: number;
  readonly kept: PooledBuffer[];
}

/** Size of the largest buffers, in bytes. */
export const LARGEST_BUFFER = 128 * 1024;

/**
 * Pool of the buffers into which a thread copies its output. A new buffer for each write would cost more than
 * the copy, and would have to be collected.
 */
export class BufferPool {
  /** Writes text into its buffers. */
  readonly text: TextWriter = new TextWriter();
  readonly #allocate: (size: number) => Uint8Array;
  // 17 MiB a thread at most. To allocate a large one instead costs the most: its memory comes from the
  // system.
  /** For a head and 1 KB of content, on thousands of connections at once. */
  readonly #tiny: Tier = { size: 2048, most: 4096, kept: [] };
  /** For small responses. */
  readonly #small: Tier = { size: 16 * 1024, most: 64, kept: [] };
  /** For 64 KiB of content and its framing. */
  readonly #large: Tier = { size: LARGEST_BUFFER, most: 64, kept: [] };

  /** @param allocate Makes a buffer of a size in bytes. Its content does not matter. */
  constructor(allocate: (size: number) => Uint8Array) {
    this.#allocate = allocate;
  }

  /** A buffer for `size` bytes, or for the first {@linkcode LARGEST_BUFFER} of them. */
  take(size: number): PooledBuffer {
    const tier = this.#tierOf(size);
    return tier.kept.pop() ?? new PooledBuffer(this.#allocate(tier.size));
  }

  /** Returns a buffer that is no longer in use. */
  give(buffer: PooledBuffer): void {
    const { kept, most } = this.#tierOf(buffer.bytes.length);
    if (kept.length < most) kept.push(buffer);
  }

  #tierOf(size: number): Tier {
    return size <= this.#tiny.size ? this.#tiny : size <= this.#small.size ? this.#small : this.#large;
  }
}
