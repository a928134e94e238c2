import { AcceptFailures } from "./accept_failures.ts";
import { type BunConn, BunSocket } from "./bun_socket.ts";
import { descriptorShortage, watchDescriptors } from "./descriptor_watch.ts";
import { listenError } from "./errors.ts";
import { Handover } from "./handover.ts";
import { type Accept, HANDSHAKE_TIMEOUT, type Listener, type ListenOptions } from "./listener.ts";
import type { Address } from "./socket.ts";
import {
  DEFAULT_ALPN_PROTOCOLS,
  isPlainTls,
  notSecure,
  type TlsCredentials,
  type TlsOptions,
} from "./tls.ts";

interface BunListenSocket {
  readonly hostname: string;
  readonly port: number;
  stop(closeActiveConnections: boolean): void;
  ref(): void;
  unref(): void;
}

interface BunNet {
  listen(options: Record<string, unknown>): BunListenSocket;
  sleepSync(milliseconds: number): void;
}

/** Milliseconds that an idle thread sleeps between two attempts to accept, while descriptors are lacking. */
const NAP = 10;

interface BunGlobals {
  readonly Bun: BunNet;
  readonly Buffer: { from(bytes: readonly number[]): Uint8Array };
}

const { Bun: bun, Buffer } = globalThis as unknown as BunGlobals;

/**
 * Binds a listening socket with `Bun.listen`.
 *
 * @param address What to bind.
 * @param options TLS and port sharing.
 * @returns The listener, bound.
 * @throws {ListenError} If it cannot be bound.
 */
export async function listen(address: Address, options: ListenOptions = {}): Promise<Listener> {
  const { tls } = options;
  // Bun.listen has one certificate and no minimum version that are known to work; Bun's node:tls has all
  // options.
  if (tls !== undefined && !isPlainTls(tls)) {
    return await (await import("./node.ts")).listen(address, options);
  }
  const listener = new BunListener(options);
  try {
    listener.bind(address);
  } catch (error) {
    throw listenError(address, error, tls !== undefined);
  }
  return listener;
}

class BunListener implements Listener {
  address!: Address;
  #socket!: BunListenSocket;
  #unix = false;
  #keepsProcess = true;
  #options: ListenOptions;
  readonly #handover: Handover<BunConn>;
  #stopWatches: (() => void) | undefined;
  #throttling: ReturnType<typeof setInterval> | undefined;
  /** Number of times that bytes have arrived. */
  #reads = 0;
  #readsBefore = 0;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#handover = new Handover(
      { handOver, discard, park },
      options.handshakeTimeout ?? HANDSHAKE_TIMEOUT,
    );
  }

  bind(address: Address): void {
    const { reusePort = false, tls } = this.#options;
    this.#unix = "path" in address;
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
    const secured = tls === undefined ? {} : { tls: bunTls(tls) };
    this.#socket = bun.listen({ ...where, ...secured, allowHalfOpen: true, socket: handlers });
    if (!this.#keepsProcess) this.#socket.unref();
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
   * Sleeps while there is no descriptor for a connection and nothing else to do. Bun tries to accept again
   * and again, which would keep a core busy.
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

  unref(): void {
    this.#keepsProcess = false;
    this.#socket.unref();
  }

  ref(): void {
    this.#keepsProcess = true;
    this.#socket.ref();
  }

  async setCertificates(credentials: TlsCredentials): Promise<void> {
    const { tls, reusePort = false } = this.#options;
    if (tls === undefined) throw notSecure();
    const all = { ...tls, ...credentials };
    try {
      if (!isPlainTls(all)) {
        throw new Error("Bun.listen has no passphrase and no certificates by server name");
      }
      // Finds out whether they can be used.
      bun.listen({ hostname: "127.0.0.1", port: 0, tls: bunTls(all), socket: { data() {} } }).stop(true);
      if (!reusePort) await this.#handover.emptyQueue();
      if (this.#handover.stopped) return;
      const before = this.#socket;
      this.#options = { ...this.#options, tls: all };
      if (!reusePort) before.stop(false);
      this.bind(this.address);
      if (!reusePort) return;
      await this.#handover.emptyQueue();
      before.stop(false);
    } catch (error) {
      throw listenError(this.address, error, true);
    }
  }

  abort(): void {
    this.#handover.abort(this.#stop);
  }

  readonly #stop = (): void => {
    this.#socket.stop(false);
    this.#stopWatches?.();
  };

  readonly #onOpen = (conn: BunConn): void => {
    new BunSocket(conn, this.#unix, false);
    this.#handover.take(conn);
  };

  readonly #onHandshakeStart = (conn: BunConn): void => {
    new BunSocket(conn, this.#unix, true);
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

/** Options of `Bun.listen`, which takes protocols as RFC 7301 writes them: each behind its length. */
function bunTls({ cert, key, alpnProtocols = DEFAULT_ALPN_PROTOCOLS }: TlsOptions): Record<string, unknown> {
  const wire = alpnProtocols.flatMap((name) => [name.length, ...new TextEncoder().encode(name)]);
  return { cert, key, ALPNProtocols: Buffer.from(wire) };
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
