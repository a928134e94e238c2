import { type BufferPool, LARGEST_BUFFER, type PooledBuffer } from "./buffer_pool.ts";
import { ChangedBytesError } from "./errors.ts";

/** Bytes of this size or more are sent from where they lie. */
const LARGE = 64 * 1024;

/** Bytes that are sent as they are. */
interface Part {
  bytes: Uint8Array;
  /** How long they were when they came. */
  size: number;
  /** The pool's buffer that they lie in; absent where they are the program's memory. */
  readonly buffer: PooledBuffer | undefined;
}

/**
 * Text and bytes that wait to be sent, in order. All of it is written into a buffer of the pool as it comes, so that small
 * pieces cost one call to the system together, and the program has its memory back at once.
 *
 * Only large bytes are left where they lie. They are still the program's memory while they wait: it may transfer them
 * away, or resize their buffer. So how long they were when they came is kept, and what has changed since is not taken.
 */
export class OutputQueue {
  /** How many bytes wait. */
  size = 0;
  readonly #pool: BufferPool;
  readonly #joinsLarge: boolean;
  /** Absent where there is none, as there mostly is. */
  #parts: Part[] | undefined;
  /** What follows the parts, up to `#filled`. */
  #buffer: PooledBuffer | undefined;
  #filled = 0;
  #lent: PooledBuffer | undefined;

  /**
   * @param pool Where the copies lie.
   * @param joinsLarge Whether large bytes too are joined with what is before them, if all of it fits into one buffer.
   */
  constructor(pool: BufferPool, joinsLarge: boolean) {
    this.#pool = pool;
    this.#joinsLarge = joinsLarge;
  }

  /** Whether the bytes that were taken last lie in a buffer of the pool, which {@linkcode giveBack} gives back to it. */
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
   * Takes out the bytes that come first: all that has been joined, or large ones.
   *
   * @param limit How many large ones at most.
   * @throws {ChangedBytesError} If they are not what was pushed. Then the queue is only to be cleared.
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

  /** The bytes that were taken last have been sent. */
  giveBack(): void {
    if (this.#lent === undefined) return;
    this.#pool.give(this.#lent);
    this.#lent = undefined;
  }

  /** Drops what waits. What was taken may still be on its way. */
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

  /** Sees to it that so much fits behind what is in the buffer. */
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

  /** What comes next is not joined with what is there. */
  #closeBuffer(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    (this.#parts ??= []).push({ bytes: buffer.beginning(this.#filled), size: this.#filled, buffer });
    this.#buffer = undefined;
    this.#filled = 0;
  }
}
