import type { HeaderMap } from "./header_map.ts";
import type { TargetForm } from "./request_uri.ts";

/** A version of HTTP that a request may have. */
export type HttpVersion = "1.0" | "1.1" | "2";

/** The head of a request, whatever protocol it came by. Fields and target are decoded when they are asked for. */
export interface RequestHead {
  /** The method, as received: methods are case-sensitive. */
  readonly method: string;
  /** Which of the four forms the request target has, RFC 9112 section 3.2. */
  readonly form: TargetForm;
  /** The version; a minor version above 1.1 is handled as 1.1. */
  readonly version: HttpVersion;
  /** Whether content follows the head. */
  readonly hasContent: boolean;
  /** Bytes of content that the head announces; -1 where it announces none, or an unknown number. */
  readonly contentLength: number;
  /** Whether the client waits for a 100 before it sends the content. */
  readonly expectsContinue: boolean;
  /** Whether the client takes trailers, `TE: trailers`. */
  readonly acceptsTrailers: boolean;
  /** Whether the client offers to change the protocol of the connection, RFC 9110 section 7.8. */
  readonly offersUpgrade: boolean;
  /** The value of Host, if it is known without decoding the field section; otherwise `null`. */
  host(): string | null;
  /** The request target; ASCII. */
  target(): string;
  /** The header fields, a new map each time. */
  fields(): HeaderMap;
  /** The header fields as text, a line of `name: value` and CRLF for each, in order. */
  fieldSection(): string;
}
