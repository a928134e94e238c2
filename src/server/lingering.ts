import type { UpgradedHandler } from "../exchange/upgraded_socket.ts";
import { STAYS, TAKES_NOTHING } from "./end_reasons.ts";
import type { Output } from "./output.ts";
import type { SendProgress } from "./send_progress.ts";

/** Milliseconds that a client may go on sending once the operating system has all that it is to get. */
const LINGER_TIME = 5000;

/** The same while the server is closing, and waits for its last connections. */
const LAST_LINGER_TIME = 1000;

/** Bytes that are read and dropped so that a client that is still sending gets to read the last response. */
const LINGER_LIMIT = 16 * 1024 * 1024;

/** The connection that is about to close. */
export interface LingeringConnection {
  /** Its writing side. */
  readonly output: Output;
  /** Gives the connection up. */
  cutOff(because: string): void;
}

/**
 * Has a connection whose own half has been closed. It reads and drops what the client is still sending, for a
 * bounded time and size: a connection that is closed with unread bytes would be reset, and the client might
 * never see the response. Clients that never close their half are not waited for.
 */
export class Lingering implements UpgradedHandler {
  readonly #connection: LingeringConnection;
  readonly #progress: SendProgress;
  readonly #server: { readonly clock: { readonly now: number }; readonly isDraining: boolean };
  readonly #before: UpgradedHandler | null;
  #since: number;
  #dropped = 0;

  /**
   * @param connection The connection.
   * @param progress Its deadline for sending.
   * @param server The clock, and whether the server is closing.
   * @param before Had the socket after an upgrade, and is to hear of its end.
   */
  constructor(
    connection: LingeringConnection,
    progress: SendProgress,
    server: { readonly clock: { readonly now: number }; readonly isDraining: boolean },
    before: UpgradedHandler | null,
  ) {
    this.#connection = connection;
    this.#progress = progress;
    this.#server = server;
    this.#before = before;
    this.#since = server.clock.now;
  }

  onData(chunk: Uint8Array): void {
    this.#dropped += chunk.length;
    if (this.#dropped > LINGER_LIMIT) this.#connection.cutOff(STAYS);
  }

  onEnd(): void {}

  onDrain(): void {
    this.#since = this.#server.clock.now;
  }

  onClose(error?: Error): void {
    this.#before?.onClose(error);
  }

  /**
   * Bytes that are on their way when the connection closes have as long to get there as those of any other
   * response.
   */
  checkDeadlines(now: number): void {
    const { output } = this.#connection;
    const waits = output.blocked || output.unsent;
    if (waits) this.#since = now;
    if (this.#progress.expired(now, waits, output.taken)) return this.#connection.cutOff(TAKES_NOTHING);
    const limit = this.#server.isDraining ? LAST_LINGER_TIME : LINGER_TIME;
    if (now - this.#since > limit) this.#connection.cutOff(STAYS);
  }
}
