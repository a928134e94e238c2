import type { HeaderMap } from "../http/header_map.ts";
import type { HttpVersion } from "../http/request_head.ts";
import type { RemoteAddress } from "../http/request.ts";

/** One response and its request, as passed to `onResponse`. */
export interface ResponseRecord {
  /** The method of the request; `null` if no request could be parsed. */
  readonly method: string | null;
  /** The request target, as received; `null` if no request could be parsed. */
  readonly target: string | null;
  /** The version of HTTP; `null` if no request could be parsed. */
  readonly version: HttpVersion | null;
  /** The header fields of the request; `null` if no request could be parsed. */
  readonly headers: HeaderMap | null;
  /** The address of the client. */
  readonly remoteAddress: RemoteAddress;
  /**
   * The status that was sent; 101 or 200 for an upgrade; 0 if the client disconnected before a response
   * began.
   */
  readonly status: number;
  /** Number of bytes of content that were received and passed on. */
  readonly bytesIn: number;
  /** Number of bytes of content that were sent. */
  readonly bytesOut: number;
  /** Time of the request, in milliseconds since the epoch. */
  readonly start: number;
  /** Milliseconds from the request to the head of the response; `null` if there was none. */
  readonly firstByte: number | null;
  /** Milliseconds from the request to the end of the response. */
  readonly duration: number;
  /** `true` if the response was cut by the client, the handler or the server. */
  readonly aborted: boolean;
  /**
   * The last error of this exchange that was passed to `onError`, or the reason of an abort or a refusal;
   * `undefined` if none.
   */
  readonly error: unknown;
  /** Number of the thread that handled the request. */
  readonly thread: number;
  /** Number of the connection on its thread, from 1. */
  readonly connection: number;
  /** Number of the request on its connection, from 1; 0 if no request could be parsed. */
  readonly request: number;
}
