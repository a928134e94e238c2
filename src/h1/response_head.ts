import { FIELD_DATE } from "../http/field_name.ts";
import { ResponseError } from "../http/errors.ts";
import {
  consistsOf,
  copyFields,
  encodeFields,
  framingFields,
  hasField,
  type HeaderMap,
} from "../http/header_map.ts";
import type { RequestHead } from "../http/request_head.ts";
import { statusLine } from "../http/status.ts";
import { END_OF_LENGTH } from "./response_framing.ts";

// The head that was written last, but for the length of the content. Handlers tend to answer alike: it costs a quarter of
// one made anew, and one that begins a write is known as bytes.
let lastStatus = 0;
let lastDate = "";
let lastConnection = "";
let lastFields: readonly string[] = [];
let lastEnd = "";
let lastText = "";

/**
 * Writes the head of a final response, RFC 9112 section 2.1.
 *
 * @param status 200 to 599.
 * @param headers The handler's fields, if it set any.
 * @param date The Date line, for a handler that did not set one.
 * @param connection The Connection line, or nothing.
 * @param end What {@linkcode headEnd} says.
 */
export function responseHead(
  status: number,
  headers: HeaderMap | null,
  date: string,
  connection: string,
  end: string,
): string {
  const isLast = status === lastStatus && date === lastDate && connection === lastConnection &&
    end === lastEnd &&
    (headers === null ? lastFields.length === 0 : consistsOf(headers, lastFields));
  if (!isLast) {
    // First of all, because it throws on a status that cannot be written.
    lastText = joined(
      statusLine(status) + (headers === null ? "" : encodeFields(headers)) + dateOnce(headers, date) +
        connection + end,
    );
    lastStatus = status;
    lastDate = date;
    lastConnection = connection;
    lastFields = headers === null ? [] : copyFields(headers);
    lastEnd = end;
  }
  return lastText;
}

// The same for the length.
let lastSize = -1;
let lastStart = "";
let lastWhole: string | null = null;

/**
 * Completes a head that ends with {@linkcode CONTENT_LENGTH}, where the one before was the same.
 *
 * @param start What {@linkcode responseHead} has written.
 * @param size Bytes of content.
 * @returns The whole head; or `start` alone, where to write the rest behind it costs less than to join the two.
 */
export function headOfSize(start: string, size: number): string {
  if (size === lastSize && start === lastStart) {
    return lastWhole ??= joined(`${start}${size}${END_OF_LENGTH}`);
  }
  lastSize = size;
  lastStart = start;
  lastWhole = null;
  return start;
}

/** Makes engines join the pieces of a text now, and not once for each response that begins with it. */
function joined(text: string): string {
  text.charCodeAt(0);
  return text;
}

function dateOnce(headers: HeaderMap | null, date: string): string {
  return headers === null || (framingFields(headers) & FIELD_DATE) === 0 ? date : "";
}

/** Writes an interim response, which has neither content nor a Date. */
export function informationalHead(status: number, headers: HeaderMap | null): string {
  return statusLine(status) + (headers === null ? "" : encodeFields(headers)) + "\r\n";
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
 * What a response says about the connection, RFC 9112 section 9: nothing where both sides go on by default.
 *
 * @param head The request.
 * @param keepAlive Whether the connection stays open.
 */
export function connectionLine(head: RequestHead, keepAlive: boolean): string {
  if (!keepAlive) return "connection: close\r\n";
  return head.minorVersion === 0 ? "connection: keep-alive\r\n" : "";
}

/**
 * Writes a whole response that refuses a request: self-delimited, and the last of its connection.
 *
 * @param status 400 to 599.
 * @param reason What rule was broken, in ASCII.
 * @param date The Date line.
 * @param withContent `false` for an answer to HEAD.
 */
export function refusal(status: number, reason: string, date: string, withContent: boolean): string {
  const content = reason + "\n";
  return statusLine(status) + date + "content-type: text/plain\r\ncontent-length: " + content.length +
    "\r\nconnection: close\r\n\r\n" + (withContent ? content : "");
}
