import type { HeaderMap } from "../http/header_map.ts";
import type { RemoteAddress } from "../http/request.ts";

/**
 * A response that has been finished, of a handler or of the server itself: what logs and metrics are made of.
 */
export interface ResponseRecord {
  /** The method; `null` where the head of the request was not complete or not valid, as of the next three. */
  readonly method: string | null;
  /** The request target as received. */
  readonly target: string | null;
  /** The version of HTTP that the client speaks. */
  readonly version: "1.0" | "1.1" | null;
  /** The header fields of the request. */
  readonly headers: HeaderMap | null;
  /** The client. */
  readonly remoteAddress: RemoteAddress;
  /** The status that was sent. */
  readonly status: number;
  /** Bytes of the request that were received. */
  readonly bytesIn: number;
  /** Bytes of the response that were sent. */
  readonly bytesOut: number;
  /** When the request began, in milliseconds since the epoch. */
  readonly start: number;
  /** Milliseconds from the start to the first byte of the response; `null` if none was sent. */
  readonly firstByte: number | null;
  /** Milliseconds from the start to the end of the response. */
  readonly duration: number;
  /** True if the response was cut off, by either side. */
  readonly aborted: boolean;
  /** Error of the handler, the request or the connection; `undefined` if there was none. */
  readonly error: unknown;
  /** The thread that called the handler, from 0. */
  readonly thread: number;
  /** The number of the connection. */
  readonly connection: number;
  /** The number of the request on its connection, from 1. */
  readonly request: number;
}
