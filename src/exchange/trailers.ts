import { ResponseError } from "../http/errors.ts";
import { HeaderMap } from "../http/header_map.ts";

/**
 * Fields that are not allowed as trailers, RFC 9110 section 6.5.1: those that frame or route the message,
 * change its processing, authenticate, or describe its content.
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

/**
 * Filters the trailers of a request.
 *
 * @param fields The trailer section as received.
 * @returns A new map without the fields that are not allowed as trailers.
 */
export function receivedTrailers(fields: HeaderMap): HeaderMap {
  const trailers = new HeaderMap();
  for (const [name, value] of fields.raw()) {
    if (!FORBIDDEN.has(name.toLowerCase())) trailers.append(name, value);
  }
  return trailers;
}

/**
 * Checks the trailers that a handler sends.
 *
 * @throws {ResponseError} If one of them is not allowed as a trailer.
 */
export function assertTrailers(trailers: HeaderMap): void {
  for (const name of trailers.keys()) {
    if (FORBIDDEN.has(name)) {
      throw new ResponseError(`Cannot send trailer "${name}": it may only be a header`);
    }
  }
}
