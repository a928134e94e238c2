import { FIELD_DATE } from "../http/field_name.ts";
import {
  consistsOf,
  copyFields,
  encodedSection,
  encodeFields,
  framingFields,
  type HeaderMap,
} from "../http/header_map.ts";
import { statusLine } from "../http/status.ts";
import { END_OF_LENGTH } from "./response_framing.ts";

/**
 * Encodes the heads of final responses, RFC 9112 section 2.1.
 *
 * Handlers often send equal heads, so the encoder caches the last head, with and without a length. A repeated
 * head is the identical string, whose encoded bytes the output also caches.
 */
export class ResponseHeadEncoder {
  #status = 0;
  #reason: string | null = null;
  #date = "";
  #connection = "";
  #fields: readonly string[] = [];
  /** Fields of a head that another thread has encoded; `null` for any other head. */
  #section: string | null = null;
  #end = "";
  #text = "";
  #size = -1;
  #start = "";
  #whole: string | null = null;

  /**
   * Encodes a head.
   *
   * @param status 200 to 599.
   * @param reason The reason phrase; `null` for the standard phrase.
   * @param headers The fields; `null` for none.
   * @param date The value of a Date field, used if the handler did not set one.
   * @param connection The Connection line, or an empty string.
   * @param end The end of the head, from `headEnd()`.
   */
  encode(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    date: string,
    connection: string,
    end: string,
  ): string {
    const isLast = status === this.#status && date === this.#date && connection === this.#connection &&
      end === this.#end && reason === this.#reason && this.#hasFields(headers);
    if (isLast) return this.#text;
    // An exception here leaves the cache unchanged.
    const text = joined(
      startLine(status, reason) + (headers === null ? "" : encodeFields(headers)) + dateOnce(headers, date) +
        connection + end,
    );
    this.#text = text;
    this.#status = status;
    this.#reason = reason;
    this.#date = date;
    this.#connection = connection;
    this.#section = headers === null ? null : encodedSection(headers);
    this.#fields = headers === null || this.#section !== null ? [] : copyFields(headers);
    this.#end = end;
    return text;
  }

  #hasFields(headers: HeaderMap | null): boolean {
    if (headers === null) return this.#fields.length === 0 && this.#section === null;
    const section = encodedSection(headers);
    if (section !== null) return section === this.#section;
    return this.#section === null && consistsOf(headers, this.#fields);
  }

  /**
   * Completes a head that ends with `CONTENT_LENGTH`, if the head before was equal.
   *
   * @param start The head, from {@linkcode ResponseHeadEncoder.encode}.
   * @param size Number of bytes of content.
   * @returns The complete head; or `start` alone if writing the rest separately costs less than joining the
   * two.
   */
  withLength(start: string, size: number): string {
    if (size === this.#size && start === this.#start) {
      return this.#whole ??= joined(`${start}${size}${END_OF_LENGTH}`);
    }
    this.#size = size;
    this.#start = start;
    this.#whole = null;
    return start;
  }
}

/**
 * Makes the engine flatten a concatenated string now, rather than once for each response that begins with it.
 */
function joined(text: string): string {
  text.charCodeAt(0);
  return text;
}

function startLine(status: number, reason: string | null): string {
  return reason === null ? statusLine(status) : `HTTP/1.1 ${status} ${reason}\r\n`;
}

function dateOnce(headers: HeaderMap | null, date: string): string {
  return headers === null || (framingFields(headers) & FIELD_DATE) === 0 ? `date: ${date}\r\n` : "";
}

/** Encodes an interim response, which has neither content nor a Date. */
export function interimHead(status: number, headers: HeaderMap | null): string {
  return statusLine(status) + (headers === null ? "" : encodeFields(headers)) + "\r\n";
}

/**
 * Returns the Connection line, RFC 9112 section 9: empty if the connection stays open by default.
 *
 * @param minorVersion 0 or 1.
 * @param keepAlive `true` if the connection stays open.
 */
export function connectionLine(minorVersion: number, keepAlive: boolean): string {
  if (!keepAlive) return "connection: close\r\n";
  return minorVersion === 0 ? "connection: keep-alive\r\n" : "";
}

/**
 * Encodes a whole response that refuses a request: self-delimited, and the last response of its connection.
 *
 * @param status 400 to 599.
 * @param reason The violated rule, in ASCII.
 * @param date The value of a Date field.
 * @param withContent `false` in response to HEAD.
 */
export function refusal(status: number, reason: string, date: string, withContent: boolean): string {
  const content = reason + "\n";
  return `${
    statusLine(status)
  }date: ${date}\r\ncontent-type: text/plain\r\ncontent-length: ${content.length}\r\n` +
    `connection: close\r\n\r\n${withContent ? content : ""}`;
}
