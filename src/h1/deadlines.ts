/** Milliseconds that a client which has closed its half is taken to be still there while its request is answered. */
const HALF_CLOSE_GRACE = 1000;

/** Milliseconds of waiting for content before its rate counts. */
const RATE_GRACE = 5000;

/** How long a client of HTTP/1.1 may take, in milliseconds; `Infinity` for no limit. */
export interface Http1Timeouts {
  /** From connecting, or from the first byte of a later request, to the end of the head. */
  readonly headers: number;
  /** Between requests. */
  readonly idle: number;
  /** Between two arrivals of content that somebody waits for. */
  readonly receive: number;
}

/** The outcome of a look at the deadlines. */
export type Expiry = "head" | "silent" | "idle" | "content" | "maybe gone";

/**
 * The deadlines of one connection, as plain numbers that the server's clock compares: no timer belongs to a connection or a
 * request. Times are milliseconds on that clock.
 */
export class Deadlines {
  readonly #timeouts: Http1Timeouts;
  /** Minimum receive rate of content, in bytes per second. */
  readonly #minRate: number;
  #inHead = true;
  #served = false;
  #hasReceived = false;
  /** Start of the wait for a head, or for its end. */
  #since: number;
  #expiring = false;
  #receivedAt: number;
  #waitedForContent = 0;
  #checkedAt: number;
  #ended = false;
  /** Start of the time in which a client that has closed its half is taken to be there; `Infinity` once it is over. */
  #endedAt = Infinity;

  /**
   * @param timeouts The limits.
   * @param minRate Minimum receive rate of content, in bytes per second; 0 for none.
   * @param now The time.
   */
  constructor(timeouts: Http1Timeouts, minRate: number, now: number) {
    this.#timeouts = timeouts;
    this.#minRate = minRate;
    this.#since = now;
    this.#receivedAt = now;
    this.#checkedAt = now;
  }

  /** Bytes arrived. */
  received(now: number): void {
    this.#hasReceived = true;
    this.#receivedAt = now;
    this.#expiring = false;
  }

  /** The head of a request is complete. */
  headReceived(now: number): void {
    this.#inHead = false;
    this.#served = true;
    this.#waitedForContent = 0;
    if (this.#ended) this.#endedAt = now;
  }

  /** The connection waits for a head, or for the rest of one that has begun. */
  awaitHead(now: number, begun: boolean): void {
    if (!this.#served || (begun && this.#inHead)) return;
    this.#inHead = begun;
    this.#since = now;
  }

  /** The operating system took all that was held back: the client's next request is waited for from now on. */
  drained(now: number): void {
    this.#since = now;
  }

  /** The client closed its half. */
  ended(now: number): void {
    this.#ended = true;
    this.#endedAt = now;
  }

  /** Looks for an expiry between requests; `null` if there is none. */
  checkHead(now: number): Expiry | null {
    this.#checkedAt = now;
    if (this.#inHead) {
      if (now - this.#since <= this.#timeouts.headers) return null;
      return this.#hasReceived ? "head" : "silent";
    }
    if (now - this.#since <= this.#timeouts.idle) return null;
    // One more tick, so that a request that has arrived but not been read yet is not met by a closed connection.
    if (this.#expiring) return "idle";
    this.#expiring = true;
    return null;
  }

  /**
   * Looks for an expiry while a request is being answered; `null` if there is none.
   *
   * @param awaited Whether somebody waits for content.
   * @param received Bytes of content that have arrived.
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
