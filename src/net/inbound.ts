import type { SocketHandler } from "./socket.ts";
import { reportUncaught } from "./report_uncaught.ts";

/**
 * What a connection tells its owner, in order: no bytes and no end while paused, and nothing after the last
 * call. A paused connection is read until it brings something, which is held: so it is seen when the peer
 * goes away in the meantime, and a short pause costs no call to the system.
 */
export class Inbound {
  /** Whether the owner wants nothing for now. */
  paused = false;
  /** Whether the last call has been made or is about to be. */
  closed = false;
  /** Absent while the connection waits to be handed over. */
  #handler: SocketHandler | undefined;
  /** What came while paused. */
  #held: Uint8Array[] | undefined;
  #ended = false;
  #endTold = false;
  /** Whether the runtime has closed the connection in order. */
  #over = false;

  /** Whether it is time to stop reading. */
  get full(): boolean {
    return this.paused && this.#held !== undefined;
  }

  /** Says who the owner is. */
  start(handler: SocketHandler): void {
    this.#handler = handler;
  }

  /** What was held back comes in a microtask. */
  resume(): void {
    this.paused = false;
    if (this.#held !== undefined || this.#ended) queueMicrotask(() => this.#release());
  }

  /** Bytes arrived. */
  data(chunk: Uint8Array): void {
    if (this.closed) return;
    if (this.paused || this.#held !== undefined) {
      this.#held ??= [];
      this.#held.push(chunk);
      return;
    }
    try {
      this.#handler?.onData(chunk);
    } catch (error) {
      reportUncaught(error);
    }
  }

  /** The peer closed its half. */
  end(): void {
    this.#ended = true;
    this.#release();
  }

  /** All that was held back has been taken. */
  drain(): void {
    if (this.closed) return;
    try {
      this.#handler?.onDrain();
    } catch (error) {
      reportUncaught(error);
    }
  }

  /** Both halves are closed. The owner is told once it has had all that came before. */
  close(): void {
    this.#over = true;
    this.end();
  }

  /** The connection broke. What was held back is dropped. */
  fail(error: Error): void {
    if (this.closed) return;
    this.#drop();
    this.#handler?.onClose(error);
  }

  /** The owner gave up, or what it asked for cannot be done. */
  destroy(error?: Error): void {
    if (this.closed) return;
    this.#drop();
    queueMicrotask(() => this.#handler?.onClose(error));
  }

  #release(): void {
    try {
      while (this.#held !== undefined && !this.paused && !this.closed) {
        const chunk = this.#held.shift()!;
        if (this.#held.length === 0) this.#held = undefined;
        this.#handler?.onData(chunk);
      }
      if (this.paused || this.closed) return;
      if (this.#ended && !this.#endTold) {
        this.#endTold = true;
        this.#handler?.onEnd();
      }
    } catch (error) {
      reportUncaught(error);
      queueMicrotask(() => this.#release());
      return;
    }
    // The owner may have destroyed it just now, or paused it: then the last call waits no more, for nothing
    // else is held.
    if (!this.#over || this.closed) return;
    this.#drop();
    this.#handler?.onClose();
  }

  #drop(): void {
    this.closed = true;
    this.#held = undefined;
  }
}
