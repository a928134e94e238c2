import type { ConnectionClosedError, HttpError } from "../http/errors.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { ResponseTransport } from "./transport.ts";
import type { TrailersOf } from "./request_content.ts";

/**
 * Events from a transport to an exchange. {@linkcode RequestEvents.run} comes first and once, then content in
 * pieces, then its end. An event for a request that cannot be completed, or for a client that has or may have
 * disconnected, can come at any time.
 */
export interface RequestEvents {
  /** `true` if content may be delivered; `false` holds the client back. */
  readonly acceptsContent: boolean;
  /**
   * `true` if the handler waits for content that has not arrived, so that the deadlines for the client apply.
   */
  readonly awaitsContent: boolean;
  /** Passes the request to the handler, which runs in the asynchronous context of this call. */
  run(): void;
  /**
   * Delivers a piece of content.
   *
   * @param piece The bytes, at least one.
   * @param owned `true` if nothing else uses the buffer of the piece.
   */
  contentArrived(piece: Uint8Array, owned: boolean): void;
  /** Reports that all content has arrived. */
  contentEnded(trailers: TrailersOf): void;
  /** Reports that the content cannot be completed: it is malformed, too large, too slow or incomplete. */
  requestFailed(error: HttpError): void;
  /** Reports that the client has closed its half of the connection and may have disconnected. */
  clientMayBeGone(): void;
  /** Reports that the connection is closed. The last event. */
  transportClosed(error: ConnectionClosedError): void;
}

/** Begins an exchange, with a handler on this thread or on another. */
export type BeginExchange = (transport: ResponseTransport, head: RequestHead) => RequestEvents;
