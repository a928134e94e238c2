import type { HttpError } from "../http/errors.ts";
import type { HeaderMap } from "../http/header_map.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { TakeConnection } from "./upgraded_socket.ts";

/** Size of content that is not known before its end. */
export const UNKNOWN_SIZE = -1;

/** Size of content in a head that announces none: that of a 204 or 304, or of HEAD where nobody knows the size. */
export const NO_SIZE = -2;

/**
 * What an exchange asks of whatever carries it: a connection of HTTP/1.1, a stream of a multiplexed connection, or
 * another thread that has the connection.
 *
 * A response is one call of {@linkcode ResponseTransport.whole}, or one of {@linkcode ResponseTransport.head}, any number of
 * {@linkcode ResponseTransport.content} and one of {@linkcode ResponseTransport.end}. The exchange keeps this order, checks
 * the length of the content, and sends no content where the method or the status allows none. Framing, and what becomes of
 * the connection, are the transport's.
 *
 * Text is ASCII everywhere.
 */
export interface ResponseTransport {
  /** The client. */
  readonly remoteAddress: RemoteAddress;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** Number of the connection on the thread that has it, from 1. */
  readonly connectionNumber: number;
  /** Number of the request on its connection, from 1. */
  readonly requestNumber: number;
  /** Sends an interim response, which has neither content nor a date. Dropped for clients that know none. */
  interim(status: number, headers: HeaderMap): void;
  /**
   * Queues a whole response. The exchange calls {@linkcode ResponseTransport.done} or {@linkcode ResponseTransport.schedule}
   * next, so that a response of known size is sent in one call.
   *
   * @param status 200 to 599.
   * @param reason The reason phrase, or `null` for the usual one of the status.
   * @param headers The handler's fields; `null` for none. Not changed from now on.
   * @param size Bytes of content to announce where the fields do not, or {@linkcode NO_SIZE}.
   * @param body The content; `null` where none is sent.
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
   * @param reason The reason phrase, or `null` for the usual one of the status.
   * @param headers The handler's fields; `null` for none. Not changed from now on.
   * @param size Bytes of content, {@linkcode UNKNOWN_SIZE} or {@linkcode NO_SIZE}.
   * @param hasContent Whether content may follow.
   */
  head(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    hasContent: boolean,
  ): void;
  /** Sends a piece of content, which is not empty. */
  content(data: string | Uint8Array): void;
  /** Ends the content. Trailers are dropped where the framing has none. */
  end(trailers: HeaderMap | null): void;
  /** Sends what has been queued, by the end of the turn. */
  schedule(): void;
  /** Resolves when more may be sent; rejects when the connection is gone. A rejection is never unhandled. */
  ready(): Promise<void>;
  /** Counts bytes that are not sent, and resolves as {@linkcode ResponseTransport.ready} does. */
  skip(size: number): Promise<void>;
  /** Answers a request that broke a rule, in place of a handler. Nothing that follows on the connection is read. */
  refuse(error: HttpError): void;
  /** Gives the response up, so that the client can see that it is incomplete. */
  abort(): void;
  /**
   * Leaves HTTP: sends the head, and hands the connection over.
   *
   * @param headers The handler's fields, which the transport completes.
   * @param take Makes the handler of the connection's bytes; called before this returns.
   */
  upgrade(headers: HeaderMap, take: TakeConnection): void;
  /** The handler wants content: lets it come, and asks a client for it that waits to be asked. */
  wantContent(): void;
  /** The handler wants none of the content: lets it come, to be dropped. */
  dropContent(): void;
  /**
   * The exchange is over: its response is complete, and nobody reads the rest of its content. The last call; no event
   * follows.
   *
   * @param consumed Bytes of content that the handler has read.
   */
  done(consumed: number): void;
}
