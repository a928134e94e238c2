import { HttpError } from "../http/errors.ts";
import { ReceivedHead } from "./received_head.ts";
import { FieldSectionParser } from "./field_section_parser.ts";
import { FramingFields } from "./framing_fields.ts";
import { CR, LF } from "./grammar.ts";
import type { InputBuffer } from "./input_buffer.ts";
import { RequestLineParser } from "./request_line_parser.ts";

/**
 * Maximum number of empty lines before a request. RFC 9112 section 2.2 asks to ignore at least one; more than
 * this is not sent by an HTTP client.
 */
const MAX_EMPTY_LINES = 8;

/** Size limits of a head. */
export interface HeadLimits {
  /** Maximum number of bytes of request line and headers together. */
  readonly maxHeaderSize: number;
  /** Maximum number of field lines. */
  readonly maxHeaderCount: number;
}

/**
 * Parses request heads from an {@linkcode InputBuffer}, in one pass over the bytes however they are split.
 *
 *     HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
 */
export class RequestHeadParser {
  readonly #maxSize: number;
  readonly #line: RequestLineParser = new RequestLineParser();
  readonly #fields: FieldSectionParser;
  readonly #framing: FramingFields = new FramingFields();
  /** A head that has begun and is incomplete. Most heads arrive whole and are never stored here. */
  #head: ReceivedHead | null = null;
  #begun = false;
  #inFields = false;
  #emptyLines = 0;

  /**
   * Creates a parser.
   *
   * @param limits Size limits of a head.
   */
  constructor(limits: HeadLimits) {
    this.#maxSize = limits.maxHeaderSize;
    this.#fields = new FieldSectionParser(limits.maxHeaderCount, "header");
  }

  /** `true` if part of a head has been read. */
  get begun(): boolean {
    return this.#begun;
  }

  /** `true` if nothing of the next head has been read, so that the parser can serve another connection. */
  get atRest(): boolean {
    return !this.#begun && this.#emptyLines === 0;
  }

  /** `true` if the method of the last head, complete or not, is HEAD: its response has no content. */
  get isHead(): boolean {
    return this.#line.method === "HEAD";
  }

  /**
   * Continues parsing.
   *
   * @returns The head, consumed from `input`, or `null` until more bytes arrive.
   * @throws {HttpError} At the first byte that rules out a valid request: 400, 413, 414, 417, 431, 501 or
   * 505.
   */
  parse(input: InputBuffer): ReceivedHead | null {
    if (!this.#begun) this.#begin(input);
    if (!this.#begun) return null;
    const head = this.#head ?? new ReceivedHead();
    const bytes = input.bytes;
    const base = input.start;
    const stop = Math.min(input.end, base + this.#maxSize);
    if (!this.#inFields) {
      if (!this.#line.parse(head, bytes, base, stop)) return this.#incomplete(head, stop - base);
      this.#inFields = true;
      head.fieldsStart = this.#line.scanned;
      this.#fields.reset(head.fieldsStart);
    }
    const fields = this.#fields;
    if (!fields.parse(bytes, base, stop, this.#framing)) return this.#incomplete(head, stop - base);
    this.#framing.finish(head);
    head.bytes = bytes;
    head.base = base;
    head.fieldsEnd = fields.scanned - 2;
    input.consume(fields.scanned);
    if (this.#head !== null) this.#head = null;
    this.#begun = false;
    return head;
  }

  /** Skips empty lines, and resets the parser when the first byte of a new head has arrived. */
  #begin(input: InputBuffer): void {
    // The bytes of an empty buffer are empty too, so this reads `undefined` and the loop ends.
    while (input.bytes[input.start] === CR) {
      this.#line.reset();
      if (input.length === 1) return;
      if (input.bytes[input.start + 1] !== LF) {
        throw new HttpError(400, "A carriage return is not followed by a line feed");
      }
      if (++this.#emptyLines > MAX_EMPTY_LINES) {
        throw new HttpError(400, "Too many empty lines before a request");
      }
      input.consume(2);
    }
    if (input.length === 0) return;
    this.#begun = true;
    this.#inFields = false;
    this.#emptyLines = 0;
    this.#line.reset();
    this.#framing.reset();
  }

  #incomplete(head: ReceivedHead, scanned: number): null {
    this.#head = head;
    if (scanned < this.#maxSize) return null;
    if (this.#line.inTarget) throw new HttpError(414, "The request target is too long");
    throw new HttpError(431, "The request line and headers are too large");
  }
}
