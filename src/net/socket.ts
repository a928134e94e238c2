import type { TlsInfo } from "./tls.ts";

/** The host and port of one end of a TCP connection, or of a listener. */
export interface TcpAddress {
  /** An IP address in text form, IPv6 without brackets; a host name only when it was given to listen on. */
  readonly hostname: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** The path of a Unix domain socket. */
export interface UnixAddress {
  /** Where the socket lies in the file system; empty for the client's end, which has no name. */
  readonly path: string;
}

/** The path of a Unix domain socket to listen on. */
export interface UnixListenAddress extends UnixAddress {
  /**
   * Permission bits of the socket's file, such as `0o660`; by default those that the umask of the process leaves. They are
   * set just after the file has been created: where that moment matters, its directory has to keep others out.
   */
  readonly mode?: number;
}

/** One end of a connection, or what a listener is bound to. */
export type Address = TcpAddress | UnixAddress;

/**
 * What a {@linkcode Socket} tells its owner. All calls come from the event loop, never from inside a call of
 * the owner's into the socket, so a handler need not expect to be re-entered.
 */
export interface SocketHandler {
  /**
   * Bytes arrived. The chunk is the handler's from now on, to write to: the socket does not look at it again. One that
   * {@linkcode ownsBuffer} may also be given away; the buffer of another may hold more, be it another connection's. It may
   * be of a subclass: the sockets of Node and Bun bring a `Buffer` each, which decodes Latin-1 itself. `Server.from` copies
   * what the sockets of the program's own listener bring, so that those may keep it.
   */
  onData(chunk: Uint8Array): void;
  /** The peer closed its half. Nothing more will arrive; writing is still possible. */
  onEnd(): void;
  /** All that {@linkcode Socket.flush} had to hold back has been taken by the operating system. */
  onDrain(): void;
  /** The last call, made exactly once. `error` is absent where the connection ended in order. */
  onClose(error?: Error): void;
}

/**
 * A connected byte stream: TCP, TLS or Unix. Bytes come in by callback and go out through a queue that one
 * {@linkcode flush} hands to the operating system in as few calls as the runtime allows.
 */
export interface Socket {
  /** The peer. */
  readonly remoteAddress: Address;
  /** What was agreed upon in the TLS handshake; `null` or absent without TLS. To be read while the connection is open. */
  readonly tls?: TlsInfo | null;
  /**
   * Bytes that were written and that the operating system has not taken; 0 once it has. What it has taken may still
   * be on its way: nobody knows what the peer has. While {@linkcode flush} holds back, this goes down as the peer reads,
   * however slowly, which tells a slow peer from a dead one. A socket that cannot tell says 0: then that is known by
   * `onDrain` alone.
   */
  readonly unsent: number;
  /**
   * Queues bytes. Nothing is sent before {@linkcode flush}. A string must be ASCII, so that every runtime can
   * encode it in its fastest way. A `Uint8Array` of less than 64 KiB has been copied when this returns; a larger one
   * belongs to the socket until {@linkcode flush} has returned `true`, or `onDrain` has been called. If it is detached or
   * resized before that, the connection is broken off, and `onClose` gets an error that says so.
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
   * Stops `onData` and `onEnd`; the peer is held back by TCP's own flow control. One chunk is still read and
   * kept for {@linkcode resume}, so that `onClose` comes also while paused when the peer breaks the
   * connection off, unless it has sent something before.
   */
  pause(): void;
  /** Takes up reading again. */
  resume(): void;
  /** Flushes, then closes this half (FIN). Reading goes on. */
  end(): void;
  /** Gives up both halves at once: what is queued is dropped. `onClose` follows. */
  destroy(): void;
  /**
   * {@linkcode destroy}, with a TCP reset where the runtime can send one (Deno cannot), so that the peer does
   * not take it for an orderly end.
   */
  reset(): void;
}

/** Whether a chunk has its buffer for itself: it begins it, and is more than half of it. A socket reads nothing else into that. */
export function ownsBuffer(chunk: Uint8Array): boolean {
  return chunk.byteOffset === 0 && 2 * chunk.byteLength > chunk.buffer.byteLength;
}
