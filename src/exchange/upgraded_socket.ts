import type { RemoteAddress } from "../http/request.ts";

/** A connection after the end of HTTP, as bytes and callbacks, for the program of the next protocol. */
export interface UpgradedSocket {
  /** The address of the client. */
  readonly remoteAddress: RemoteAddress;
  /** Number of bytes that were written and that the kernel has not accepted. */
  readonly unsent: number;
  /**
   * Queues bytes. Text is ASCII. A `Uint8Array` of less than 64 KiB has been copied when this returns; a
   * larger one must not change until {@linkcode UpgradedSocket.flush} has returned `true` or `onDrain` has
   * been called.
   */
  write(data: string | Uint8Array): void;
  /**
   * Sends the queued bytes. Returns `false` if the client has to receive some of them before more should be
   * written.
   */
  flush(): boolean;
  /**
   * Sends the queued bytes by the end of the turn, and resolves when more may be written. Rejects when the
   * connection is closed; a rejection is never unhandled.
   */
  ready(): Promise<void>;
  /** Stops the calls of `onData` and `onEnd`; TCP holds the client back. */
  pause(): void;
  /** Resumes reading. */
  resume(): void;
  /** Sends the queued bytes, then closes this half of the connection. Reading continues. */
  end(): void;
  /**
   * Closes the connection after {@linkcode UpgradedSocket.end}, even if the client has not closed its half.
   */
  leave(): void;
  /** Cuts the connection at once. */
  destroy(): void;
  /** Counts messages of the protocol in the server's statistics. */
  countMessages(received: number, sent: number): void;
}

/** Receives the events of an {@linkcode UpgradedSocket}. All calls come from the event loop. */
export interface UpgradedHandler {
  /** Receives bytes from the client. The handler may change the chunk, but not other bytes of its buffer. */
  onData(chunk: Uint8Array): void;
  /** Called when the client has closed its half. */
  onEnd(): void;
  /** Called when the kernel has accepted all pending output. */
  onDrain(): void;
  /** Called when the connection is closed. The last call. */
  onClose(error?: Error): void;
  /** Called when the server is closing, so that the handler can end the connection. */
  onDraining?(): void;
  /** Checks deadlines. Called about once a second; `now` is a monotonic clock in milliseconds. */
  checkDeadlines?(now: number): void;
}

/**
 * Creates the handler of a connection after the end of HTTP.
 *
 * @param socket The connection.
 * @param early Bytes that arrived after the request.
 * @param ended `true` if the client has closed its half.
 */
export type TakeConnection = (socket: UpgradedSocket, early: Uint8Array, ended: boolean) => UpgradedHandler;
