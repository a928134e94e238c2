import { ResponseError } from "../http/errors.ts";
import { HeaderMap, headerMapFromBytes } from "../http/header_map.ts";

/**
 * Fields that may not come as trailers, RFC 9110 section 6.5.1: those that frame or route the message, change how it
 * is processed, authenticate, or describe its content.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "age",
  "authorization",
  "cache-control",
  "connection",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "expect",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "keep-alive",
  "max-forwards",
  "pragma",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "range",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "www-authenticate",
]);

/** The trailers of a request: what came, without the fields that may not come there. */
export function receivedTrailers(section: Uint8Array | null): HeaderMap {
  const trailers = new HeaderMap();
  if (section === null) return trailers;
  for (const [name, value] of headerMapFromBytes(section, 0, section.length).raw()) {
    if (!FORBIDDEN.has(name.toLowerCase())) trailers.append(name, value);
  }
  return trailers;
}

/**
 * Checks the trailers that a handler wants to send.
 *
 * @throws {ResponseError} If one of them may not be sent as a trailer.
 */
export function assertTrailers(trailers: HeaderMap): void {
  for (const name of trailers.keys()) {
    if (FORBIDDEN.has(name)) {
      throw new ResponseError(`Cannot send trailer "${name}": it may only be a header`);
    }
  }
}
