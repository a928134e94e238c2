import { ResponseError } from "../http/errors.ts";
import { FIELD_CONTENT_LENGTH, FIELD_TRANSFER_ENCODING } from "../http/field_name.ts";
import { framingFields, getField, hasField, HeaderMap } from "../http/header_map.ts";
import { NO_SIZE } from "./transport.ts";

/** Checks whether a response never has content, RFC 9110 sections 9.3.2 and 15. */
export function isWithoutContent(method: string, status: number): boolean {
  return status === 204 || status === 304 || status === 205 || method === "HEAD";
}

/**
 * Determines the size of the content to announce in a head whose fields do not.
 *
 * @param status The status of the response.
 * @param size Number of bytes of content, or `UNKNOWN_SIZE` or `NO_SIZE`.
 * @returns `size`, but `NO_SIZE` for statuses that announce none, and 0 for 205 (RFC 9110 section 15.3.6).
 */
export function announcedSize(status: number, size: number): number {
  if (status === 204 || status === 304) return NO_SIZE;
  return status === 205 ? 0 : size;
}

/**
 * Reads the Content-Length that a handler set.
 *
 * @returns Number of bytes of content; -1 if the handler set none, or the status has none.
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

/**
 * Selects the fields to send: the handler's fields without a Content-Length that the status must not have.
 */
export function sentFields(headers: HeaderMap | null, status: number): HeaderMap | null {
  if (headers === null || (status !== 204 && status !== 205)) return headers;
  if ((framingFields(headers) & FIELD_CONTENT_LENGTH) === 0) return headers;
  const fields = new HeaderMap(headers);
  fields.delete("content-length");
  return fields;
}

/**
 * Checks that a body has the length that the handler declared.
 *
 * @param declared The Content-Length that the handler set, or -1.
 * @param size Number of bytes of the body.
 * @throws {ResponseError} If they differ.
 */
export function assertLength(declared: number, size: number): void {
  if (declared === -1 || declared === size) return;
  throw new ResponseError(
    `Cannot send the response: content-length is ${declared} but the body has ${size} bytes`,
  );
}

/**
 * Checks that an interim response has no field that frames content, RFC 9112 section 6.
 *
 * @throws {ResponseError} If it has one.
 */
export function assertWithoutFraming(headers: HeaderMap): void {
  if (!hasField(headers, "content-length") && !hasField(headers, "transfer-encoding")) return;
  throw new ResponseError(
    "Cannot send an informational response: it has no content, so no field may frame it",
  );
}

/**
 * Checks that a handler sets no transfer coding except chunked, which a transport applies if necessary.
 *
 * @throws {ResponseError} If the handler set another one.
 */
export function assertTransferCoding(headers: HeaderMap | null): void {
  if (headers === null || (framingFields(headers) & FIELD_TRANSFER_ENCODING) === 0) return;
  if (getField(headers, "transfer-encoding")?.toLowerCase() === "chunked") return;
  throw new ResponseError(
    'Cannot send header "transfer-encoding": the only coding that is implemented is chunked',
  );
}
