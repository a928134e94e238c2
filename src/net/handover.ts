import { emptyAcceptQueue } from "./accept_queue.ts";
import { type Accept, MAX_PARKED } from "./listener.ts";
import { timerHolds } from "./longest_delay.ts";
import { reportUncaught } from "./report_uncaught.ts";

/** TLS handshakes in progress at most, so that clients which never finish theirs cost bounded memory. */
const MAX_HANDSHAKES = 1024;

/** Milliseconds that TLS handshakes have to finish once the listener no longer accepts. */
const HANDSHAKE_GRACE = 500;

/** Operations of a runtime's listener on its connections. */
export interface ConnectionActions<Conn> {
  /** Creates the socket and hands it over. */
  handOver(conn: Conn, accept: Accept): void;
  /** Closes a connection that is not handed over. */
  discard(conn: Conn): void;
  /** Prepares a connection for waiting; absent where there is nothing to prepare. */
  park?(conn: Conn): void;
}

/**
 * Passes connections on from a runtime's listener to its owner: keeps those that come while the listener is
 * paused, limits the time of TLS handshakes, and closes the listener without losing the connections in the
 * kernel's queue.
 */
export class Handover<Conn> {
  readonly #actions: ConnectionActions<Conn>;
  readonly #handshakeTimeout: number;
  #accept: Accept | undefined;
  #paused = true;
  #stopped = false;
  #closed = false;
  #closing: Promise<void> | undefined;
  #accepted = 0;
  /** Connections that came while paused, in order. */
  readonly #parked = new Set<Conn>();
  /** Connections in a TLS handshake, each with the timer that limits it, if one does. */
  readonly #handshaking = new Map<Conn, ReturnType<typeof setTimeout> | undefined>();
  #handshakesEnded: (() => void) | undefined;

  /**
   * @param actions What to do with a connection.
   * @param handshakeTimeout Milliseconds that a TLS handshake may take.
   */
  constructor(actions: ConnectionActions<Conn>, handshakeTimeout: number) {
    this.#actions = actions;
    this.#handshakeTimeout = handshakeTimeout;
  }

  /** `true` if connections have to wait: the owner has paused the listener, or not started it. */
  get paused(): boolean {
    return this.#paused;
  }

  /** `true` if the listening socket has been closed. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Sets the owner and begins to hand over. */
  start(accept: Accept): void {
    this.#accept = accept;
    this.resume();
  }

  /** Lets connections wait. */
  pause(): void {
    this.#paused = true;
  }

  /** Hands over in a microtask the connections that waited, then new ones at once. */
  resume(): void {
    if (!this.#paused || this.#accept === undefined) return;
    this.#paused = false;
    if (this.#parked.size > 0) queueMicrotask(this.#release);
  }

  /** Hands over a connection, lets it wait, or closes it if too many wait. */
  take(conn: Conn): void {
    this.#accepted++;
    if (this.#closed || (this.#paused && this.#isFull)) {
      this.#actions.discard(conn);
    } else if (this.#paused) {
      this.#parked.add(conn);
      this.#actions.park?.(conn);
    } else {
      this.#handOver(conn);
    }
  }

  /**
   * Limits the time of a TLS handshake that begins. If too many are in progress the oldest is ended: an
   * honest client needs two round trips, so those that have been at it for long are the least likely to
   * finish. Closes the connection if too many wait for the owner.
   */
  beginHandshake(conn: Conn): void {
    this.#accepted++;
    if (this.#closed || (this.#paused && this.#isFull)) {
      this.#actions.discard(conn);
      return;
    }
    if (this.#handshaking.size >= MAX_HANDSHAKES) {
      const [oldest] = this.#handshaking.keys();
      this.#expire(oldest!);
    }
    const limit = this.#handshakeTimeout;
    this.#handshaking.set(conn, timerHolds(limit) ? setTimeout(this.#expire, limit, conn) : undefined);
  }

  /**
   * Forgets a TLS handshake that is over.
   *
   * @returns `false` if the connection was given up before.
   */
  endHandshake(conn: Conn): boolean {
    clearTimeout(this.#handshaking.get(conn));
    const wasThere = this.#handshaking.delete(conn);
    if (this.#handshaking.size === 0) this.#handshakesEnded?.();
    return wasThere;
  }

  /** Forgets a connection that has closed before it was handed over. */
  gone(conn: Conn): void {
    this.endHandshake(conn);
    this.#parked.delete(conn);
  }

  /**
   * Hands over the connections that have reached the kernel, closes the listening socket, and waits for TLS
   * handshakes.
   *
   * @param stop Closes the listening socket; resolves once its address is free.
   */
  close(stop: () => Promise<void> | void): Promise<void> {
    return this.#closing ??= this.#close(stop);
  }

  /** Closes the listening socket and all connections that were not handed over, at once. */
  abort(stop: () => Promise<void> | void): void {
    if (!this.#stopped) {
      this.#stopped = true;
      void stop();
    }
    this.#discardAll();
    this.#handshakesEnded?.();
  }

  /** Waits until the connections in the kernel's queue have been accepted, unless the listener is paused. */
  async emptyQueue(): Promise<void> {
    const accepts = () => !this.#paused && !this.#stopped;
    if (accepts()) await emptyAcceptQueue(() => this.#accepted, accepts);
  }

  async #close(stop: () => Promise<void> | void): Promise<void> {
    await this.emptyQueue();
    if (!this.#stopped) {
      this.#stopped = true;
      await stop();
    }
    if (!this.#paused && this.#handshaking.size > 0) await this.#handshakesOver();
    this.#discardAll();
  }

  async #handshakesOver(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, HANDSHAKE_GRACE);
      this.#handshakesEnded = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #discardAll(): void {
    this.#closed = true;
    const handshaking = [...this.#handshaking.keys()];
    for (const conn of handshaking) this.endHandshake(conn);
    for (const conn of [...this.#parked, ...handshaking]) this.#actions.discard(conn);
    this.#parked.clear();
  }

  get #isFull(): boolean {
    return this.#parked.size + this.#handshaking.size >= MAX_PARKED;
  }

  readonly #expire = (conn: Conn): void => {
    this.endHandshake(conn);
    this.#actions.discard(conn);
  };

  readonly #release = (): void => {
    for (const conn of this.#parked) {
      if (this.#paused) return;
      this.#parked.delete(conn);
      this.#handOver(conn);
    }
  };

  #handOver(conn: Conn): void {
    try {
      this.#actions.handOver(conn, this.#accept!);
    } catch (error) {
      this.#actions.discard(conn);
      reportUncaught(error);
    }
  }
}
