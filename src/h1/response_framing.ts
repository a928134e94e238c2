import { FIELD_CONNECTION, FIELD_CONTENT_LENGTH, FIELD_TRANSFER_ENCODING } from "../http/field_name.ts";
import { framingFields, HeaderMap } from "../http/header_map.ts";
import { NO_SIZE } from "../exchange/transport.ts";
import { connectionOptions } from "./keep_alive.ts";

/** Framing of the content of a response, RFC 9112 section 6. It is decided once, when the head is written. */
export type BodyFraming =
  /** There is no content, or its length has been announced. */
  | "length"
  /** The content is chunked. */
  | "chunked"
  /** The end of the connection ends the content, the only framing of an unknown length in HTTP/1.0. */
  | "close";

/**
 * Decides the framing of a response whose head is sent before its content.
 *
 * @param minorVersion 0 or 1.
 * @param hasLength `true` if the length is announced, or there is no content.
 */
export function bodyFraming(minorVersion: number, hasLength: boolean): BodyFraming {
  if (hasLength) return "length";
  return minorVersion === 0 ? "close" : "chunked";
}

/** The end of a head after its last field line. */
export const END_OF_HEAD = "\r\n";

/** The end of a head before the number of bytes and {@linkcode END_OF_LENGTH}. */
export const CONTENT_LENGTH = "content-length: ";

/** The end of a Content-Length line and of the head. */
export const END_OF_LENGTH = "\r\n\r\n";

/** The end of a head whose content is chunked. */
const CHUNKED = "transfer-encoding: chunked\r\n\r\n";

/**
 * Returns the end of a head: the field line that frames the response, if the handler set none, and the empty
 * line.
 *
 * @param minorVersion 0 or 1: HTTP/1.0 has no chunks.
 * @param headers The handler's fields.
 * @param size Number of bytes of content, `UNKNOWN_SIZE` or `NO_SIZE`.
 * @returns The complete end, or {@linkcode CONTENT_LENGTH}, so that heads that differ only in the size share
 * their beginning.
 */
export function headEnd(minorVersion: number, headers: HeaderMap | null, size: number): string {
  if (size === NO_SIZE || hasLength(headers)) return END_OF_HEAD;
  if (size >= 0) return CONTENT_LENGTH;
  return minorVersion === 0 ? END_OF_HEAD : CHUNKED;
}

/** Checks whether a handler set Content-Length. */
export function hasLength(headers: HeaderMap | null): boolean {
  return headers !== null && (framingFields(headers) & FIELD_CONTENT_LENGTH) !== 0;
}

/**
 * Selects the fields to write: the handler's fields without those that the protocol writes itself, which are
 * `transfer-encoding` and the options `close` and `keep-alive` of `connection`.
 */
export function writtenFields(headers: HeaderMap | null): HeaderMap | null {
  if (headers === null) return null;
  const framing = framingFields(headers);
  if ((framing & (FIELD_TRANSFER_ENCODING | FIELD_CONNECTION)) === 0) return headers;
  const fields = new HeaderMap(headers);
  fields.delete("transfer-encoding");
  if ((framing & FIELD_CONNECTION) === 0) return fields;
  const options = connectionOptions(headers).filter((option) =>
    option !== "close" && option !== "keep-alive"
  );
  if (options.length === 0) fields.delete("connection");
  else fields.set("connection", options.join(", "));
  return fields;
}
