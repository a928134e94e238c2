import type { TlsInfo } from "../http/tls_info.ts";

/** The host and port of one end of a TCP connection, or of a listener. */
export interface TcpAddress {
  /** An IP address in text form, IPv6 without brackets; a host name only when it was given to listen on. */
  readonly hostname: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** The path of a Unix domain socket. */
export interface UnixAddress {
  /** Path of the socket in the file system; empty for the client's end, which has none. */
  readonly path: string;
}

/** The path of a Unix domain socket to listen on. */
export interface UnixListenAddress extends UnixAddress {
  /**
   * Permission bits of the socket's file, such as `0o660`; by default those that the umask of the process
   * leaves. They are set just after the file has been created: where that moment matters, its directory has
   * to keep others out.
   */
  readonly mode?: number;
}

/** One end of a connection, or what a listener is bound to. */
export type Address = TcpAddress | UnixAddress;

/**
 * Receives the events of a {@linkcode Socket}. All calls come from the event loop, never from inside a call
 * into the socket, so a handler is not re-entered.
 */
export interface SocketHandler {
  /**
   * Bytes arrived. The chunk belongs to the handler from now on, which may write to it. A chunk that
   * {@linkcode ownsBuffer} may also be transferred; the buffer of any other may contain bytes of other
   * connections. It may be of a subclass: the sockets of Node and Bun deliver a `Buffer`. `Server.from`
   * copies the chunks of the program's own listener, so that its sockets may keep them.
   */
  onData(chunk: Uint8Array): void;
  /** The peer closed its half. Nothing more will arrive; writing is still possible. */
  onEnd(): void;
  /** All that {@linkcode Socket.flush} had to hold back has been taken by the operating system. */
  onDrain(): void;
  /** The last call, made exactly once. `error` is absent if the connection ended in order. */
  onClose(error?: Error): void;
}

/**
 * A connected byte stream: TCP, TLS or Unix. Bytes come in by callback and go out through a queue that one
 * {@linkcode flush} hands to the operating system in as few calls as the runtime allows.
 */
export interface Socket {
  /** The peer. */
  readonly remoteAddress: Address;
  /**
   * Result of the TLS handshake; `null` or absent without TLS. To be read while the connection
   * is open.
   */
  readonly tls?: TlsInfo | null;
  /**
   * Number of bytes that were written and that the operating system has not taken. The peer may not have
   * received those that it has taken. While {@linkcode flush} holds back, this goes down as the peer reads,
   * however slowly, which tells a slow peer from a dead one. A socket that does not know it has 0 here: then
   * `onDrain` alone shows progress.
   */
  readonly unsent: number;
  /**
   * Queues bytes. Nothing is sent before {@linkcode flush}. A string must be ASCII, so that every runtime can
   * encode it in its fastest way. A `Uint8Array` of less than 64 KiB has been copied when this returns; a
   * larger one belongs to the socket until {@linkcode flush} has returned `true`, or `onDrain` has been
   * called. If it is detached or resized before that, the connection is broken off, and `onClose` gets an
   * error that says so.
   */
  write(data: string | Uint8Array): void;
  /**
   * Sends what is queued.
   *
   * @returns `false` if some of it had to be held back: the owner then waits for `onDrain` before it queues
   * more.
   */
  flush(): boolean;
  /**
   * Stops `onData` and `onEnd`; the flow control of TCP holds the peer back. One chunk is still read and kept
   * for {@linkcode resume}. So `onClose` comes also while paused if the peer breaks the connection off,
   * unless it has sent something before.
   */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Flushes, then closes this half (FIN). Reading goes on. */
  end(): void;
  /** Closes both halves at once and drops the queued bytes. `onClose` follows. */
  destroy(): void;
  /**
   * {@linkcode destroy} with a TCP reset, so that the peer does not take it for an orderly end. Deno cannot
   * send a reset.
   */
  reset(): void;
}

/** Checks if a chunk has its buffer for itself: it begins the buffer and is more than half of it. */
export function ownsBuffer(chunk: Uint8Array): boolean {
  return chunk.byteOffset === 0 && 2 * chunk.byteLength > chunk.buffer.byteLength;
}
