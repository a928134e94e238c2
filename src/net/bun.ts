import { type BunConn, BunSocket } from "./bun_socket.ts";
import { listenError } from "./errors.ts";
import {
  type Accept,
  HANDSHAKE_TIMEOUT,
  type Listener,
  type ListenOptions,
  MAX_PARKED,
  type TlsCredentials,
} from "./listener.ts";
import { timerHolds } from "./longest_delay.ts";
import type { Address } from "./socket.ts";
import { surface } from "./surface.ts";

interface BunListenSocket {
  readonly hostname: string;
  readonly port: number;
  stop(closeActiveConnections: boolean): void;
}

interface BunNet {
  listen(options: Record<string, unknown>): BunListenSocket;
}

const bun = (globalThis as unknown as { Bun: BunNet }).Bun;

/**
 * Binds a listening socket with `Bun.listen`.
 *
 * @param address What to bind.
 * @param options TLS and port sharing.
 * @returns The listener, bound.
 * @throws {ListenError} If it cannot be bound.
 */
export function listen(address: Address, options: ListenOptions = {}): Promise<Listener> {
  const { reusePort = false, tls, handshakeTimeout = HANDSHAKE_TIMEOUT } = options;
  return new Promise((resolve) => {
    const listener = new BunListener("path" in address, handshakeTimeout);
    try {
      listener.bind(address, reusePort, tls);
    } catch (error) {
      throw listenError(address, error);
    }
    resolve(listener);
  });
}

class BunListener implements Listener {
  address!: Address;
  #socket!: BunListenSocket;
  readonly #unix: boolean;
  readonly #handshakeTimeout: number;
  #accept!: Accept;
  /** Bun accepts at once; what comes before `start` waits as it does after `pause`. */
  #paused = true;
  #closed = false;
  /** Connections that came in while paused, in order. */
  readonly #parked = new Set<BunConn>();
  /** Connections in the middle of a TLS handshake, with the timer that limits it, if any does. */
  readonly #handshaking = new Map<BunConn, ReturnType<typeof setTimeout> | undefined>();

  constructor(unix: boolean, handshakeTimeout: number) {
    this.#unix = unix;
    this.#handshakeTimeout = handshakeTimeout;
  }

  bind(address: Address, reusePort: boolean, tls: TlsCredentials | undefined): void {
    const where = "path" in address ? { unix: address.path } : { ...address, reusePort };
    const handlers = {
      binaryType: "buffer",
      open: tls === undefined ? this.#onOpen : this.#onHandshakeStart,
      // Without this handler Bun calls `open` after the handshake, but then nothing could limit its time.
      handshake: tls === undefined ? undefined : this.#onHandshake,
      data: (conn: BunConn, chunk: Uint8Array) => conn.data.received(chunk),
      end: (conn: BunConn) => conn.data.ended(),
      drain: (conn: BunConn) => conn.data.drained(),
      error: (conn: BunConn, error: Error) => conn.data.failed(error),
      close: this.#onClose,
    };
    const credentials = tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } };
    this.#socket = bun.listen({ ...where, ...credentials, allowHalfOpen: true, socket: handlers });
    this.address = "path" in address ? address : { hostname: this.#socket.hostname, port: this.#socket.port };
  }

  start(accept: Accept): void {
    this.#accept = accept;
    this.resume();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#parked.size > 0) queueMicrotask(this.#release);
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#socket.stop(false);
      for (const conn of [...this.#parked, ...this.#handshaking.keys()]) conn.end();
    }
    return Promise.resolve();
  }

  readonly #onOpen = (conn: BunConn): void => {
    new BunSocket(conn, this.#unix);
    this.#handOver(conn);
  };

  readonly #onHandshakeStart = (conn: BunConn): void => {
    new BunSocket(conn, this.#unix);
    if (this.#paused && this.#isFull) {
      conn.end();
      return;
    }
    const limit = this.#handshakeTimeout;
    this.#handshaking.set(conn, timerHolds(limit) ? setTimeout(() => conn.end(), limit) : undefined);
  };

  readonly #onHandshake = (conn: BunConn, success: boolean): void => {
    if (!this.#endHandshake(conn)) return;
    if (success) this.#handOver(conn);
    else conn.end();
  };

  readonly #onClose = (conn: BunConn, error?: Error): void => {
    this.#endHandshake(conn);
    this.#parked.delete(conn);
    conn.data.closed(error);
  };

  readonly #release = (): void => {
    for (const conn of this.#parked) {
      if (this.#paused) return;
      this.#parked.delete(conn);
      this.#handOver(conn);
      conn.data.resume();
    }
  };

  get #isFull(): boolean {
    return this.#parked.size + this.#handshaking.size >= MAX_PARKED;
  }

  #endHandshake(conn: BunConn): boolean {
    clearTimeout(this.#handshaking.get(conn));
    return this.#handshaking.delete(conn);
  }

  #handOver(conn: BunConn): void {
    if (this.#closed || (this.#paused && this.#isFull)) {
      conn.end();
      return;
    }
    const socket = conn.data;
    if (this.#paused) {
      this.#parked.add(conn);
      socket.pause();
      return;
    }
    try {
      socket.start(this.#accept(socket));
    } catch (error) {
      conn.end();
      surface(error);
    }
  }
}
