import { ResponseError } from "../http/errors.ts";
import { FIELD_CONTENT_LENGTH, FIELD_TRANSFER_ENCODING } from "../http/field_name.ts";
import { framingFields, getField, hasField, HeaderMap } from "../http/header_map.ts";
import { NO_SIZE } from "./transport.ts";

/** Whether a response has no content whatever the handler writes, RFC 9110 sections 9.3.2 and 15. */
export function isWithoutContent(method: string, status: number): boolean {
  return status === 204 || status === 304 || status === 205 || method === "HEAD";
}

/**
 * The size of the content that a head announces where the handler's fields do not.
 *
 * @param status The status of the response.
 * @param size Bytes of content, or `UNKNOWN_SIZE` or `NO_SIZE`.
 * @returns `size`, but `NO_SIZE` for statuses that announce none, and 0 for 205 (RFC 9110 section 15.3.6).
 */
export function announcedSize(status: number, size: number): number {
  if (status === 204 || status === 304) return NO_SIZE;
  return status === 205 ? 0 : size;
}

/**
 * The Content-Length that a handler set.
 *
 * @returns Bytes of content; -1 where it set none, or the status has none.
 * @throws {ResponseError} If the value is not one number of digits.
 */
export function declaredLength(headers: HeaderMap | null, status: number): number {
  if (headers === null || (framingFields(headers) & FIELD_CONTENT_LENGTH) === 0) return -1;
  const value = getField(headers, "content-length") ?? "";
  const length = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(length)) {
    throw new ResponseError('Cannot send header "content-length": it is not one number of digits');
  }
  return status === 204 || status === 205 ? -1 : length;
}

/** The fields to send: the handler's own, without a Content-Length that its status must not have. */
export function sentFields(headers: HeaderMap | null, status: number): HeaderMap | null {
  if (headers === null || (status !== 204 && status !== 205)) return headers;
  if ((framingFields(headers) & FIELD_CONTENT_LENGTH) === 0) return headers;
  const fields = new HeaderMap(headers);
  fields.delete("content-length");
  return fields;
}

/**
 * Sees to it that a body is as long as the handler has declared.
 *
 * @param declared The Content-Length that it set, or -1.
 * @param size Bytes of the body.
 * @throws {ResponseError} If they differ.
 */
export function assertLength(declared: number, size: number): void {
  if (declared === -1 || declared === size) return;
  throw new ResponseError(
    `Cannot send the response: content-length is ${declared} but the body has ${size} bytes`,
  );
}

/**
 * Sees to it that an interim response has no field that frames content, RFC 9112 section 6.
 *
 * @throws {ResponseError} If there is one.
 */
export function assertWithoutFraming(headers: HeaderMap): void {
  if (!hasField(headers, "content-length") && !hasField(headers, "transfer-encoding")) return;
  throw new ResponseError(
    "Cannot send an informational response: it has no content, so no field may frame it",
  );
}

/**
 * Sees to it that a handler asks for no transfer coding but chunked, which a transport applies where it has to.
 *
 * @throws {ResponseError} If it does.
 */
export function assertTransferCoding(headers: HeaderMap | null): void {
  if (headers === null || (framingFields(headers) & FIELD_TRANSFER_ENCODING) === 0) return;
  if (getField(headers, "transfer-encoding")?.toLowerCase() === "chunked") return;
  throw new ResponseError(
    'Cannot send header "transfer-encoding": the only coding that is implemented is chunked',
  );
}
