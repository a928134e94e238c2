import type { HeaderMap } from "../http/header_map.ts";
import type { HttpVersion } from "../http/request_head.ts";
import type { RemoteAddress } from "../http/request.ts";

/** One response and what led to it, as `onResponse` is told. */
export interface ResponseRecord {
  /** The method of the request; `null` where no request could be read. */
  readonly method: string | null;
  /** The request target, as received; `null` where no request could be read. */
  readonly target: string | null;
  /** The version of HTTP; `null` where no request could be read. */
  readonly version: HttpVersion | null;
  /** The header fields of the request; `null` where no request could be read. */
  readonly headers: HeaderMap | null;
  /** The client. */
  readonly remoteAddress: RemoteAddress;
  /** The status that was sent; 101 or 200 for an upgrade; 0 where the client was gone before there was any. */
  readonly status: number;
  /** Bytes of content that were received and handed on. */
  readonly bytesIn: number;
  /** Bytes of content that were sent. */
  readonly bytesOut: number;
  /** Time of the request, in milliseconds since the epoch. */
  readonly start: number;
  /** Milliseconds from the request to the head of the response; `null` where there was none. */
  readonly firstByte: number | null;
  /** Milliseconds from the request to the end of the response. */
  readonly duration: number;
  /** Whether the response was cut off: by the client, the handler or the server. */
  readonly aborted: boolean;
  /** The last error of this exchange that `onError` was told, or the reason of an abort or a refusal; `undefined` if none. */
  readonly error: unknown;
  /** Number of the thread that has answered. */
  readonly thread: number;
  /** Number of the connection on the thread that has it, from 1. */
  readonly connection: number;
  /** Number of the request on its connection, from 1; 0 where no request could be read. */
  readonly request: number;
}
