import type { Content } from "./content_receiver.ts";
import type { Timeouts } from "./options.ts";

/** How long a client that is still sending is listened to after the last response. */
const LINGER_TIME = 5000;

/** The same while the server is closing, and waits for its last connections. */
const LAST_LINGER_TIME = 1000;

/** How long a client that has closed its half is taken to be still there, while its request is answered. */
const HALF_CLOSE_GRACE = 1000;

/** Content has to come at this many bytes a second, as in Kestrel, */
const MIN_RATE = 240;

/** counted once it has been waited for this long. */
const RATE_GRACE = 5000;

/** What has expired: a phrase for a 408, or what else to do. */
export type Expiry =
  | { readonly kind: "timeout"; readonly reason: string }
  | { readonly kind: "idle" }
  | { readonly kind: "cut" }
  | { readonly kind: "maybe gone" };

const HEAD_TIMEOUT: Expiry = { kind: "timeout", reason: "The request head took too long" };
const CONTENT_TIMEOUT: Expiry = { kind: "timeout", reason: "The content took too long" };
const IDLE_TIMEOUT: Expiry = { kind: "idle" };
const CUT: Expiry = { kind: "cut" };
const MAYBE_GONE: Expiry = { kind: "maybe gone" };

/** What the deadlines look at. */
export interface DeadlineSubject {
  /** Whether the last response has been written and the client is listened to no more. */
  readonly lingering: boolean;
  /** Whether the server is closing. */
  readonly closing: boolean;
  /** Whether the client has to take more before anything is written. */
  readonly blocked: boolean;
  /** Whether the client's side has yet to take some of what was sent; little of it blocks nobody. */
  readonly unsent: boolean;
  /** How many bytes the client's side has taken. */
  readonly taken: number;
  /** Whether a request is being answered. */
  readonly answering: boolean;
  /** The content of that request. */
  readonly content: Content | null;
}

/**
 * The deadlines of one connection, as plain numbers that the service's clock compares: no timer belongs to a connection or a
 * request.
 */
export class Deadlines {
  readonly #timeouts: Timeouts;
  #inHead = true;
  #served = false;
  #since: number;
  #expiring = false;
  #lingerSince: number;
  #taken = 0;
  #takenAt: number;
  #receivedAt: number;
  #waitedForContent = 0;
  #checkedAt: number;
  #ended = false;
  /** When the client closed its half, or the request came that is being answered; `Infinity` once that has been told. */
  #endedAt = Infinity;

  /**
   * @param timeouts What is allowed.
   * @param now The time on the service's clock, in milliseconds, here as everywhere.
   */
  constructor(timeouts: Timeouts, now: number) {
    this.#timeouts = timeouts;
    this.#since = now;
    this.#lingerSince = now;
    this.#takenAt = now;
    this.#receivedAt = now;
    this.#checkedAt = now;
  }

  /** Bytes arrived. */
  received(now: number): void {
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

  /** The connection waits for a head, or for the rest of one. */
  awaitHead(now: number, begun: boolean): void {
    if (!this.#served || (begun && this.#inHead)) return;
    this.#inHead = begun;
    this.#since = now;
  }

  /** The client took all that was written: what it does next is waited for from now on. */
  drained(now: number): void {
    this.#since = now;
    this.#takenAt = now;
    this.#lingerSince = now;
  }

  /** The last response has been written. */
  linger(now: number): void {
    this.#lingerSince = now;
  }

  /** The client closed its half. */
  ended(now: number): void {
    this.#ended = true;
    this.#endedAt = now;
  }

  /** What has expired, or `null`. */
  check(now: number, subject: DeadlineSubject): Expiry | null {
    const elapsed = now - this.#checkedAt;
    this.#checkedAt = now;
    if (this.#sendExpired(now, subject)) return CUT;
    if (subject.lingering) return this.#lingerExpired(now, subject) ? CUT : null;
    // A client that has to take its answer first may have sent its next request long ago, unread.
    if (!subject.answering) return subject.blocked ? null : this.#waitingExpired(now);
    if (now - this.#endedAt > HALF_CLOSE_GRACE) {
      this.#endedAt = Infinity;
      return MAYBE_GONE;
    }
    return this.#contentExpired(now, elapsed, subject.content) ? CONTENT_TIMEOUT : null;
  }

  /** What is on its way when the connection closes has as long to get there as any other response. */
  #lingerExpired(now: number, subject: DeadlineSubject): boolean {
    if (subject.unsent) this.#lingerSince = now;
    return now - this.#lingerSince > (subject.closing ? LAST_LINGER_TIME : LINGER_TIME);
  }

  /** A slow client makes progress, if in leaps as large as the buffers of the operating system; a dead one makes none. */
  #sendExpired(now: number, subject: DeadlineSubject): boolean {
    const waits = subject.blocked || (subject.lingering && subject.unsent);
    if (!waits || subject.taken !== this.#taken) {
      this.#taken = subject.taken;
      this.#takenAt = now;
      return false;
    }
    return now - this.#takenAt > this.#timeouts.send;
  }

  #waitingExpired(now: number): Expiry | null {
    if (this.#inHead) return now - this.#since > this.#timeouts.headers ? HEAD_TIMEOUT : null;
    if (now - this.#since <= this.#timeouts.idle) return null;
    // One more tick, so that a request that has arrived but not been read yet is not met by a closed connection.
    if (this.#expiring) return IDLE_TIMEOUT;
    this.#expiring = true;
    return null;
  }

  #contentExpired(now: number, elapsed: number, content: Content | null): boolean {
    if (content === null || !content.awaited) {
      this.#receivedAt = now;
      return false;
    }
    const { receive } = this.#timeouts;
    if (now - this.#receivedAt > receive) return true;
    this.#waitedForContent += elapsed;
    const waited = this.#waitedForContent;
    return receive !== Infinity && waited > Math.min(RATE_GRACE, receive) &&
      content.received < waited / 1000 * MIN_RATE;
  }
}
