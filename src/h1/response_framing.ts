import { ResponseError } from "../http/errors.ts";
import { FIELD_CONNECTION, FIELD_CONTENT_LENGTH, FIELD_TRANSFER_ENCODING } from "../http/field_name.ts";
import { framingFields, getField, type HeaderMap } from "../http/header_map.ts";
import type { RequestHead } from "../http/request_head.ts";

/**
 * How the content of a response is delimited, decided once, when its head is written:
 *
 * - `length`: by Content-Length; `left` bytes are still to be written
 * - `chunked`: by chunks
 * - `close`: by the end of the connection, which is all that HTTP/1.0 has for an unknown length
 * - `none`: there is no content, whatever the handler writes
 */
export type BodyFraming =
  | { readonly kind: "length"; left: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" }
  | { readonly kind: "none" };

const CHUNKED: BodyFraming = { kind: "chunked" };
const CLOSE: BodyFraming = { kind: "close" };

/** The framing where there is no content. */
export const NONE: BodyFraming = { kind: "none" };

/** Whether a response has no content whatever the handler writes, RFC 9112 section 6.3. */
export function isWithoutContent(head: RequestHead, status: number): boolean {
  return status === 204 || status === 304 || status === 205 || head.method === "HEAD";
}

/**
 * How the content of a streaming response is framed, RFC 9112 section 6.
 *
 * @param head The request.
 * @param status The status of the response.
 * @param declared The Content-Length that the handler set, or -1.
 */
export function streamingFraming(head: RequestHead, status: number, declared: number): BodyFraming {
  if (isWithoutContent(head, status)) return NONE;
  if (declared !== -1) return { kind: "length", left: declared };
  return head.minorVersion === 0 ? CLOSE : CHUNKED;
}

/** The end of a head whose last field line has been written. */
export const END_OF_HEAD = "\r\n";

/** The end of a head behind which a number of bytes is to follow, and {@linkcode END_OF_LENGTH}. */
export const CONTENT_LENGTH = "content-length: ";

/** What ends the line of a length, and the head. */
export const END_OF_LENGTH = "\r\n\r\n";

/**
 * The end of a head: the field line that frames a response, where the handler set none, and the empty line. There is no
 * such field where none may be, or HTTP/1.0 has none.
 *
 * @param head The request.
 * @param status The status of the response.
 * @param size Bytes of content; -1 where that is not known.
 * @returns The whole end, or {@linkcode CONTENT_LENGTH}, so that heads that differ in the size alone begin alike.
 */
export function headEnd(head: RequestHead, status: number, size: number): string {
  if (status === 204 || status === 304) return END_OF_HEAD;
  if (status === 205) return "content-length: 0\r\n\r\n";
  if (size !== -1) return CONTENT_LENGTH;
  return head.minorVersion === 0 ? END_OF_HEAD : "transfer-encoding: chunked\r\n\r\n";
}

/**
 * Sees to it that a body is as long as the handler has said.
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

/** What the handler's own fields say about framing and connection. */
export interface DeclaredFraming {
  /** The Content-Length that the handler set, or -1. */
  readonly length: number;
  /** Whether it asked to close the connection. */
  readonly close: boolean;
}

const NOTHING_DECLARED: DeclaredFraming = { length: -1, close: false };
const FRAMING_FIELDS = FIELD_CONTENT_LENGTH | FIELD_TRANSFER_ENCODING | FIELD_CONNECTION;

/**
 * Reads the framing fields that a handler set, and takes out those that the server writes itself: `transfer-encoding:
 * chunked`, `connection: keep-alive`, and the `content-length` of a status that has none.
 *
 * @throws {ResponseError} If `content-length` is not one number of digits, or `transfer-encoding` is not `chunked`.
 */
export function declaredFraming(headers: HeaderMap | null, status: number): DeclaredFraming {
  if (headers === null) return NOTHING_DECLARED;
  const fields = framingFields(headers);
  if ((fields & FRAMING_FIELDS) === 0) return NOTHING_DECLARED;
  if ((fields & FIELD_TRANSFER_ENCODING) !== 0) {
    if (getField(headers, "transfer-encoding")?.toLowerCase() !== "chunked") {
      throw new ResponseError(
        'Cannot send header "transfer-encoding": the only coding that is implemented is chunked',
      );
    }
    headers.delete("transfer-encoding");
  }
  return {
    length: (fields & FIELD_CONTENT_LENGTH) === 0 ? -1 : declaredLength(headers, status),
    close: (fields & FIELD_CONNECTION) !== 0 && declaresClose(headers),
  };
}

function declaredLength(headers: HeaderMap, status: number): number {
  const value = getField(headers, "content-length") ?? "";
  const length = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(length)) {
    throw new ResponseError('Cannot send header "content-length": it is not one number of digits');
  }
  if (status === 204 || status === 205) {
    headers.delete("content-length");
    return -1;
  }
  return length;
}

function declaresClose(headers: HeaderMap): boolean {
  const options = (getField(headers, "connection") ?? "").toLowerCase().split(",").map((option) =>
    option.trim()
  );
  const others = options.filter((option) => option !== "" && option !== "close" && option !== "keep-alive");
  if (others.length === 0) headers.delete("connection");
  else headers.set("connection", others.join(", "));
  return options.includes("close");
}
