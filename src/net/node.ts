import * as nodeBuffer from "node:buffer";
import * as nodeFs from "node:fs";
import * as nodeNet from "node:net";
import * as nodePath from "node:path";
import { AcceptFailures } from "./accept_failures.ts";
import { watchDescriptors } from "./descriptor_watch.ts";
import { ListenError, listenError } from "./errors.ts";
import { Handover } from "./handover.ts";
import { type Accept, HANDSHAKE_TIMEOUT, type Listener, type ListenOptions } from "./listener.ts";
import { LONGEST_DELAY } from "./longest_delay.ts";
import type { CreateServer, NodeServer } from "./node_server.ts";
import { type NodeConn, NodeSocket } from "./node_socket.ts";
import type { Address } from "./socket.ts";
import { unrefTimer } from "./unref_timer.ts";

/**
 * `SSL_OP_NO_RENEGOTIATION` of OpenSSL. Node by default allows three renegotiations in ten minutes, and at the next emits an
 * `error` without closing the connection.
 */
const NO_RENEGOTIATION = 1 << 30;

/** Length of the kernel's queue, Node's default. */
const BACKLOG = 511;

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
  const createTlsServer = tls === undefined ? undefined : await tlsServers();
  const where = "path" in address
    ? { path: address.path }
    : { host: address.hostname, port: address.port, reusePort };
  return await new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(nodeListenError(address, error, tls !== undefined));
    try {
      // Handshakes are limited by the handover. Node throws at Infinity, for each connection.
      const both = { allowHalfOpen: true, noDelay: true };
      const server = createTlsServer === undefined ? createServer(both) : createTlsServer({
        ...both,
        cert: tls?.cert,
        key: tls?.key,
        ...(tls?.ticketKeys === undefined ? {} : { ticketKeys: nodeBuffer.Buffer.from(tls.ticketKeys) }),
        secureOptions: NO_RENEGOTIATION,
        handshakeTimeout: LONGEST_DELAY,
      });
      server.once("error", fail);
      server.listen(where, () => {
        server.off("error", fail);
        resolve(new NodeListener(server, tls !== undefined, handshakeTimeout));
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
function nodeListenError(address: Address, cause: Error, secure: boolean): ListenError {
  const error = listenError(address, cause, secure);
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
  readonly #handover: Handover<NodeConn>;
  #failures: AcceptFailures | undefined;
  #stopWatches: (() => void) | undefined;

  constructor(server: NodeServer, tls: boolean, handshakeTimeout: number) {
    const address = server.address()!;
    const isUnix = typeof address === "string";
    this.address = isUnix ? { path: address } : { hostname: address.address, port: address.port };
    this.#server = server;
    this.#handover = new Handover({
      handOver: (conn, accept) => {
        const socket = NodeSocket.of(conn) ?? new NodeSocket(conn, isUnix);
        socket.start(accept(socket));
      },
      discard: (conn) => conn.destroy(),
      // The socket listens for errors, of which nothing may be uncaught.
      park: (conn) => {
        new NodeSocket(conn, isUnix);
        conn.on("close", () => this.#handover.gone(conn));
      },
    }, handshakeTimeout);
    server.on("error", (error) => this.#failures?.failed(error));
    if (tls) this.#takeSecured();
    else server.on("connection", (conn) => this.#handover.take(conn));
  }

  /** Takes connections after their handshake. Node has the TCP connection as the parent of the TLS one. */
  #takeSecured(): void {
    this.#server.on("connection", (conn) => {
      conn.on("close", () => this.#handover.endHandshake(conn));
      this.#handover.beginHandshake(conn);
    });
    this.#server.on("secureConnection", (conn) => {
      if (this.#handover.endHandshake(conn._parent!)) this.#handover.take(conn);
      else conn.destroy();
    });
    this.#server.on("tlsClientError", (_error, conn) => {
      this.#handover.endHandshake(conn._parent!);
      conn.destroy();
    });
  }

  start(accept: Accept, onError: (error: Error) => void): void {
    const failures = this.#failures = new AcceptFailures(onError);
    const stopProbes = watchDescriptors((error) => failures.failed(error));
    const stopRevival = keepAccepting(this.#server);
    this.#stopWatches = () => {
      stopProbes();
      stopRevival();
      failures.stop();
    };
    this.#handover.start(accept);
  }

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

  readonly #stop = async (): Promise<void> => {
    this.#server.close();
    this.#stopWatches?.();
    // Node calls back from close() when the last connection has ended; the port is free long before.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  };
}

/** Milliseconds after which accepting goes on in Deno's `node:net`, if a lack of descriptors has ended it. */
const REVIVE_EVERY = 250;

/**
 * Makes Deno's `node:net` accept again. One lack of descriptors ends its accepting for good, without an event; another
 * `listen` call on the handle begins it again, and does nothing where accepting has not ended.
 *
 * @returns Ends it.
 */
function keepAccepting(server: NodeServer): () => void {
  if (!("Deno" in globalThis)) return () => {};
  const timer = setInterval(() => server._handle?.listen?.(BACKLOG), REVIVE_EVERY);
  unrefTimer(timer);
  return () => clearInterval(timer);
}
