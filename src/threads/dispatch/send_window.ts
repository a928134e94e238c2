import { handled } from "../../http/handled.ts";
import { Turns } from "../../server/turns.ts";
import { WINDOW } from "./messages.ts";

/**
 * Bytes that were posted to the thread that has the connection, and that it has not acknowledged: a window of
 * them may be.
 */
export class SendWindow {
  readonly #turns = new Turns();
  #room: PromiseWithResolvers<void> | null = null;
  #error: Error | null = null;
  /** Bytes that have not been acknowledged. */
  unacknowledged = 0;

  /** `true` if nothing more should be posted. */
  get isFull(): boolean {
    return this.unacknowledged >= WINDOW;
  }

  /** Counts bytes that were posted. */
  spend(bytes: number): void {
    this.unacknowledged += bytes;
    this.#turns.spend(bytes);
  }

  /** Bytes were acknowledged. Returns whether the window was full and no longer is. */
  acknowledged(bytes: number): boolean {
    const wasFull = this.isFull;
    this.unacknowledged -= bytes;
    if (!wasFull || this.isFull) return false;
    this.#turns.reset();
    this.#room?.resolve();
    this.#room = null;
    return true;
  }

  /**
   * Resolves when more may be posted; rejects when the connection is gone. A rejection is never unhandled.
   */
  ready(): Promise<void> {
    if (this.#error !== null) return handled(Promise.reject(this.#error));
    if (!this.isFull) return this.#turns.next();
    if (this.#room === null) {
      this.#room = Promise.withResolvers();
      handled(this.#room.promise);
    }
    return this.#room.promise;
  }

  /** Counts bytes that are not posted, and resolves as {@linkcode SendWindow.ready} does. */
  skip(bytes: number): Promise<void> {
    this.#turns.skip(bytes);
    return this.ready();
  }

  /** The connection is gone. */
  close(error: Error): void {
    this.#error ??= error;
    this.#room?.reject(error);
    this.#room = null;
  }
}
