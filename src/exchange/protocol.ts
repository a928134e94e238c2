import type { ConnectionClosedError, HttpError } from "../http/errors.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { OwnContext } from "./own_context.ts";
import type { TakeConnection } from "./upgraded_socket.ts";

/** The writing side of a connection. What is queued in one turn goes out in one call. */
export interface ConnectionOutput {
  /** Whether the client has to take more before anything should be written. */
  readonly blocked: boolean;
  /** Queues ASCII text, or bytes that stay unchanged until they have been sent. */
  add(data: string | Uint8Array): void;
  /** Sends what is queued by the end of the turn. */
  schedule(): void;
  /** Holds everything back until {@linkcode ConnectionOutput.uncork}. */
  cork(): void;
  /** Ends that; `now` sends at once, otherwise by the end of the turn. */
  uncork(now: boolean): void;
  /** Sends what is queued. Returns whether more may be written. */
  flush(): boolean;
  /** Whether more may be written; sends when much is queued. */
  hasRoom(): boolean;
  /** Resolves when more may be written; rejects when the connection is gone. A rejection is never unhandled. */
  ready(): Promise<void>;
  /** Counts as written what is not sent, and resolves as {@linkcode ConnectionOutput.ready} does. */
  skip(size: number): Promise<void>;
}

/** The time, as of the last tick of the server's clock. */
export interface ClockTime {
  /** Milliseconds on a monotonic clock. */
  readonly now: number;
  /** The value of a Date field, RFC 9110 section 5.6.7. */
  readonly date: string;
}

/** What a protocol asks of the connection whose bytes it drives. */
export interface ProtocolConnection {
  /** The client. */
  readonly remoteAddress: RemoteAddress;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** Number of the connection on this thread, from 1. */
  readonly number: number;
  /** Where responses go. */
  readonly output: ConnectionOutput;
  /** The time. */
  readonly clock: ClockTime;
  /** The asynchronous context for handlers. */
  readonly ownContext: OwnContext;
  /** Whether the server is closing, so that no response keeps its connection. */
  readonly draining: boolean;
  /** Stops reading from the socket, or takes it up again. */
  pauseReading(paused: boolean): void;
  /** Counts, and tells, a response to a request that no handler saw. */
  refused(error: HttpError): void;
  /** Tells an error to the program. */
  report(error: unknown): void;
  /** Closes this half once everything is sent, and waits a while for the client to close the other. */
  closeSoon(): void;
  /**
   * Gives the connection up in the midst of a response. Where earlier responses may still be on their way, and an orderly end
   * shows that this one is short, the connection ends after what was sent.
   *
   * @param reset Whether the client could take an orderly end for the end of the response.
   * @param busy Whether an exchange is to hear of it.
   * @returns The error for the exchange, if it is to be told now; `null` where `Protocol.closed` follows.
   */
  abandon(reset: boolean, busy: boolean): ConnectionClosedError | null;
  /** Gives the connection up after a mistake in this library. */
  fail(): void;
  /** Hands the connection over to another protocol's program. */
  detach(early: Uint8Array, ended: boolean, take: TakeConnection): void;
}

/** Drives the bytes of a connection: HTTP/1.1, say. */
export interface Protocol {
  /** Whether a request has begun and its exchange is not over. */
  readonly busy: boolean;
  /** Whether the end of the connection would be taken for the end of a response that has begun. */
  readonly endsWithConnection: boolean;
  /** Bytes arrived. The protocol may write to them. */
  receive(chunk: Uint8Array): void;
  /** The client closed its half. */
  inputEnded(): void;
  /** The operating system took all that was held back. */
  drained(): void;
  /** The server closes, and has waited for requests that were on their way: a connection without one is closed. */
  closeIfIdle(): void;
  /** The connection is gone. The last call. */
  closed(error: ConnectionClosedError): void;
  /** Looks for deadlines that have passed. */
  checkDeadlines(now: number): void;
}
