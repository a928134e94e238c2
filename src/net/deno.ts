import { AcceptFailures } from "./accept_failures.ts";
import { type DenoAddress, type DenoConn, DenoSocket } from "./deno_socket.ts";
import { listenError } from "./errors.ts";
import { Handover } from "./handover.ts";
import { type Accept, HANDSHAKE_TIMEOUT, type Listener, type ListenOptions } from "./listener.ts";
import type { Address } from "./socket.ts";

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
    throw listenError(address, error, tls !== undefined);
  }
}

class DenoListener implements Listener {
  readonly address: Address;
  readonly #socket: DenoListenSocket;
  readonly #handover: Handover<DenoConn>;
  readonly #kept = DenoSocket.unconnected();
  #failures: AcceptFailures | undefined;
  #accepting: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: DenoListenSocket, handshakeTimeout: number) {
    const { addr } = socket;
    this.address = addr.transport === "unix"
      ? { path: addr.path }
      : { hostname: addr.hostname, port: addr.port };
    this.#socket = socket;
    this.#handover = new Handover({ handOver, discard: closeQuietly }, handshakeTimeout);
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

  abort(): void {
    this.#handover.abort(this.#stop);
  }

  readonly #stop = async (): Promise<void> => {
    this.#socket.close();
    this.#failures?.stop();
    this.#wake?.();
    // The descriptor is only freed once the call that waits for a connection has been cancelled. It may also bring a
    // last connection.
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
        conn = await this.#socket.accept();
      } catch (error) {
        if (this.#handover.stopped) return;
        if (GONE.has((error as { code?: unknown }).code)) continue;
        failures.failed(error as Error);
        await this.#sleep(ACCEPT_PAUSE);
        continue;
      }
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
      await conn.handshake!();
    } catch {
      this.#handover.endHandshake(conn);
      closeQuietly(conn);
      return;
    }
    if (this.#handover.endHandshake(conn)) this.#handover.take(conn);
  }
}

function handOver(conn: DenoConn, accept: Accept): void {
  const socket = new DenoSocket(conn);
  socket.start(accept(socket));
}

function closeQuietly(conn: DenoConn): void {
  try {
    conn.close();
  } catch {
    // It has been closed before.
  }
}
