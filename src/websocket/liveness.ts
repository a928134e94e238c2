/** Milliseconds that a client may take to answer a close frame, and to close its half, without taking any bytes. */
const CLOSE_TIMEOUT = 10_000;

/** Milliseconds that all of it may take, however the client takes bytes. */
const LONGEST_CLOSE = 60_000;

/** Decides by the clock when a silent client is pinged and when it is dead. */
export class Liveness {
  readonly #interval: number;
  #heard = false;
  /** When the client was last known to be alive; -1 before the first look at the clock. */
  #alive = -1;
  #pinged = false;
  #unsent = 0;
  /** When the end began; -1 before. */
  #closing = -1;
  /** When the client last took bytes after that. */
  #progress = -1;

  /** @param interval Milliseconds of silence after which the client is pinged, and again until it is dead; 0 for never. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** The client has sent something. */
  heard(): void {
    this.#heard = true;
  }

  /**
   * Decides what is due while the connection is open.
   *
   * @param now A monotonic clock, in milliseconds.
   * @param deaf Whether the server is not reading, for reasons of its own.
   * @param unsent Number of bytes that the client has to take before it can be sent more; 0 where there are none.
   */
  check(now: number, deaf: boolean, unsent: number): "ping" | "dead" | null {
    const taken = unsent < this.#unsent;
    this.#unsent = unsent;
    if (this.#heard || this.#alive < 0 || deaf || taken) {
      this.#heard = false;
      this.#alive = now;
      this.#pinged = false;
      return null;
    }
    const silence = now - this.#alive;
    if (this.#interval === 0 || silence < this.#interval) return null;
    if (silence >= 2 * this.#interval) return "dead";
    if (this.#pinged || unsent > 0) return null;
    this.#pinged = true;
    return "ping";
  }

  /**
   * Decides whether a client has had its time to end the connection.
   *
   * @param now A monotonic clock, in milliseconds.
   * @param unsent Number of bytes that the client has to take.
   */
  closingIsOver(now: number, unsent: number): boolean {
    const taken = unsent < this.#unsent;
    this.#unsent = unsent;
    if (this.#closing < 0) this.#closing = now;
    if (this.#progress < 0 || taken) this.#progress = now;
    return now - this.#progress >= CLOSE_TIMEOUT || now - this.#closing >= LONGEST_CLOSE;
  }
}
