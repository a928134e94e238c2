import type { HeaderMap } from "../http/header_map.ts";
import type { HttpVersion, RequestHead } from "../http/request_head.ts";
import type { RemoteAddress } from "../http/request.ts";

/** The head of a request, as passed along with an error or a response. */
export interface RequestSummary {
  /** The method. */
  readonly method: string;
  /** The request target, as received. */
  readonly target: string;
  /** The version of HTTP. */
  readonly version: HttpVersion;
  /** The header fields. */
  readonly headers: HeaderMap;
  /** The address of the client. */
  readonly remoteAddress: RemoteAddress;
}

/** Creates the summary of a request. */
export function summaryOf(head: RequestHead, remoteAddress: RemoteAddress): RequestSummary {
  return {
    method: head.method,
    target: head.target(),
    version: head.version,
    headers: head.fields(),
    remoteAddress,
  };
}
