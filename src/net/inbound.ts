import type { SocketHandler } from "./socket.ts";
import { reportUncaught } from "./report_uncaught.ts";

/**
 * The inbound half of a socket: calls the owner in order, with no bytes and no end while paused, and never
 * after `onClose`. A paused connection is read until one chunk has arrived, which is held. So a peer that
 * resets the connection during the pause is noticed, and a short pause costs no system call.
 */
export class Inbound {
  /** The owner has paused the socket. */
  paused = false;
  /** `onClose` has been called, or will be in a microtask. */
  closed = false;
  /** Absent until the connection is handed over. */
  #handler: SocketHandler | undefined;
  /** Chunks that arrived during a pause. */
  #held: Uint8Array[] | undefined;
  #ended = false;
  #endTold = false;
  /** The runtime has closed the connection in order. */
  #over = false;

  /** A chunk is held during a pause: the runtime has to stop reading. */
  get full(): boolean {
    return this.paused && this.#held !== undefined;
  }

  /** Sets the handler that receives the events. */
  start(handler: SocketHandler): void {
    this.#handler = handler;
  }

  /** Delivers in a microtask what was held during the pause. */
  resume(): void {
    this.paused = false;
    if (this.#held !== undefined || this.#ended) queueMicrotask(() => this.#release());
  }

  /** Delivers a chunk, or holds it during a pause. */
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

  /** Reports that the peer closed its half, after the chunks that are held. */
  end(): void {
    this.#ended = true;
    this.#release();
  }

  /** Reports that the operating system has taken all output. */
  drain(): void {
    if (this.closed) return;
    try {
      this.#handler?.onDrain();
    } catch (error) {
      reportUncaught(error);
    }
  }

  /** Reports that both halves are closed, after the chunks that are held. */
  close(): void {
    this.#over = true;
    this.end();
  }

  /** Reports that the connection broke, and drops the chunks that are held. */
  fail(error: Error): void {
    if (this.closed) return;
    this.#drop();
    this.#handler?.onClose(error);
  }

  /** Reports in a microtask that the socket was destroyed, and drops the chunks that are held. */
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
    // The owner may have destroyed or paused the socket in the call above. After a pause `onClose` need not
    // wait for `resume()`, because nothing else is held.
    if (!this.#over || this.closed) return;
    this.#drop();
    this.#handler?.onClose();
  }

  #drop(): void {
    this.closed = true;
    this.#held = undefined;
  }
}
