import type { Address, Socket, SocketHandler } from "./socket.ts";
import type { TlsCredentials, TlsOptions } from "./tls.ts";

/** Default of {@linkcode ListenOptions.handshakeTimeout}, in milliseconds. */
export const HANDSHAKE_TIMEOUT = 10_000;

/**
 * Number of connections that may wait while a listener is paused, on runtimes that accept them all the same:
 * as many as a kernel usually lets wait. Each of them holds a descriptor.
 */
export const MAX_PARKED = 512;

/** Takes a new connection and returns its handler. */
export type Accept = (socket: Socket) => SocketHandler;

/** A bound listening socket. Nothing is accepted before {@linkcode start}. */
export interface Listener {
  /** The bound address, with the real port if 0 was asked for. */
  readonly address: Address;
  /**
   * Begins to accept. A failure to accept, such as a lack of file descriptors, is not fatal: `onError`
   * receives an `AcceptError` when failures begin, once a minute while they go on, and when they have ended;
   * accepting goes on by itself. Until then connections wait in the kernel's queue, except that Node closes
   * those that it has no descriptor for.
   */
  start(accept: Accept, onError: (error: Error) => void): void;
  /**
   * Stops handing over new connections. They wait in the kernel's queue on Deno. Node and Bun go on
   * accepting: there up to 512 wait unread, TLS handshakes included, and a further one is closed at once. So
   * it is on Deno for handshakes that had begun.
   */
  pause(): void;
  /** Hands over the connections that waited, then new ones. */
  resume(): void;
  /**
   * Stops listening without losing a connection: first accepts and hands over those that wait in the kernel's
   * queue (at most 511, for at most about 100 ms), then closes the listening socket, then gives TLS
   * handshakes half a second to finish. Without waiting connections this takes a few milliseconds. A listener
   * that is paused, or that was not started, hands over nothing: its socket is closed, and so are the
   * connections that wait.
   *
   * Connections that were handed over live on. Where several sockets share a port ({@linkcode
   * ListenOptions.reusePort}), a connection whose TCP handshake is not complete when its socket is closed is
   * reset by the kernel, although another socket could take it; Linux passes it on with `sysctl
   * net.ipv4.tcp_migrate_req=1`.
   *
   * @returns Resolves once the address is free and nothing more will be handed over. A second call waits for
   * the first.
   */
  close(): Promise<void>;
  /**
   * Lets the process end although the listener is still open; {@linkcode ref} undoes that. Connections that
   * are open keep the process all the same. Without effect on what `Deno.listenTls` listens on: Deno's own
   * `unref()` has none there.
   */
  unref?(): void;
  /** Keeps the process while the listener is open, as it does from the start. */
  ref?(): void;
  /**
   * Replaces the certificates for connections to come; those that are open keep theirs. `Deno.listenTls` and
   * `Bun.listen` cannot do that: there the address is bound again, and a connection that is made in that
   * moment is refused, unless the port is shared ({@linkcode ListenOptions.reusePort}).
   *
   * @throws {ListenError} If a certificate or key cannot be used. Then nothing has changed.
   * @throws {TypeError} If the listener does not speak TLS.
   */
  setCertificates?(credentials: TlsCredentials): Promise<void>;
  /**
   * Closes the listening socket and every connection that was not handed over, before it returns. For a
   * thread or process that is about to end and cannot wait for {@linkcode close}.
   */
  abort?(): void;
}

/** Options of a listener. */
export interface ListenOptions {
  /**
   * Lets several sockets listen on the same port, with the kernel spreading connections over them. Linux
   * only.
   */
  readonly reusePort?: boolean;
  /**
   * Speaks TLS. A connection comes to {@linkcode Accept} once its handshake has succeeded. At most 1024
   * handshakes are in progress at a time: a further one ends the oldest.
   */
  readonly tls?: TlsOptions;
  /**
   * Milliseconds that a TLS handshake may take. More than the longest delay of a timer (24.8 days), or
   * `Infinity`, is no limit. On Deno the connection is given up but stays open until the peer leaves:
   * `Deno.listenTls` has no way to stop a handshake.
   *
   * @default {10000}
   */
  readonly handshakeTimeout?: number;
}
