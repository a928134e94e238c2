import type { HeaderMap } from "./header_map.ts";
import type { TargetForm } from "./request_uri.ts";

/** A version of HTTP that a request may have. */
export type HttpVersion = "1.0" | "1.1" | "2";

/** The head of a request in any protocol. Fields and target are decoded on request. */
export interface RequestHead {
  /** The method as received. Methods are case-sensitive. */
  readonly method: string;
  /** The form of the request target, one of four (RFC 9112 section 3.2). */
  readonly form: TargetForm;
  /** The version; a minor version above 1.1 is handled as 1.1. */
  readonly version: HttpVersion;
  /** `true` if content follows the head. */
  readonly hasContent: boolean;
  /**
   * Number of bytes of content that the head announces; -1 if the head announces none, or an unknown number.
   */
  readonly contentLength: number;
  /** `true` if the client waits for a 100 before it sends the content. */
  readonly expectsContinue: boolean;
  /** `true` if the client accepts trailers, `TE: trailers`. */
  readonly acceptsTrailers: boolean;
  /** `true` if the client offers to change the protocol of the connection, RFC 9110 section 7.8. */
  readonly offersUpgrade: boolean;
  /** The value of Host if it is known without decoding the field section, otherwise `null`. */
  host(): string | null;
  /** The request target; ASCII. */
  target(): string;
  /** Creates a new map of the header fields. */
  fields(): HeaderMap;
  /** The header fields as text, in order, one line of `name: value` and CRLF for each. */
  fieldSection(): string;
}
