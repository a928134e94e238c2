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
 * Writes the heads of final responses, RFC 9112 section 2.1.
 *
 * Handlers tend to answer alike, so the encoder keeps the head that was written last, without and with a length: one that
 * comes again is the same string, whose bytes the output knows.
 */
export class ResponseHeadEncoder {
  #status = 0;
  #reason: string | null = null;
  #date = "";
  #connection = "";
  #fields: readonly string[] = [];
  /** The fields of a head that another thread has encoded; `null` for any other. */
  #section: string | null = null;
  #end = "";
  #text = "";
  #size = -1;
  #start = "";
  #whole: string | null = null;

  /**
   * Writes a head.
   *
   * @param status 200 to 599.
   * @param reason The reason phrase; `null` for the usual one.
   * @param headers The fields; `null` for none.
   * @param date The value of a Date field, for a handler that did not set one.
   * @param connection The line of Connection, or nothing.
   * @param end The end of the head, by `headEnd()`.
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
    // Nothing of the cache changes if this throws.
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
   * Completes a head that ends with `CONTENT_LENGTH`, if the one before was the same.
   *
   * @param start The head, by {@linkcode ResponseHeadEncoder.encode}.
   * @param size Bytes of content.
   * @returns The whole head; or `start` alone, where writing the rest after it costs less than joining the two.
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

/** Makes engines join the pieces of a text now, and not once for each response that begins with it. */
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

/** Writes an interim response, which has neither content nor a Date. */
export function interimHead(status: number, headers: HeaderMap | null): string {
  return statusLine(status) + (headers === null ? "" : encodeFields(headers)) + "\r\n";
}

/**
 * The line of Connection, RFC 9112 section 9: nothing where both sides go on by default.
 *
 * @param minorVersion 0 or 1.
 * @param keepAlive Whether the connection stays open.
 */
export function connectionLine(minorVersion: number, keepAlive: boolean): string {
  if (!keepAlive) return "connection: close\r\n";
  return minorVersion === 0 ? "connection: keep-alive\r\n" : "";
}

/**
 * Writes a whole response that refuses a request: self-delimited, and the last of its connection.
 *
 * @param status 400 to 599.
 * @param reason The rule that was broken, in ASCII.
 * @param date The value of a Date field.
 * @param withContent `false` for an answer to HEAD.
 */
export function refusal(status: number, reason: string, date: string, withContent: boolean): string {
  const content = reason + "\n";
  return `${
    statusLine(status)
  }date: ${date}\r\ncontent-type: text/plain\r\ncontent-length: ${content.length}\r\n` +
    `connection: close\r\n\r\n${withContent ? content : ""}`;
}
