import type { ConnectionClosedError, HttpError } from "../http/errors.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { TlsInfo } from "../http/tls_info.ts";
import type { OwnContext } from "./own_context.ts";
import type { TakeConnection } from "./upgraded_socket.ts";

/**
 * The writing side of a connection. Data that is queued in one turn of the event loop is sent in one call.
 */
export interface ConnectionOutput {
  /** `true` while the client has to receive more before anything should be written. */
  readonly blocked: boolean;
  /** Queues ASCII text, or bytes that stay unchanged until they have been sent. */
  add(data: string | Uint8Array): void;
  /** Sends the queued data by the end of the turn. */
  schedule(): void;
  /** Holds everything back until {@linkcode ConnectionOutput.uncork}. */
  cork(): void;
  /**
   * Ends the effect of {@linkcode ConnectionOutput.cork}; sends at once if `now` is `true`, otherwise by the
   * end of the turn.
   */
  uncork(now: boolean): void;
  /** Sends the queued data. Returns `true` if more may be written. */
  flush(): boolean;
  /** Returns `true` if more may be written; sends if much is queued. */
  hasRoom(): boolean;
  /**
   * Resolves when more may be written; rejects when the connection is closed. A rejection is never unhandled.
   */
  ready(): Promise<void>;
  /** Counts bytes as written without sending them, and resolves like {@linkcode ConnectionOutput.ready}. */
  skip(size: number): Promise<void>;
}

/** The time at the last tick of the server's clock. */
export interface ClockTime {
  /** Milliseconds on a monotonic clock. */
  readonly now: number;
  /** The value of a Date field, RFC 9110 section 5.6.7. */
  readonly date: string;
}

/** The operations of a connection that a protocol uses. */
export interface ProtocolConnection {
  /** The address of the client. */
  readonly remoteAddress: RemoteAddress;
  /** `true` if the connection is encrypted. */
  readonly secure: boolean;
  /** Result of the TLS handshake; `null` without TLS. */
  readonly tls: TlsInfo | null;
  /** Number of the connection on this thread, from 1. */
  readonly number: number;
  /** The output for responses. */
  readonly output: ConnectionOutput;
  /** The time. */
  readonly clock: ClockTime;
  /** The asynchronous context in which handlers are called. */
  readonly ownContext: OwnContext;
  /** `true` if the server is closing, so that every response is the last on its connection. */
  readonly draining: boolean;
  /** Pauses or resumes reading from the socket. */
  pauseReading(paused: boolean): void;
  /** Counts and records a response to a request that reached no handler. */
  refused(error: HttpError): void;
  /** Reports an error to the program. */
  report(error: unknown): void;
  /**
   * Closes this half of the connection when everything is sent, and waits a limited time for the client to
   * close the other.
   */
  closeSoon(): void;
  /**
   * Cuts the connection during a response. If earlier responses may still be in transmission, and an orderly
   * end shows that this response is incomplete, the connection ends after the bytes that were sent.
   *
   * @param reset `true` if the client could take an orderly end for the end of the response.
   * @param busy `true` if an exchange has to be notified.
   * @returns The error for the exchange, if it has to be notified now; `null` if `Protocol.closed` follows.
   */
  abandon(reset: boolean, busy: boolean): ConnectionClosedError | null;
  /** Cuts the connection after a mistake in this library. */
  fail(): void;
  /** Passes the connection to the program of another protocol. */
  detach(early: Uint8Array, ended: boolean, take: TakeConnection): void;
}

/** Drives the bytes of a connection, for example by HTTP/1.1. */
export interface Protocol {
  /** `true` if a request has begun and its exchange is not complete. */
  readonly busy: boolean;
  /** `true` if the client would take the end of the connection for the end of the current response. */
  readonly endsWithConnection: boolean;
  /** Processes received bytes. The protocol may write to their memory. */
  receive(chunk: Uint8Array): void;
  /** Called when the client has closed its half. */
  inputEnded(): void;
  /** Called when the kernel has accepted all pending output. */
  drained(): void;
  /**
   * Closes a connection without a request. Called when the server is closing and has waited for requests in
   * transmission.
   */
  closeIfIdle(): void;
  /** Called when the connection is closed. The last call. */
  closed(error: ConnectionClosedError): void;
  /** Checks the deadlines. */
  checkDeadlines(now: number): void;
}
