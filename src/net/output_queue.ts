import { type BufferPool, LARGEST_BUFFER } from "./buffer_pool.ts";
import { ChangedBytesError } from "./errors.ts";

/** Bytes of this size or more are sent from where they lie. */
const LARGE = 64 * 1024;

/** Text of this length is written character by character, for the encoder and the view that it needs cost 0.15 us. */
const SHORT = 32;

const encoder = new TextEncoder();

/** Bytes that are sent as they are. */
interface Part {
  bytes: Uint8Array;
  /** How long they were when they came. */
  size: number;
  /** The pool's buffer that they lie in; absent where they are the program's memory. */
  readonly buffer: Uint8Array | undefined;
}

/**
 * Text and bytes that wait to be sent, in order. Text that follows text is joined as it comes, which engines
 * do without copying. Bytes are copied into a buffer of the pool as they come, with the text before them, so that small
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
  #parts: Part[] = [];
  /** What follows the parts, up to `#filled`. */
  #buffer: Uint8Array | undefined;
  #filled = 0;
  /** Text after all that. */
  #text = "";
  #lent: Uint8Array | undefined;

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
    this.size += size;
    if (typeof data === "string") {
      this.#text += data;
    } else if (size >= LARGE && !this.#canJoin(size)) {
      this.#joinAllText();
      this.#closeBuffer();
      this.#parts.push({ bytes: data, size, buffer: undefined });
    } else if (size > 0) {
      this.#makeRoom(Math.min(this.#text.length + size, LARGEST_BUFFER));
      this.#joinAllText();
      this.#makeRoom(size);
      this.#buffer!.set(data, this.#filled);
      this.#filled += size;
    }
  }

  /** Takes everything out as one text if nothing but text waits, as is usual for a small answer. */
  takeText(): string | undefined {
    if (this.#parts.length > 0 || this.#buffer !== undefined) return undefined;
    const text = this.#text;
    this.#text = "";
    this.size = 0;
    return text;
  }

  /**
   * Takes out the bytes that come first: all that has been joined, or large ones.
   *
   * @param limit How many large ones at most.
   * @throws {ChangedBytesError} If they are not what was pushed. Then the queue is only to be cleared.
   */
  takeBytes(limit: number = Infinity): Uint8Array {
    const first = this.#parts[0];
    if (first === undefined) return this.#takeJoined();
    const { bytes, size } = first;
    if (bytes.length !== size) throw new ChangedBytesError();
    if (size > limit) {
      first.bytes = bytes.subarray(limit);
      first.size -= limit;
      this.size -= limit;
      return bytes.subarray(0, limit);
    }
    this.#parts.shift();
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
    this.#text = "";
    this.#parts = [];
    this.#buffer = undefined;
    this.#filled = 0;
    this.#lent = undefined;
  }

  #canJoin(size: number): boolean {
    const before = this.#filled + this.#text.length;
    return this.#joinsLarge && before > 0 && before + size <= LARGEST_BUFFER;
  }

  #takeJoined(): Uint8Array {
    this.#joinText(Math.min(this.#text.length, LARGEST_BUFFER - this.#filled));
    const bytes = this.#buffer!.subarray(0, this.#filled);
    this.#lent = this.#buffer;
    this.#buffer = undefined;
    this.size -= this.#filled;
    this.#filled = 0;
    return bytes;
  }

  /** Sees to it that so much fits behind what is in the buffer. */
  #makeRoom(size: number): void {
    if (this.#buffer !== undefined && this.#filled + size <= this.#buffer.length) return;
    if (this.#filled + size > LARGEST_BUFFER) this.#closeBuffer();
    const before = this.#buffer;
    this.#buffer = this.#pool.take(this.#filled + size);
    if (before === undefined) return;
    this.#buffer.set(before.subarray(0, this.#filled));
    this.#pool.give(before);
  }

  /** Writes so much of the text behind what is in the buffer. */
  #joinText(size: number): void {
    if (size === 0) return;
    this.#makeRoom(size);
    const isAll = size === this.#text.length;
    write(isAll ? this.#text : this.#text.slice(0, size), this.#buffer!, this.#filled);
    this.#filled += size;
    this.#text = isAll ? "" : this.#text.slice(size);
  }

  #joinAllText(): void {
    while (this.#text !== "") this.#joinText(Math.min(this.#text.length, LARGEST_BUFFER));
  }

  /** What comes next is not joined with what is there. */
  #closeBuffer(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    this.#parts.push({ bytes: buffer.subarray(0, this.#filled), size: this.#filled, buffer });
    this.#buffer = undefined;
    this.#filled = 0;
  }
}

function write(text: string, target: Uint8Array, at: number): void {
  if (text.length > SHORT) encoder.encodeInto(text, at === 0 ? target : target.subarray(at));
  else for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
}
