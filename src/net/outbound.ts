import type { BufferPool } from "./buffer_pool.ts";
import { ChangedBytesError } from "./errors.ts";
import { OutputQueue } from "./output_queue.ts";

/** Takes bytes to be sent, in one call that copies what it takes. */
export interface ByteTaker {
  /**
   * Returns the number of bytes taken, less than all if there is no room, and -1 if the connection is gone.
   */
  write(bytes: Uint8Array): number;
}

/**
 * The outbound half of a socket whose runtime takes bytes at once, or a part of them: what waits, and what
 * was left. The sockets of Deno and Node are told of a write later, by a promise or a callback, and have
 * their own.
 */
export class Outbound {
  /** `true` if the owner waits for `onDrain`. */
  heldBack = false;
  /** `true` if nothing may follow what waits. */
  ending = false;
  /** `true` if a write found the connection gone. Its close event follows. */
  lost = false;
  readonly #queue: OutputQueue;
  readonly #taker: ByteTaker;
  /** Bytes that the runtime had no room for. */
  #rest: Uint8Array | undefined;
  #restSize = 0;

  /**
   * @param pool Where bytes wait.
   * @param taker Takes them.
   */
  constructor(pool: BufferPool, taker: ByteTaker) {
    this.#queue = new OutputQueue(pool, true);
    this.#taker = taker;
  }

  /** Number of bytes that have not been taken. */
  get unsent(): number {
    return this.#queue.size + (this.#rest === undefined ? 0 : this.#restSize);
  }

  /** `true` if there was no room for something. */
  get waits(): boolean {
    return this.#rest !== undefined;
  }

  /** Queues ASCII text or bytes. */
  push(data: string | Uint8Array): void {
    if (!this.ending) this.#queue.push(data);
  }

  /**
   * Sends what waits.
   *
   * @returns Whether all of it was taken.
   * @throws {ChangedBytesError} If bytes are not what was pushed. Then the connection has to be reset.
   */
  send(): boolean {
    while (this.#rest !== undefined || this.#queue.size > 0) {
      if (!this.#sendPiece(this.#takeRest() ?? this.#queue.takeBytes())) return false;
    }
    return true;
  }

  /** Drops what waits. */
  clear(): void {
    this.#rest = undefined;
    this.#queue.clear();
  }

  #takeRest(): Uint8Array | undefined {
    const rest = this.#rest;
    if (rest === undefined) return undefined;
    if (rest.length !== this.#restSize) throw new ChangedBytesError();
    this.#rest = undefined;
    return rest;
  }

  /** Of a buffer of the pool, which goes back there, the part that was not taken is copied. */
  #sendPiece(piece: Uint8Array): boolean {
    const count = this.#taker.write(piece);
    if (count === piece.length) {
      this.#queue.giveBack();
      return true;
    }
    if (count < 0) {
      // The owner has to leave the event loop a turn for the close event.
      this.lost = true;
      this.#queue.clear();
      return false;
    }
    this.#rest = this.#queue.lends ? piece.slice(count) : piece.subarray(count);
    this.#queue.giveBack();
    this.#restSize = piece.length - count;
    return false;
  }
}
