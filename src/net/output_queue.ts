import { type BufferPool, LARGEST_BUFFER, type PooledBuffer } from "./buffer_pool.ts";
import { ChangedBytesError } from "./errors.ts";

/** Smallest size, in bytes, of a `Uint8Array` that is not copied but sent from the memory of the program. */
const LARGE = 64 * 1024;

/** Bytes that are sent in a write of their own. */
interface Part {
  bytes: Uint8Array;
  /** Their length when they were pushed. */
  size: number;
  /** The buffer of the pool that contains them; absent for memory of the program. */
  readonly buffer: PooledBuffer | undefined;
}

/**
 * Queue of the text and bytes to send. `push()` copies them into a buffer of the pool, so that small pieces
 * cost one system call together, and the program can use its memory again at once.
 *
 * Only large bytes are not copied. The program can transfer or resize their buffer while they wait, which
 * would send other bytes or none: so their length is noted, and `takeBytes()` refuses them if it has changed.
 */
export class OutputQueue {
  /** Number of bytes in the queue. */
  size = 0;
  readonly #pool: BufferPool;
  readonly #joinsLarge: boolean;
  /** Absent if there is none, the usual case. */
  #parts: Part[] | undefined;
  /** Buffer with the bytes after the parts, up to `#filled`. */
  #buffer: PooledBuffer | undefined;
  #filled = 0;
  #lent: PooledBuffer | undefined;

  /**
   * @param pool Provides the buffers.
   * @param joinsLarge Also copies large bytes, if they fit into the buffer that has been begun.
   */
  constructor(pool: BufferPool, joinsLarge: boolean) {
    this.#pool = pool;
    this.#joinsLarge = joinsLarge;
  }

  /** The bytes taken last are in a buffer of the pool, which {@linkcode giveBack} returns to it. */
  get lends(): boolean {
    return this.#lent !== undefined;
  }

  /** Adds ASCII text or bytes. */
  push(data: string | Uint8Array): void {
    const size = data.length;
    if (size === 0) return;
    if (typeof data === "string") {
      if (size > LARGEST_BUFFER) return this.#pushInPieces(data);
      this.#makeRoom(size);
      this.#pool.text.write(data, this.#buffer!.bytes, this.#filled);
      this.#filled += size;
    } else if (size >= LARGE && !this.#canJoin(size)) {
      this.#closeBuffer();
      (this.#parts ??= []).push({ bytes: data, size, buffer: undefined });
    } else {
      this.#makeRoom(size);
      this.#buffer!.bytes.set(data, this.#filled);
      this.#filled += size;
    }
    this.size += size;
  }

  /**
   * Removes the first bytes of the queue: one whole buffer, or large bytes.
   *
   * @param limit Number of bytes to remove from large ones at most.
   * @throws {ChangedBytesError} If their length has changed since they were pushed. The queue can then only
   * be cleared.
   */
  takeBytes(limit: number = Infinity): Uint8Array {
    const first = this.#parts?.[0];
    if (first === undefined) return this.#takeJoined();
    const { bytes, size } = first;
    if (bytes.length !== size) throw new ChangedBytesError();
    if (size > limit) {
      first.bytes = bytes.subarray(limit);
      first.size -= limit;
      this.size -= limit;
      return bytes.subarray(0, limit);
    }
    this.#parts!.shift();
    this.size -= size;
    this.#lent = first.buffer;
    return bytes;
  }

  /** Returns the buffer of the bytes taken last to the pool, after they have been sent. */
  giveBack(): void {
    if (this.#lent === undefined) return;
    this.#pool.give(this.#lent);
    this.#lent = undefined;
  }

  /**
   * Empties the queue. Bytes that were taken may still be in use by the runtime, so their buffer is not
   * returned.
   */
  clear(): void {
    this.size = 0;
    this.#parts = undefined;
    this.#buffer = undefined;
    this.#filled = 0;
    this.#lent = undefined;
  }

  #pushInPieces(text: string): void {
    for (let at = 0; at < text.length; at += LARGEST_BUFFER) this.push(text.slice(at, at + LARGEST_BUFFER));
  }

  #canJoin(size: number): boolean {
    return this.#joinsLarge && this.#filled > 0 && this.#filled + size <= LARGEST_BUFFER;
  }

  #takeJoined(): Uint8Array {
    const buffer = this.#buffer!;
    const bytes = buffer.beginning(this.#filled);
    this.#lent = buffer;
    this.#buffer = undefined;
    this.size -= this.#filled;
    this.#filled = 0;
    return bytes;
  }

  /** Provides a buffer with room for `size` bytes after those in it. */
  #makeRoom(size: number): void {
    const before = this.#buffer;
    if (before !== undefined && this.#filled + size <= before.bytes.length) return;
    if (this.#filled + size > LARGEST_BUFFER) {
      this.#closeBuffer();
      this.#buffer = this.#pool.take(size);
      return;
    }
    const buffer = this.#buffer = this.#pool.take(this.#filled + size);
    if (before === undefined) return;
    buffer.bytes.set(before.beginning(this.#filled));
    this.#pool.give(before);
  }

  /** Makes the buffer a part of its own, so that nothing more is written into it. */
  #closeBuffer(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    (this.#parts ??= []).push({ bytes: buffer.beginning(this.#filled), size: this.#filled, buffer });
    this.#buffer = undefined;
    this.#filled = 0;
  }
}
