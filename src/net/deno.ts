import { AcceptFailures } from "./accept_failures.ts";
import { type DenoAddress, type DenoConn, DenoSocket } from "./deno_socket.ts";
import { listenError } from "./errors.ts";
import { Handover } from "./handover.ts";
import { type Accept, HANDSHAKE_TIMEOUT, type Listener, type ListenOptions } from "./listener.ts";
import type { Address } from "./socket.ts";
import { DEFAULT_ALPN_PROTOCOLS, isPlainTls, notSecure, type TlsCredentials } from "./tls.ts";

interface DenoListenSocket {
  readonly addr: DenoAddress;
  accept(): Promise<DenoConn>;
  close(): void;
  ref(): void;
  unref(): void;
}

interface DenoNet {
  listen(options: Record<string, unknown>): DenoListenSocket;
  listenTls(options: Record<string, unknown>): DenoListenSocket;
}

const deno = (globalThis as unknown as { Deno: DenoNet }).Deno;

/**
 * Milliseconds to wait after a failure to accept, so that a lack of file descriptors does not become a busy
 * loop.
 */
const ACCEPT_PAUSE = 100;
/** A client that went away before it was accepted, which concerns nobody else. */
const GONE: ReadonlySet<unknown> = new Set(["ECONNABORTED", "ECONNRESET", "ENOTCONN"]);

/**
 * Binds a listening socket with `Deno.listen` or `Deno.listenTls`.
 *
 * @param address What to bind.
 * @param options TLS and port sharing.
 * @returns The listener, bound.
 * @throws {ListenError} If it cannot be bound.
 */
export async function listen(address: Address, options: ListenOptions = {}): Promise<Listener> {
  const { reusePort = false, tls } = options;
  // Without --unstable-net Deno.listen ends the process when asked to share a port, and listenTls has no Unix
  // sockets and few options; Deno's node:net and node:tls have them all.
  const beyondDeno = (reusePort && !("listenDatagram" in deno)) ||
    (tls !== undefined && ("path" in address || !isPlainTls(tls)));
  if (beyondDeno) return await (await import("./node.ts")).listen(address, options);
  try {
    return new DenoListener(open(address, options), options);
  } catch (error) {
    throw listenError(address, error, tls !== undefined);
  }
}

function open(address: Address, { reusePort = false, tls }: ListenOptions): DenoListenSocket {
  const where = "path" in address ? { transport: "unix", path: address.path } : { ...address, reusePort };
  if (tls === undefined) return deno.listen(where);
  const alpnProtocols = tls.alpnProtocols ?? DEFAULT_ALPN_PROTOCOLS;
  return deno.listenTls({ ...where, cert: toText(tls.cert), key: toText(tls.key), alpnProtocols });
}

function toText(pem: string | Uint8Array): string {
  return typeof pem === "string" ? pem : new TextDecoder().decode(pem);
}

class DenoListener implements Listener {
  readonly address: Address;
  #socket: DenoListenSocket;
  readonly #options: ListenOptions;
  /** The protocol that was agreed upon in the handshake of a connection. */
  readonly #alpnProtocols = new WeakMap<DenoConn, string | null>();
  readonly #handover: Handover<DenoConn>;
  readonly #kept = DenoSocket.unconnected();
  #failures: AcceptFailures | undefined;
  #accepting: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #isAccepting = false;
  #keepsProcess = true;
  /** Settles once the socket has been replaced; absent while it is not being replaced. */
  #replaced: Promise<void> | undefined;
  #cancelled: (() => void) | undefined;
  #certificatesSet: Promise<void> = Promise.resolve();

  constructor(socket: DenoListenSocket, options: ListenOptions) {
    const { addr } = socket;
    this.address = addr.transport === "unix"
      ? { path: addr.path }
      : { hostname: addr.hostname, port: addr.port };
    this.#socket = socket;
    this.#options = options;
    this.#handover = new Handover({
      handOver: (conn, accept) => {
        const socket = new DenoSocket(conn, this.#alpnProtocols.get(conn));
        socket.start(accept(socket));
      },
      discard: closeQuietly,
    }, options.handshakeTimeout ?? HANDSHAKE_TIMEOUT);
  }

  start(accept: Accept, onError: (error: Error) => void): void {
    this.#handover.start(accept);
    this.#failures = new AcceptFailures(onError);
    this.#accepting = this.#acceptAll(this.#failures);
  }

  pause(): void {
    this.#handover.pause();
  }

  resume(): void {
    this.#handover.resume();
    // After those that waited.
    queueMicrotask(() => this.#wake?.());
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

  setCertificates(credentials: TlsCredentials): Promise<void> {
    // One after the other.
    return this.#certificatesSet = this.#certificatesSet.catch(() => {}).then(() => {
      return this.#setCertificates(credentials);
    });
  }

  async #setCertificates(credentials: TlsCredentials): Promise<void> {
    const { tls, reusePort = false } = this.#options;
    if (tls === undefined) throw notSecure();
    const options = { ...this.#options, tls: { ...tls, ...credentials } };
    try {
      if (!isPlainTls(options.tls)) {
        throw new Error("Deno.listenTls has no passphrase and no certificates by server name");
      }
      // Finds out whether they can be used.
      open({ hostname: "127.0.0.1", port: 0 }, { tls: options.tls }).close();
      const shared = reusePort ? open(this.address, options) : undefined;
      await this.#handover.emptyQueue();
      if (this.#handover.stopped) shared?.close();
      else await this.#replaceSocket(shared ?? (() => open(this.address, options)));
    } catch (error) {
      throw listenError(this.address, error, true);
    }
  }

  /** Accepts from another socket from now on. It is opened once this one is closed, or is open already. */
  async #replaceSocket(next: DenoListenSocket | (() => DenoListenSocket)): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#replaced = promise;
    this.#socket.close();
    try {
      // The descriptor is only freed once the call that waits for a connection has been cancelled.
      if (this.#isAccepting) await new Promise<void>((cancelled) => this.#cancelled = cancelled);
      this.#socket = typeof next === "function" ? next() : next;
      if (!this.#keepsProcess) this.#socket.unref();
    } finally {
      this.#replaced = undefined;
      resolve();
    }
  }

  abort(): void {
    this.#handover.abort(this.#stop);
  }

  readonly #stop = async (): Promise<void> => {
    this.#socket.close();
    this.#failures?.stop();
    this.#wake?.();
    // The descriptor is only freed once the call that waits for a connection has been cancelled. It may also
    // bring a last connection.
    await this.#accepting;
  };

  async #acceptAll(failures: AcceptFailures): Promise<void> {
    while (!this.#handover.stopped) {
      if (this.#handover.paused) {
        await this.#sleep();
        continue;
      }
      let conn: DenoConn;
      try {
        this.#isAccepting = true;
        conn = await this.#socket.accept();
      } catch (error) {
        this.#isAccepting = false;
        if (this.#handover.stopped) return;
        if (this.#replaced !== undefined) {
          this.#cancelled?.();
          await this.#replaced;
          continue;
        }
        if (GONE.has((error as { code?: unknown }).code)) continue;
        failures.failed(error as Error);
        await this.#sleep(ACCEPT_PAUSE);
        continue;
      }
      this.#isAccepting = false;
      if (conn.handshake === undefined) this.#handover.take(conn);
      else void this.#handshake(conn);
    }
  }

  /** Waits to be woken, at most for some milliseconds. */
  async #sleep(limit?: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((wake) => {
      this.#wake = wake;
      if (limit !== undefined) timer = setTimeout(wake, limit);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }

  async #handshake(conn: DenoConn): Promise<void> {
    this.#handover.beginHandshake(conn);
    try {
      const { alpnProtocol } = await conn.handshake!();
      this.#alpnProtocols.set(conn, alpnProtocol);
    } catch {
      this.#handover.endHandshake(conn);
      closeQuietly(conn);
      return;
    }
    if (this.#handover.endHandshake(conn)) this.#handover.take(conn);
  }
}

function closeQuietly(conn: DenoConn): void {
  try {
    conn.close();
  } catch {
    // It has been closed before.
  }
}
