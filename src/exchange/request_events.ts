import type { ConnectionClosedError, HttpError } from "../http/errors.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { ResponseTransport } from "./transport.ts";
import type { TrailersOf } from "./request_content.ts";

/**
 * What a transport tells an exchange, in this order: {@linkcode RequestEvents.run} once, content in pieces and its end, and at
 * any time that the request cannot be completed or that the client may be, or is, gone.
 */
export interface RequestEvents {
  /** Whether content may be delivered; `false` holds the client back. */
  readonly acceptsContent: boolean;
  /** Whether the handler waits for content that has not arrived, so that the client has to send in time. */
  readonly awaitsContent: boolean;
  /** Hands the request to the handler, which runs in the asynchronous context of this call. */
  run(): void;
  /**
   * Content has arrived.
   *
   * @param piece Not empty.
   * @param owned Whether nothing else uses the buffer that the piece lies in.
   */
  contentArrived(piece: Uint8Array, owned: boolean): void;
  /** All content has arrived. */
  contentEnded(trailers: TrailersOf): void;
  /** The content cannot be completed: it is malformed, too large, too slow or cut short. */
  requestFailed(error: HttpError): void;
  /** The client has closed its half of the connection and may be gone for good. */
  clientMayBeGone(): void;
  /** The connection is gone. The last event. */
  transportClosed(error: ConnectionClosedError): void;
}

/** Begins an exchange: with a handler on this thread, or on another. */
export type BeginExchange = (transport: ResponseTransport, head: RequestHead) => RequestEvents;
