import type { SocketHandler } from "../net/socket.ts";
import type { Deadlines } from "./deadlines.ts";
import { STAYS, TAKES_NOTHING } from "./end_reasons.ts";
import type { Output } from "./output.ts";

/** Milliseconds that a client which is still sending is listened to once the operating system has all for it. */
const LINGER_TIME = 5000;

/** The same while the server is closing, and waits for its last connections. */
const LAST_LINGER_TIME = 1000;

/** How many bytes are read and dropped so that a client that is still sending gets to read the last response. */
const LINGER_LIMIT = 16 * 1024 * 1024;

/** The connection that is about to close. */
export interface LingeringOwner {
  /** What was sent. */
  readonly output: Output;
  /** The clock, and whether the server is closing. */
  readonly service: { readonly now: number; readonly draining: boolean };
  /** Gives up the connection. */
  cutOff(because: string): void;
}

/**
 * Has a connection whose own half has been closed: reads and drops for a bounded time and size what the client is still
 * sending, for one that is closed with unread bytes would be reset, and the client might never see the response. Whether
 * the client ever closes its half is not to be relied on.
 */
export class Lingering implements SocketHandler {
  readonly #owner: LingeringOwner;
  readonly #deadlines: Deadlines;
  readonly #before: SocketHandler | null;
  #since: number;
  #dropped = 0;

  /**
   * @param owner The connection.
   * @param deadlines Its deadlines.
   * @param before Who had the socket after an upgrade, and is to hear of its end.
   */
  constructor(owner: LingeringOwner, deadlines: Deadlines, before: SocketHandler | null) {
    this.#owner = owner;
    this.#deadlines = deadlines;
    this.#before = before;
    this.#since = owner.service.now;
  }

  /** Bytes that nobody reads. */
  onData(chunk: Uint8Array): void {
    this.#dropped += chunk.length;
    if (this.#dropped > LINGER_LIMIT) this.#owner.cutOff(STAYS);
  }

  /** The client closed its half. The socket closes once the rest is sent. */
  onEnd(): void {}

  /** The operating system took all that was held back. */
  onDrain(): void {
    const { output, service } = this.#owner;
    output.onDrain();
    this.#deadlines.drained(service.now);
    this.#since = service.now;
  }

  /** The connection is gone. */
  onClose(error?: Error): void {
    this.#before?.onClose(error);
  }

  /** What is on its way when the connection closes has as long to get there as any other response. */
  checkDeadlines(now: number): void {
    const { output, service } = this.#owner;
    const waits = output.blocked || output.unsent;
    if (waits) this.#since = now;
    if (this.#deadlines.sendExpired(now, waits, output.taken)) return this.#owner.cutOff(TAKES_NOTHING);
    if (now - this.#since > (service.draining ? LAST_LINGER_TIME : LINGER_TIME)) {
      this.#owner.cutOff(STAYS);
    }
  }
}
