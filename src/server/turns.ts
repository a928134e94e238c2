/**
 * Number of bytes that may be written in one turn, if the client reads them fast enough. Other connections
 * then get a turn.
 */
const BURST = 256 * 1024;

/** Number of bytes that a write without content counts for: 4096 of them are a burst. */
const LEAST = BURST / 4096;

const { setImmediate } = globalThis as unknown as { readonly setImmediate: (callback: () => void) => void };

const RESOLVED: Promise<void> = Promise.resolve();

/**
 * Limits the writes of one turn of the event loop. Without this a handler that waits only for a fast client
 * would occupy the thread.
 */
export class Turns {
  #spent = 0;

  /** Counts bytes that were written. */
  spend(bytes: number): void {
    this.#spent += bytes;
  }

  /** Counts bytes that were not written, because the response has no content. */
  skip(bytes: number): void {
    this.#spent += Math.max(bytes, LEAST);
  }

  /** Starts a new turn of the event loop. */
  reset(): void {
    this.#spent = 0;
  }

  /** Resolves at once, or in the next turn if this turn is used up. */
  next(): Promise<void> {
    if (this.#spent < BURST) return RESOLVED;
    this.#spent = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }
}
