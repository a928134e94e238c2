import { FIELD_CONNECTION, FIELD_CONTENT_LENGTH, FIELD_TRANSFER_ENCODING } from "../http/field_name.ts";
import { framingFields, HeaderMap } from "../http/header_map.ts";
import { NO_SIZE } from "../exchange/transport.ts";
import { connectionOptions } from "./keep_alive.ts";

/** How the content of a response is delimited, RFC 9112 section 6. Decided once, when its head is written. */
export type BodyFraming =
  /** There is none, or its length has been announced. */
  | "length"
  /** By chunks. */
  | "chunked"
  /** By the end of the connection, which is all that HTTP/1.0 has for an unknown length. */
  | "close";

/**
 * How a response with a head of its own is framed.
 *
 * @param minorVersion 0 or 1.
 * @param hasLength Whether the length is announced, or there is no content.
 */
export function bodyFraming(minorVersion: number, hasLength: boolean): BodyFraming {
  if (hasLength) return "length";
  return minorVersion === 0 ? "close" : "chunked";
}

/** The end of a head whose last field line has been written. */
export const END_OF_HEAD = "\r\n";

/** The end of a head, before a number of bytes and {@linkcode END_OF_LENGTH}. */
export const CONTENT_LENGTH = "content-length: ";

/** The end of the line of a length, and of the head. */
export const END_OF_LENGTH = "\r\n\r\n";

/** The end of a head whose content is chunked. */
const CHUNKED = "transfer-encoding: chunked\r\n\r\n";

/**
 * The end of a head: the field line that frames a response, where the handler set none, and the empty line.
 *
 * @param minorVersion 0 or 1: HTTP/1.0 has no chunks.
 * @param headers The handler's fields.
 * @param size Bytes of content, `UNKNOWN_SIZE` or `NO_SIZE`.
 * @returns The whole end, or {@linkcode CONTENT_LENGTH}, so that heads that differ in the size alone begin alike.
 */
export function headEnd(minorVersion: number, headers: HeaderMap | null, size: number): string {
  if (size === NO_SIZE || hasLength(headers)) return END_OF_HEAD;
  if (size >= 0) return CONTENT_LENGTH;
  return minorVersion === 0 ? END_OF_HEAD : CHUNKED;
}

/** Whether a handler set Content-Length. */
export function hasLength(headers: HeaderMap | null): boolean {
  return headers !== null && (framingFields(headers) & FIELD_CONTENT_LENGTH) !== 0;
}

/**
 * The fields to write: the handler's own, without those that the protocol writes itself: `transfer-encoding`, and the
 * options `close` and `keep-alive` of `connection`.
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
