import type { Content } from "./content_receiver.ts";
import type { Timeouts } from "./options.ts";
import type { Output } from "./output.ts";
import type { ServedExchange } from "./served_exchange.ts";

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

  /** The operating system took all that was held back: what the client does next is waited for from now on. */
  drained(now: number): void {
    this.#since = now;
    this.#takenAt = now;
  }

  /** The client closed its half. */
  ended(now: number): void {
    this.#ended = true;
    this.#endedAt = now;
  }

  /**
   * Looks for what has expired.
   *
   * @param output What is sent to the client.
   * @param exchange The request that is being answered.
   * @returns What to do, or `null`.
   */
  check(
    now: number,
    output: Pick<Output, "blocked" | "taken">,
    exchange: Pick<ServedExchange, "content"> | null,
  ): Expiry | null {
    const elapsed = now - this.#checkedAt;
    this.#checkedAt = now;
    if (this.sendExpired(now, output.blocked, output.taken)) return CUT;
    // A client that has to take its answer first may have sent its next request long ago, unread.
    if (exchange === null) return output.blocked ? null : this.#waitingExpired(now);
    if (now - this.#endedAt > HALF_CLOSE_GRACE) {
      this.#endedAt = Infinity;
      return MAYBE_GONE;
    }
    return this.#contentExpired(now, elapsed, exchange.content) ? CONTENT_TIMEOUT : null;
  }

  /**
   * Whether the client has taken nothing for too long. A slow one makes progress, if in leaps as large as the buffers of the
   * operating system; a dead one makes none.
   *
   * @param waits Whether there is something that it has to take.
   * @param taken How many bytes the operating system has taken.
   */
  sendExpired(now: number, waits: boolean, taken: number): boolean {
    if (!waits || taken !== this.#taken) {
      this.#taken = taken;
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
    return receive !== Infinity && waited > RATE_GRACE && content.received < waited / 1000 * MIN_RATE;
  }
}
