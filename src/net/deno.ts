import { type DenoAddress, type DenoConn, DenoSocket } from "./deno_socket.ts";
import { listenError } from "./errors.ts";
import { type Accept, HANDSHAKE_TIMEOUT, type Listener, type ListenOptions, MAX_PARKED } from "./listener.ts";
import { timerHolds } from "./longest_delay.ts";
import type { Address } from "./socket.ts";
import { surface } from "./surface.ts";

interface DenoListenSocket {
  readonly addr: DenoAddress;
  accept(): Promise<DenoConn>;
  close(): void;
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
const ACCEPT_PAUSE = 50;
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
  const { reusePort = false, tls, handshakeTimeout = HANDSHAKE_TIMEOUT } = options;
  // Without --unstable-net Deno.listen ends the process when asked to share a port, and listenTls knows no
  // Unix sockets; Deno's node:net and node:tls do both.
  const beyondDeno = (reusePort && !("listenDatagram" in deno)) || (tls !== undefined && "path" in address);
  if (beyondDeno) return await (await import("./node.ts")).listen(address, options);
  const where = "path" in address ? { transport: "unix", path: address.path } : { ...address, reusePort };
  try {
    const socket = tls === undefined
      ? deno.listen(where)
      : deno.listenTls({ ...where, cert: tls.cert, key: tls.key });
    return new DenoListener(socket, handshakeTimeout);
  } catch (error) {
    throw listenError(address, error);
  }
}

class DenoListener implements Listener {
  readonly address: Address;
  readonly #socket: DenoListenSocket;
  readonly #handshakeTimeout: number;
  readonly #handshaking = new Set<DenoConn>();
  readonly #kept = DenoSocket.unconnected();
  #accept!: Accept;
  #accepting: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #paused = false;
  #closed = false;
  /**
   * Connections that came in while paused: the one that was being accepted, and TLS handshakes on their way.
   */
  #parked: DenoConn[] = [];

  constructor(socket: DenoListenSocket, handshakeTimeout: number) {
    const { addr } = socket;
    this.address = addr.transport === "unix"
      ? { path: addr.path }
      : { hostname: addr.hostname, port: addr.port };
    this.#socket = socket;
    this.#handshakeTimeout = handshakeTimeout;
  }

  start(accept: Accept, onError: (error: Error) => void): void {
    this.#accept = accept;
    this.#accepting = this.#acceptAll(onError);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    queueMicrotask(() => {
      while (!this.#paused && this.#parked.length > 0) this.#handOver(this.#parked.shift()!);
      this.#wake?.();
    });
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#socket.close();
      for (const conn of this.#parked.splice(0)) conn.close();
      for (const conn of this.#handshaking) closeQuietly(conn);
      this.#wake?.();
    }
    // The descriptor is only freed once the call that waits for a connection has been cancelled.
    await this.#accepting;
  }

  async #acceptAll(onError: (error: Error) => void): Promise<void> {
    while (!this.#closed) {
      if (this.#paused) {
        await this.#sleep();
        continue;
      }
      let conn: DenoConn;
      try {
        conn = await this.#socket.accept();
      } catch (error) {
        if (this.#closed) return;
        if (GONE.has((error as { code?: unknown }).code)) continue;
        onError(error as Error);
        await this.#sleep(ACCEPT_PAUSE);
        continue;
      }
      if (conn.handshake === undefined) this.#handOver(conn);
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
    this.#handshaking.add(conn);
    const limit = this.#handshakeTimeout;
    const timer = timerHolds(limit) ? setTimeout(closeQuietly, limit, conn) : undefined;
    try {
      await conn.handshake!();
    } catch {
      closeQuietly(conn);
      return;
    } finally {
      clearTimeout(timer);
      this.#handshaking.delete(conn);
    }
    this.#handOver(conn);
  }

  #handOver(conn: DenoConn): void {
    if (this.#closed || (this.#paused && this.#parked.length >= MAX_PARKED)) {
      closeQuietly(conn);
      return;
    }
    if (this.#paused) {
      this.#parked.push(conn);
      return;
    }
    const socket = new DenoSocket(conn);
    try {
      socket.start(this.#accept(socket));
    } catch (error) {
      closeQuietly(conn);
      surface(error);
    }
  }
}

function closeQuietly(conn: DenoConn): void {
  try {
    conn.close();
  } catch {
    // It has been closed before.
  }
}
