import type { RemoteAddress } from "../http/request.ts";

/** A connection that has left HTTP, as bytes and callbacks: for the program of the protocol that follows. */
export interface UpgradedSocket {
  /** The client. */
  readonly remoteAddress: RemoteAddress;
  /** Number of bytes that were written and that the operating system has not taken. */
  readonly unsent: number;
  /**
   * Queues bytes. Text is ASCII. A `Uint8Array` of less than 64 KiB has been copied when this returns; a larger one must not
   * change until {@linkcode UpgradedSocket.flush} has returned `true` or `onDrain` has been called.
   */
  write(data: string | Uint8Array): void;
  /** Sends what is queued. Returns `false` where the client has to take some of it before more should be written. */
  flush(): boolean;
  /** Stops `onData` and `onEnd`; TCP holds the client back. */
  pause(): void;
  /** Takes up reading again. */
  resume(): void;
  /** Sends what is queued, then closes this half of the connection. Reading goes on. */
  end(): void;
  /** Gives the connection up at once. */
  destroy(): void;
  /** Counts messages of the protocol in the server's statistics. */
  countMessages(received: number, sent: number): void;
}

/** Takes the bytes of an {@linkcode UpgradedSocket}. All calls come from the event loop. */
export interface UpgradedHandler {
  /** Bytes of the client's, to be changed at will. Their buffer may hold other bytes beside them. */
  onData(chunk: Uint8Array): void;
  /** The client closed its half. */
  onEnd(): void;
  /** The operating system took all that was held back. */
  onDrain(): void;
  /** The connection is gone. The last call, made exactly once. */
  onClose(error?: Error): void;
  /** The server is closing: the connection is to come to its end. */
  onDraining?(): void;
  /** A moment to look for deadlines, about once a second; `now` is a monotonic clock in milliseconds. */
  checkDeadlines?(now: number): void;
}

/**
 * Makes the handler of a connection that leaves HTTP.
 *
 * @param socket The connection.
 * @param early Bytes that came after the request.
 * @param ended Whether the client has closed its half.
 */
export type TakeConnection = (socket: UpgradedSocket, early: Uint8Array, ended: boolean) => UpgradedHandler;
