/**
 * Milliseconds for which a client that has closed its half of the connection is assumed to still read its
 * response.
 */
const HALF_CLOSE_GRACE = 1000;

/** Milliseconds of waiting for content before its rate is checked. */
const RATE_GRACE = 5000;

/** Time limits for a client of HTTP/1.1, in milliseconds; `Infinity` for no limit. */
export interface Http1Timeouts {
  /** Time from connecting, or from the first byte of a later request, to the end of the head. */
  readonly headers: number;
  /** Time between two requests. */
  readonly idle: number;
  /** Time between two arrivals of content that the handler waits for. */
  readonly receive: number;
}

/** Result of a check of the deadlines. */
export type Expiry = "head" | "silent" | "idle" | "content" | "maybe gone";

/**
 * Deadlines of one connection, as plain numbers that the server's clock compares. No connection or request
 * has a timer of its own. Times are milliseconds on that clock.
 */
export class Deadlines {
  readonly #timeouts: Http1Timeouts;
  /** Minimum receive rate of content, in bytes per second. */
  readonly #minRate: number;
  #inHead = true;
  #served = false;
  #hasReceived = false;
  /** Time at which the wait for a head, or for the rest of a head, began. */
  #since: number;
  #expiring = false;
  #receivedAt: number;
  #waitedForContent = 0;
  #checkedAt: number;
  #ended = false;
  /** Time at which the client closed its half of the connection; `Infinity` after the grace period. */
  #endedAt = Infinity;

  /**
   * Creates the deadlines of a new connection.
   *
   * @param timeouts The limits.
   * @param minRate Minimum receive rate of content, in bytes per second; 0 for none.
   * @param now The current time.
   */
  constructor(timeouts: Http1Timeouts, minRate: number, now: number) {
    this.#timeouts = timeouts;
    this.#minRate = minRate;
    this.#since = now;
    this.#receivedAt = now;
    this.#checkedAt = now;
  }

  /** Records that bytes arrived. */
  received(now: number): void {
    this.#hasReceived = true;
    this.#receivedAt = now;
    this.#expiring = false;
  }

  /** Records that the head of a request is complete. */
  headReceived(now: number): void {
    this.#inHead = false;
    this.#served = true;
    this.#waitedForContent = 0;
    if (this.#ended) this.#endedAt = now;
  }

  /** Starts the wait for a head, or for the rest of a head that has begun. */
  awaitHead(now: number, begun: boolean): void {
    if (!this.#served || (begun && this.#inHead)) return;
    this.#inHead = begun;
    this.#since = now;
  }

  /**
   * Records that the kernel accepted all pending output: the wait for the client's next request starts now.
   */
  drained(now: number): void {
    this.#since = now;
  }

  /** Records that the client closed its half of the connection. */
  ended(now: number): void {
    this.#ended = true;
    this.#endedAt = now;
  }

  /** Checks the deadlines between requests; `null` if none has expired. */
  checkHead(now: number): Expiry | null {
    this.#checkedAt = now;
    if (this.#inHead) {
      if (now - this.#since <= this.#timeouts.headers) return null;
      return this.#hasReceived ? "head" : "silent";
    }
    if (now - this.#since <= this.#timeouts.idle) return null;
    // One more tick, so that the connection is not closed while an arrived request waits to be read.
    if (this.#expiring) return "idle";
    this.#expiring = true;
    return null;
  }

  /**
   * Checks the deadlines during an exchange; `null` if none has expired.
   *
   * @param awaited `true` if the handler waits for content.
   * @param received Number of bytes of content that have arrived.
   */
  checkExchange(now: number, awaited: boolean, received: number): Expiry | null {
    const elapsed = now - this.#checkedAt;
    this.#checkedAt = now;
    if (now - this.#endedAt > HALF_CLOSE_GRACE) {
      this.#endedAt = Infinity;
      return "maybe gone";
    }
    if (!awaited) {
      this.#receivedAt = now;
      return null;
    }
    if (now - this.#receivedAt > this.#timeouts.receive) return "content";
    this.#waitedForContent += elapsed;
    const waited = this.#waitedForContent;
    const isSlow = waited > RATE_GRACE && received < waited / 1000 * this.#minRate;
    return isSlow && this.#timeouts.receive !== Infinity ? "content" : null;
  }
}
