import type { HttpError } from "../http/errors.ts";
import type { HeaderMap } from "../http/header_map.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { TlsInfo } from "../http/tls_info.ts";
import type { TakeConnection } from "./upgraded_socket.ts";

/** Size of content that is unknown before its end. */
export const UNKNOWN_SIZE = -1;

/** Size of content in a head that announces none: for 204 and 304, and for HEAD if the size is unknown. */
export const NO_SIZE = -2;

/**
 * Operations of the carrier of an exchange: an HTTP/1.1 connection, a stream of a multiplexed connection, or
 * another thread that owns the connection.
 *
 * A response is one call of {@linkcode ResponseTransport.whole}, or one of {@linkcode
 * ResponseTransport.head}, any number of {@linkcode ResponseTransport.content} and one of {@linkcode
 * ResponseTransport.end}. The exchange keeps this order, checks the length of the content, and sends no
 * content if the method or the status allows none. The transport decides the framing and whether the
 * connection is kept.
 *
 * All text is ASCII.
 */
export interface ResponseTransport {
  /** The address of the client. */
  readonly remoteAddress: RemoteAddress;
  /** `true` if the connection is encrypted. */
  readonly secure: boolean;
  /** Result of the TLS handshake; `null` without TLS. */
  readonly tls: TlsInfo | null;
  /** Number of the connection on its thread, from 1. */
  readonly connectionNumber: number;
  /** Number of the request on its connection, from 1. */
  readonly requestNumber: number;
  /**
   * Sends an interim response, which has neither content nor a date. It is dropped if the client's version of
   * HTTP has none.
   */
  interim(status: number, headers: HeaderMap): void;
  /**
   * Queues a whole response. The exchange calls {@linkcode ResponseTransport.done} or {@linkcode
   * ResponseTransport.schedule} next, so that a response of known size is sent in one call.
   *
   * @param status 200 to 599.
   * @param reason The reason phrase; `null` for the standard phrase of the status.
   * @param headers The handler's fields; `null` for none. They no longer change.
   * @param size Number of bytes of content to announce if the fields do not, or {@linkcode NO_SIZE}.
   * @param body The content; `null` if none is sent.
   */
  whole(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    body: string | Uint8Array | null,
  ): void;
  /**
   * Sends the head of a response.
   *
   * @param status 200 to 599.
   * @param reason The reason phrase; `null` for the standard phrase of the status.
   * @param headers The handler's fields; `null` for none. They no longer change.
   * @param size Number of bytes of content, {@linkcode UNKNOWN_SIZE} or {@linkcode NO_SIZE}.
   * @param hasContent `true` if content may follow.
   */
  head(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    hasContent: boolean,
  ): void;
  /** Sends a piece of content of at least one byte. */
  content(data: string | Uint8Array): void;
  /** Ends the content. Trailers are dropped if the framing does not support them. */
  end(trailers: HeaderMap | null): void;
  /** Sends the queued data by the end of the turn. */
  schedule(): void;
  /**
   * Resolves when more may be sent; rejects when the connection is closed. A rejection is never unhandled.
   */
  ready(): Promise<void>;
  /** Counts bytes as sent without sending them, and resolves like {@linkcode ResponseTransport.ready}. */
  skip(size: number): Promise<void>;
  /**
   * Sends the response to a request that violated a rule, in place of a handler. Later bytes of the
   * connection are not read.
   */
  refuse(error: HttpError): void;
  /** Aborts the response in such a way that the client can detect that it is incomplete. */
  abort(): void;
  /**
   * Ends HTTP: sends the head, and passes the connection on.
   *
   * @param headers The handler's fields, to which the transport adds its own.
   * @param take Creates the handler of the connection's bytes; called before this method returns.
   */
  upgrade(headers: HeaderMap, take: TakeConnection): void;
  /**
   * Lets content arrive because the handler reads, and asks the client for it if the client waits to be
   * asked.
   */
  wantContent(): void;
  /** Lets content arrive to be dropped, because the handler does not need it. */
  dropContent(): void;
  /**
   * Ends the exchange: the response is complete, and the rest of the request's content is not read. This is
   * the last call, and no event follows.
   *
   * @param consumed Number of bytes of content that the handler has read.
   */
  done(consumed: number): void;
}
