import * as nodeFs from "node:fs";
import * as nodeNet from "node:net";
import * as nodePath from "node:path";
import { ListenError, listenError } from "./errors.ts";
import { type Accept, HANDSHAKE_TIMEOUT, type Listener, type ListenOptions, MAX_PARKED } from "./listener.ts";
import { LONGEST_DELAY } from "./longest_delay.ts";
import type { CreateServer, NodeServer } from "./node_server.ts";
import { type NodeConn, NodeSocket } from "./node_socket.ts";
import type { Address } from "./socket.ts";
import { surface } from "./surface.ts";

const createServer = nodeNet.createServer as unknown as CreateServer;

/**
 * Binds a listening socket with `node:net` or `node:tls`.
 *
 * @param address What to bind.
 * @param options TLS and port sharing.
 * @returns The listener, bound.
 * @throws {ListenError} If it cannot be bound.
 */
export async function listen(address: Address, options: ListenOptions = {}): Promise<Listener> {
  const { reusePort = false, tls, handshakeTimeout = HANDSHAKE_TIMEOUT } = options;
  // Node knows no handshake without a limit: it throws at Infinity, for each connection, and takes 0 for its default.
  const limit = Math.min(handshakeTimeout, LONGEST_DELAY);
  const createTlsServer = tls === undefined ? undefined : await tlsServers();
  const where = "path" in address
    ? { path: address.path }
    : { host: address.hostname, port: address.port, reusePort };
  return await new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(nodeListenError(address, error));
    try {
      const both = { allowHalfOpen: true, noDelay: true };
      const server = createTlsServer === undefined
        ? createServer(both)
        : createTlsServer({ ...both, cert: tls?.cert, key: tls?.key, handshakeTimeout: limit });
      server.once("error", fail);
      server.listen(where, () => {
        server.off("error", fail);
        resolve(new NodeListener(server, tls !== undefined));
      });
    } catch (error) {
      fail(error as Error);
    }
  });
}

/** Only where it is used: to load it takes each thread 8 ms. */
async function tlsServers(): Promise<CreateServer> {
  const { createServer } = await import("node:tls");
  return createServer as unknown as CreateServer;
}

/** Node says EACCES where the system said ENOENT to the path of a Unix socket. */
function nodeListenError(address: Address, cause: Error): ListenError {
  const error = listenError(address, cause);
  const wasRefused = !("path" in address) || error.code !== "EACCES" ||
    refusesFiles(nodePath.dirname(address.path));
  return wasRefused ? error : new ListenError(address, "ENOENT", cause);
}

/** Whether a directory is there, and this process has no right to make a file in it. */
function refusesFiles(directory: string): boolean {
  try {
    nodeFs.accessSync(directory, nodeFs.constants.W_OK | nodeFs.constants.X_OK);
    return false;
  } catch (error) {
    return (error as { code?: unknown }).code !== "ENOENT";
  }
}

class NodeListener implements Listener {
  readonly address: Address;
  readonly #server: NodeServer;
  readonly #unix: boolean;
  #onError: ((error: Error) => void) | undefined;
  #accept!: Accept;
  /** Node accepts at once; what comes before `start` waits as it does after `pause`. */
  #paused = true;
  #closed = false;
  /** Connections that came in while paused, in order. */
  readonly #parked = new Set<NodeConn>();
  /** How many are in the middle of a TLS handshake. */
  #handshaking = 0;

  constructor(server: NodeServer, tls: boolean) {
    const address = server.address()!;
    this.#unix = typeof address === "string";
    this.address = typeof address === "string"
      ? { path: address }
      : { hostname: address.address, port: address.port };
    this.#server = server;
    server.on("error", (error) => this.#onError?.(error));
    if (tls) this.#takeSecured();
    else server.on("connection", (conn) => this.#take(conn));
  }

  #takeSecured(): void {
    this.#server.on("connection", (conn) => {
      this.#handshaking++;
      // A handshake that nobody finishes ends with its timeout; until then it must not keep a closed server's
      // process.
      conn.unref();
      if (this.#paused && this.#waiting > MAX_PARKED) conn.destroy();
    });
    this.#server.on("secureConnection", (conn) => {
      this.#handshaking--;
      conn.ref();
      this.#take(conn);
    });
    this.#server.on("tlsClientError", (_error, conn) => {
      this.#handshaking--;
      conn.destroy();
    });
  }

  get #waiting(): number {
    return this.#parked.size + this.#handshaking;
  }

  start(accept: Accept, onError: (error: Error) => void): void {
    this.#accept = accept;
    this.#onError = onError;
    this.resume();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#parked.size > 0) queueMicrotask(() => this.#release());
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#server.close();
      for (const conn of this.#parked) conn.destroy();
    }
    // Node calls back from close() when the last connection has ended; the port is free long before.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }

  #take(conn: NodeConn): void {
    const socket = new NodeSocket(conn, this.#unix);
    if (this.#closed || (this.#paused && this.#waiting >= MAX_PARKED)) {
      conn.destroy();
    } else if (this.#paused) {
      this.#parked.add(conn);
      conn.on("close", () => this.#parked.delete(conn));
    } else {
      this.#handOver(socket);
    }
  }

  #release(): void {
    for (const conn of this.#parked) {
      if (this.#paused || this.#closed) return;
      this.#parked.delete(conn);
      this.#handOver(NodeSocket.of(conn));
    }
  }

  #handOver(socket: NodeSocket): void {
    try {
      socket.start(this.#accept(socket));
    } catch (error) {
      socket.destroy();
      surface(error);
    }
  }
}
