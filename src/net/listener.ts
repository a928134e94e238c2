import type { Address, Socket, SocketHandler } from "./socket.ts";

/** Takes a new connection and says who handles it. */
export type Accept = (socket: Socket) => SocketHandler;

/** A bound listening socket. Nothing is accepted before {@linkcode start}. */
export interface Listener {
  /** What it is bound to, with the real port where 0 was asked for. */
  readonly address: Address;
  /**
   * Begins to accept. A failure to accept (out of file descriptors, say) is not fatal: it is told to
   * `onError`, and accepting goes on after a pause. Node and Bun tell of no such failure: Node closes the
   * connections that are too many, Bun leaves them waiting, at the cost of one busy core until descriptors
   * are free.
   */
  start(accept: Accept, onError: (error: Error) => void): void;
  /**
   * Stops handing over new connections; they wait, in the kernel where the runtime allows it, else unread.
   */
  pause(): void;
  /** Hands over the connections that waited, then new ones. */
  resume(): void;
  /** Stops listening. Connections that were handed over live on. Resolves once the address is free. */
  close(): Promise<void>;
}

/** Certificate and key for TLS, both PEM. */
export interface TlsCredentials {
  /** The certificate chain. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/** How to listen. */
export interface ListenOptions {
  /**
   * Lets several sockets listen on the same port, with the kernel spreading connections over them. Linux
   * only.
   */
  readonly reusePort?: boolean;
  /** Speaks TLS with these credentials; `onConnection` follows the handshake. */
  readonly tls?: TlsCredentials;
  /**
   * Milliseconds that a TLS handshake may take. On Deno the connection is given up but stays open until the
   * peer leaves, for Deno finishes handshakes in the background and has no way to stop one.
   *
   * @default {10000}
   */
  readonly handshakeTimeout?: number;
}
