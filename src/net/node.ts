import * as nodeFs from "node:fs";
import * as nodeNet from "node:net";
import * as nodePath from "node:path";
import { AcceptFailures } from "./accept_failures.ts";
import { watchDescriptors } from "./descriptor_watch.ts";
import { ListenError, listenError } from "./errors.ts";
import { Handover } from "./handover.ts";
import { type Accept, HANDSHAKE_TIMEOUT, type Listener, type ListenOptions } from "./listener.ts";
import type { CreateServer, NodeServer } from "./node_server.ts";
import { type NodeConn, NodeSocket } from "./node_socket.ts";
import type { TlsServer } from "./node_tls.ts";
import { expectHandshake } from "./plain_text.ts";
import type { Address } from "./socket.ts";
import { notSecure, settled, type TlsCredentials, type TlsOptions } from "./tls.ts";
import { unrefTimer } from "./unref_timer.ts";

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
  // Only where it is used: to load it takes each thread 8 ms.
  const TlsServer = tls === undefined ? undefined : (await import("./node_tls.ts")).TlsServer;
  const where = "path" in address
    ? { path: address.path }
    : { host: address.hostname, port: address.port, reusePort };
  return await new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(nodeListenError(address, error, tls !== undefined));
    try {
      const both = { allowHalfOpen: true, noDelay: true };
      const secured = TlsServer === undefined ? undefined : new TlsServer(tls!, both);
      const looksFirst = tls?.plainTextAnswer !== undefined && !("Deno" in globalThis || "Bun" in globalThis);
      const server = secured === undefined || looksFirst ? createServer(both) : secured.server;
      server.once("error", fail);
      server.listen(where, () => {
        server.off("error", fail);
        resolve(new NodeListener(server, secured, tls ?? {}, handshakeTimeout));
      });
    } catch (error) {
      fail(error as Error);
    }
  });
}

/** Node says EACCES where the system said ENOENT to the path of a Unix socket. */
function nodeListenError(address: Address, cause: Error, secure: boolean): ListenError {
  const error = listenError(address, cause, secure);
  const wasRefused = !("path" in address) || error.code !== "EACCES" ||
    refusesFiles(nodePath.dirname(address.path));
  return wasRefused ? error : new ListenError(address, "ENOENT", cause);
}

/** `true` if a directory is there, and this process has no right to make a file in it. */
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
  readonly #secured: TlsServer | undefined;
  readonly #handover: Handover<NodeConn>;
  #failures: AcceptFailures | undefined;
  #stopWatches: (() => void) | undefined;

  constructor(
    server: NodeServer,
    secured: TlsServer | undefined,
    { plainTextAnswer = "" }: Pick<TlsOptions, "plainTextAnswer">,
    handshakeTimeout: number,
  ) {
    const address = server.address()!;
    const isUnix = typeof address === "string";
    this.address = isUnix ? { path: address } : { hostname: address.address, port: address.port };
    this.#server = server;
    this.#secured = secured;
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
    if (secured === undefined) server.on("connection", (conn) => this.#handover.take(conn));
    else this.#takeSecured(secured.server, plainTextAnswer);
  }

  /** Takes connections after their handshake. */
  #takeSecured(secured: NodeServer, plainTextAnswer: string): void {
    this.#server.on("connection", (conn) => {
      conn.on("close", () => this.#handover.endHandshake(conn));
      this.#handover.beginHandshake(conn);
      if (secured === this.#server || conn.destroyed) return;
      expectHandshake(conn, plainTextAnswer, () => secured.emit("connection", conn));
    });
    secured.on("secureConnection", (conn) => {
      if (this.#handover.endHandshake(tcpConnection(conn))) this.#handover.take(conn);
      else conn.destroy();
    });
    secured.on("tlsClientError", (_error, conn) => {
      this.#handover.endHandshake(tcpConnection(conn));
      conn.destroy();
    });
  }

  unref(): void {
    this.#server.unref();
  }

  ref(): void {
    this.#server.ref();
  }

  setCertificates(credentials: TlsCredentials): Promise<void> {
    return settled(() => {
      if (this.#secured === undefined) throw notSecure();
      try {
        this.#secured.setCertificates(credentials);
      } catch (error) {
        throw listenError(this.address, error, true);
      }
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

/**
 * The argument of the `connection` event: on Node and Deno the parent of the TLS connection, on Bun that one
 * itself.
 */
function tcpConnection(conn: NodeConn): NodeConn {
  return conn._parent ?? conn;
}

/** Milliseconds after which accepting goes on in Deno's `node:net`, if a lack of descriptors has ended it. */
const REVIVE_EVERY = 250;

/**
 * Makes Deno's `node:net` accept again. One lack of descriptors ends its accepting for good, without an
 * event; another `listen` call on the handle begins it again, and does nothing where accepting has not ended.
 *
 * @returns Ends it.
 */
function keepAccepting(server: NodeServer): () => void {
  if (!("Deno" in globalThis)) return () => {};
  const timer = setInterval(() => server._handle?.listen?.(BACKLOG), REVIVE_EVERY);
  unrefTimer(timer);
  return () => clearInterval(timer);
}
