import * as nodeFs from "node:fs";
import * as nodeNet from "node:net";
import * as nodePath from "node:path";
import { ListenError, listenError } from "./errors.ts";
import type { Accept, Listener, ListenOptions } from "./listener.ts";
import { type NodeConn, NodeSocket } from "./node_socket.ts";
import type { Address } from "./socket.ts";
import { surface } from "./surface.ts";

interface NodeServer {
  address(): { readonly address: string; readonly port: number } | string | null;
  listen(options: Record<string, unknown>, listening: () => void): void;
  close(): void;
  on(event: "connection" | "secureConnection", listener: (conn: NodeConn) => void): void;
  on(event: "tlsClientError", listener: (error: Error, conn: NodeConn) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  once(event: "error", listener: (error: Error) => void): void;
  off(event: "error", listener: (error: Error) => void): void;
}

type CreateServer = (options: Record<string, unknown>) => NodeServer;

// Cast to what is declared here, so that nothing depends on the types of Node.
const createServer = nodeNet.createServer as unknown as CreateServer;

/** Milliseconds. */
const HANDSHAKE_TIMEOUT = 10_000;

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
        : createTlsServer({ ...both, cert: tls?.cert, key: tls?.key, handshakeTimeout });
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

/** Node says EACCES where the directory of a Unix socket does not exist. */
function nodeListenError(address: Address, cause: Error): ListenError {
  const error = listenError(address, cause);
  const noDirectory = "path" in address && error.code === "EACCES" &&
    !nodeFs.existsSync(nodePath.dirname(address.path));
  return noDirectory ? new ListenError(address, "ENOENT", cause) : error;
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

  constructor(server: NodeServer, tls: boolean) {
    const address = server.address()!;
    this.#unix = typeof address === "string";
    this.address = typeof address === "string"
      ? { path: address }
      : { hostname: address.address, port: address.port };
    this.#server = server;
    server.on("error", (error) => this.#onError?.(error));
    server.on(tls ? "secureConnection" : "connection", (conn) => this.#take(conn));
    if (!tls) return;
    // A handshake that nobody finishes ends with its timeout; until then it must not keep a closed server's
    // process.
    server.on("connection", (conn) => conn.unref());
    server.on("secureConnection", (conn) => conn.ref());
    server.on("tlsClientError", (_error, conn) => conn.destroy());
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
    if (this.#closed) {
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
