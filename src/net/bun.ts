import { AcceptFailures } from "./accept_failures.ts";
import { type BunConn, BunSocket } from "./bun_socket.ts";
import { descriptorShortage, watchDescriptors } from "./descriptor_watch.ts";
import { listenError } from "./errors.ts";
import { Handover } from "./handover.ts";
import {
  type Accept,
  HANDSHAKE_TIMEOUT,
  type Listener,
  type ListenOptions,
  type TlsCredentials,
} from "./listener.ts";
import type { Address } from "./socket.ts";

interface BunListenSocket {
  readonly hostname: string;
  readonly port: number;
  stop(closeActiveConnections: boolean): void;
}

interface BunNet {
  listen(options: Record<string, unknown>): BunListenSocket;
  sleepSync(milliseconds: number): void;
}

/** Milliseconds that an idle thread sleeps between two attempts to accept, while descriptors are lacking. */
const NAP = 10;

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
      throw listenError(address, error, tls !== undefined);
    }
    resolve(listener);
  });
}

class BunListener implements Listener {
  address!: Address;
  #socket!: BunListenSocket;
  readonly #unix: boolean;
  readonly #handover: Handover<BunConn>;
  #stopWatches: (() => void) | undefined;
  #throttling: ReturnType<typeof setInterval> | undefined;
  /** Number of times that bytes have arrived. */
  #reads = 0;
  #readsBefore = 0;

  constructor(unix: boolean, handshakeTimeout: number) {
    this.#unix = unix;
    this.#handover = new Handover({ handOver, discard, park }, handshakeTimeout);
  }

  bind(address: Address, reusePort: boolean, tls: TlsCredentials | undefined): void {
    const where = "path" in address ? { unix: address.path } : { ...address, reusePort };
    const handlers = {
      binaryType: "buffer",
      open: tls === undefined ? this.#onOpen : this.#onHandshakeStart,
      // Without this handler Bun calls `open` after the handshake, but then nothing could limit its time.
      handshake: tls === undefined ? undefined : this.#onHandshake,
      data: (conn: BunConn, chunk: Uint8Array) => {
        this.#reads++;
        conn.data.received(chunk);
      },
      end: (conn: BunConn) => conn.data.ended(),
      drain: (conn: BunConn) => conn.data.drained(),
      error: (conn: BunConn, error: Error) => conn.data.failed(error),
      close: this.#onClose,
    };
    const credentials = tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } };
    this.#socket = bun.listen({ ...where, ...credentials, allowHalfOpen: true, socket: handlers });
    this.address = "path" in address ? address : { hostname: this.#socket.hostname, port: this.#socket.port };
  }

  start(accept: Accept, onError: (error: Error) => void): void {
    const failures = new AcceptFailures(onError);
    const stopProbes = watchDescriptors((error) => {
      failures.failed(error);
      this.#throttling ??= setInterval(this.#throttle, 1);
    });
    this.#stopWatches = () => {
      stopProbes();
      failures.stop();
      clearInterval(this.#throttling);
    };
    this.#handover.start(accept);
  }

  /**
   * Sleeps while there is no descriptor for a connection and nothing else to do. Bun tries to accept again and again, which
   * would keep a core busy.
   */
  readonly #throttle = (): void => {
    if (descriptorShortage() === null) {
      clearInterval(this.#throttling);
      this.#throttling = undefined;
      return;
    }
    if (this.#reads === this.#readsBefore) bun.sleepSync(NAP);
    this.#readsBefore = this.#reads;
  };

  pause(): void {
    this.#handover.pause();
  }

  resume(): void {
    this.#handover.resume();
  }

  close(): Promise<void> {
    return this.#handover.close(this.#stop);
  }

  abort(): void {
    this.#handover.abort(this.#stop);
  }

  readonly #stop = (): void => {
    this.#socket.stop(false);
    this.#stopWatches?.();
  };

  readonly #onOpen = (conn: BunConn): void => {
    new BunSocket(conn, this.#unix);
    this.#handover.take(conn);
  };

  readonly #onHandshakeStart = (conn: BunConn): void => {
    new BunSocket(conn, this.#unix);
    this.#handover.beginHandshake(conn);
  };

  readonly #onHandshake = (conn: BunConn, success: boolean): void => {
    if (!this.#handover.endHandshake(conn)) return;
    if (success) this.#handover.take(conn);
    else conn.end();
  };

  readonly #onClose = (conn: BunConn, error?: Error): void => {
    this.#handover.gone(conn);
    conn.data.closed(error);
  };
}

function handOver(conn: BunConn, accept: Accept): void {
  const socket = conn.data;
  socket.resume();
  socket.start(accept(socket));
}

function discard(conn: BunConn): void {
  conn.end();
}

/** Bun reads at once, also while nobody has the connection. */
function park(conn: BunConn): void {
  conn.data.pause();
}
