import type { ConnectionOutput } from "../exchange/protocol.ts";
import { handled } from "../http/handled.ts";
import type { Socket } from "../net/socket.ts";
import type { Statistics } from "./statistics.ts";
import { Turns } from "./turns.ts";

/**
 * Bytes that may be written before they are sent to learn whether the client keeps up: 64 KiB of content with
 * its head and framing, so that a response of that size costs one call to the system.
 */
const HIGH_WATER_MARK = 66 * 1024;

/**
 * Bytes of this size or more are the program's memory until they have been sent: the contract of
 * `Socket.write`.
 */
const LENT_SIZE = 64 * 1024;

const { setImmediate } = globalThis as unknown as { readonly setImmediate: (callback: () => void) => void };

/**
 * The writing side of a connection. Everything that is written in one turn goes out in one call: while the
 * output is corked, and until the runtime has nothing else to do in this turn. A handler that writes piece by
 * piece, and waits for each, would cost a system call for each if this were the end of a microtask.
 */
export class Output implements ConnectionOutput {
  readonly #socket: Socket;
  readonly #statistics: Statistics;
  readonly #turns = new Turns();
  #pending = 0;
  /** Bytes that the socket was told to send. */
  #flushed = 0;
  /** `true` if bytes are queued that the program lends, and may have back only once they have been sent. */
  #lent = false;
  #corked = false;
  #blocked = false;
  #scheduled = false;
  #drained: PromiseWithResolvers<void> | null = null;
  #error: Error | null = null;

  /**
   * @param socket Takes the bytes.
   * @param statistics Counts them.
   */
  constructor(socket: Socket, statistics: Statistics) {
    this.#socket = socket;
    this.#statistics = statistics;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** `true` if the operating system has yet to take some of what was written. */
  get unsent(): boolean {
    return this.#socket.unsent > 0;
  }

  /** Bytes that the operating system has taken. */
  get taken(): number {
    return this.#flushed + this.#pending - this.#socket.unsent;
  }

  add(data: string | Uint8Array): void {
    if (this.#error !== null) return;
    this.#socket.write(data);
    this.#pending += data.length;
    if (data.length >= LENT_SIZE) this.#lent = true;
  }

  schedule(): void {
    if (this.#pending === 0 || this.#corked || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turns.reset();
      this.flush();
    });
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(now: boolean): void {
    this.#corked = false;
    if (now) this.flush();
    else this.schedule();
  }

  flush(): boolean {
    const pending = this.#pending;
    if (pending === 0) return !this.#blocked;
    this.#statistics.sent(pending);
    this.#turns.spend(pending);
    this.#flushed += pending;
    this.#pending = 0;
    this.#lent = false;
    if (!this.#socket.flush()) this.#blocked = true;
    return !this.#blocked;
  }

  hasRoom(): boolean {
    return this.#lent || this.#pending >= HIGH_WATER_MARK ? this.flush() : !this.#blocked;
  }

  ready(): Promise<void> {
    if (this.#error === null && this.hasRoom()) return this.#turns.next();
    if (this.#drained === null) {
      this.#drained = Promise.withResolvers();
      // Clients go away all the time: a write that nobody waits for must not bring the process down.
      handled(this.#drained.promise);
      if (this.#error !== null) this.#drained.reject(this.#error);
    }
    return this.#drained.promise;
  }

  skip(size: number): Promise<void> {
    this.#turns.skip(size);
    return this.ready();
  }

  /** The operating system took all that was held back. */
  onDrain(): void {
    this.#blocked = false;
    this.#turns.reset();
    const drained = this.#drained;
    this.#drained = null;
    drained?.resolve();
  }

  /** The connection is gone: what is written from now on is dropped. The first reason holds. */
  close(error: Error): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#drained?.reject(error);
  }
}
