/** Bytes that may be written in one turn, as far as the client keeps up. Then everybody else gets a turn. */
const BURST = 256 * 1024;

/** Bytes that a write without any counts for: 4096 of them are a burst. */
const LEAST = BURST / 4096;

const { setImmediate } = globalThis as unknown as { readonly setImmediate: (callback: () => void) => void };

const RESOLVED: Promise<void> = Promise.resolve();

/** Shares the thread: a handler that never waits for anything but its client would otherwise keep it for itself. */
export class Turns {
  #spent = 0;

  /** Counts bytes that were written. */
  spend(bytes: number): void {
    this.#spent += bytes;
  }

  /** Counts bytes that were not written, because nobody is to have them. */
  skip(bytes: number): void {
    this.#spent += Math.max(bytes, LEAST);
  }

  /** A turn of the event loop has passed. */
  reset(): void {
    this.#spent = 0;
  }

  /** Resolves at once, or in the next turn where this one is used up. */
  next(): Promise<void> {
    if (this.#spent < BURST) return RESOLVED;
    this.#spent = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }
}
