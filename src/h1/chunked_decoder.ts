import { HttpError } from "../http/errors.ts";
import { TOKEN } from "../http/field_grammar.ts";
import type { BodyDecoder, BodyLimits } from "./body_decoder.ts";
import { FieldSectionParser } from "./field_section_parser.ts";
import {
  BACKSLASH,
  CR,
  DQUOTE,
  EQUALS,
  HEX_VALUE,
  HTAB,
  LF,
  QDTEXT,
  QUOTABLE,
  SEMICOLON,
  SP,
} from "./grammar.ts";
import type { InputBuffer } from "./input_buffer.ts";

/**
 * Maximum number of bytes of chunk extensions in one body. They have no use here; hyper and Go limit them
 * too.
 */
const MAX_EXTENSION_SIZE = 16 * 1024;

/** The smallest chunk size of 15 hexadecimal digits. */
const SIZE_OF_15_DIGITS = 16 ** 14;

/**
 * Number of digits of a chunk size that do not count as extension. Further leading zeros do, so that their
 * number is limited.
 */
const FREE_DIGITS = 16;

const SIZE = 0;
const EXTENSION_NAME_START = 1;
const EXTENSION_NAME = 2;
const EXTENSION_NAME_BLANK = 3;
const EXTENSION_VALUE_START = 4;
const EXTENSION_VALUE = 5;
const QUOTED = 6;
const QUOTED_PAIR = 7;
const QUOTED_END = 8;
const EXTENSION_VALUE_BLANK = 9;
const SIZE_LINE_FEED = 10;
const DATA = 11;
const DATA_CARRIAGE_RETURN = 12;
const DATA_LINE_FEED = 13;
const TRAILERS = 14;
const DONE = 15;

/**
 * Decodes a chunked body, RFC 9112 section 7.1.
 *
 *     chunked-body = *chunk last-chunk trailer-section CRLF
 *     chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 *     chunk-size   = 1*HEXDIG
 *     last-chunk   = 1*("0") [ chunk-ext ] CRLF
 *     chunk-ext    = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
 *     chunk-ext-val = token / quoted-string
 *
 * There is one deviation: no whitespace may follow the chunk size, because recipients interpret it
 * differently.
 */
export class ChunkedDecoder implements BodyDecoder {
  readonly #limits: BodyLimits;
  #state = SIZE;
  #size = 0;
  #digits = 0;
  #total = 0;
  #extensionSize = 0;
  #trailers: FieldSectionParser | null = null;
  #error: HttpError | null = null;
  /**
   * The lines of the trailer section with their CRLF: `null` before the end, empty if there are no trailers.
   */
  trailerSection: Uint8Array | null = null;

  /**
   * Creates a decoder for one body.
   *
   * @param limits Size limits of content and trailers.
   */
  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  get left(): number {
    return this.#state === DATA ? this.#size : 0;
  }

  /**
   * Extracts all content that has arrived from `input`. Content of several chunks is moved together in place,
   * so that many small chunks are still returned as one piece.
   *
   * @returns A piece that is not empty, or `null` if more bytes are needed or the body is complete.
   * @throws {HttpError} 400 for a violation of the grammar, 413 and 431 for an exceeded limit.
   */
  decode(input: InputBuffer): Uint8Array | null {
    if (this.#error !== null) throw this.#error;
    const { bytes } = input;
    let first = 0;
    let last = 0;
    while (input.length > 0 && this.#state !== DONE) {
      if (this.#state === DATA) {
        const { start } = input;
        const size = Math.min(this.#size, input.length);
        if (first === last) first = last = start;
        else bytes.copyWithin(last, start, start + size);
        last += size;
        this.#size -= size;
        if (this.#size === 0) this.#state = DATA_CARRIAGE_RETURN;
        input.consume(size);
      } else {
        try {
          if (!this.#readFraming(input)) break;
        } catch (error) {
          this.#error = error as HttpError;
          if (first === last) throw error;
          // Valid content before the error is returned first, as if the invalid bytes arrived later.
          break;
        }
      }
    }
    if (first === last) return null;
    return last - first === bytes.length ? bytes : bytes.subarray(first, last);
  }

  /** Reads bytes that are not content; returns `true` if content may follow. */
  #readFraming(input: InputBuffer): boolean {
    if (this.#state === TRAILERS) {
      this.#readTrailers(input);
      return false;
    }
    const { bytes, start, end } = input;
    let i = start;
    while (i < end && this.#state !== DATA && this.#state !== TRAILERS) this.#step(bytes[i++]!);
    input.consume(i - start);
    return true;
  }

  #readTrailers(input: InputBuffer): void {
    const fields = this.#trailers ??= new FieldSectionParser(this.#limits.maxHeaderCount, "trailer");
    const stop = Math.min(input.end, input.start + this.#limits.maxHeaderSize);
    if (fields.parse(input.bytes, input.start, stop, null)) {
      // `slice()` would copy nothing if the bytes are a Buffer.
      this.trailerSection = new Uint8Array(
        input.bytes.subarray(input.start, input.start + fields.scanned - 2),
      );
      input.consume(fields.scanned);
      this.#state = DONE;
    } else if (stop - input.start === this.#limits.maxHeaderSize) {
      throw new HttpError(431, "The trailer section is too large");
    }
  }

  /** Processes one byte of framing. */
  #step(byte: number): void {
    switch (this.#state) {
      case SIZE:
        return this.#sizeByte(byte);
      case SIZE_LINE_FEED:
        expectLineFeed(byte);
        return this.#sizeKnown();
      case DATA_CARRIAGE_RETURN:
        if (byte !== CR) throw new HttpError(400, "Chunk data is not followed by CRLF");
        this.#state = DATA_LINE_FEED;
        return;
      case DATA_LINE_FEED:
        if (byte !== LF) throw new HttpError(400, "Chunk data is not followed by CRLF");
        this.#state = SIZE;
        this.#digits = 0;
        return;
      default:
        return this.#extensionByte(byte);
    }
  }

  #sizeByte(byte: number): void {
    const digit = HEX_VALUE[byte]!;
    if (digit !== 255) {
      if (this.#size >= SIZE_OF_15_DIGITS) throw new HttpError(400, "A chunk size has too many digits");
      const size = this.#size * 16;
      // The digit is left out where the sum could be rounded: the size is too large in any case.
      this.#size = size > Number.MAX_SAFE_INTEGER ? size : size + digit;
      if (++this.#digits > FREE_DIGITS) this.#countExtensionByte();
      return;
    }
    if (this.#digits === 0) throw new HttpError(400, "A chunk size is missing or malformed");
    if (byte === CR) this.#state = SIZE_LINE_FEED;
    else if (byte === SEMICOLON) this.#extensionByteTo(EXTENSION_NAME_START);
    else throw new HttpError(400, "A chunk size is followed by something that is not allowed");
  }

  #sizeKnown(): void {
    if (this.#size === 0) {
      this.#state = TRAILERS;
      return;
    }
    if (this.#size > Number.MAX_SAFE_INTEGER) throw new HttpError(413, "A chunk size is too large");
    this.#total += this.#size;
    if (this.#total > this.#limits.maxRequestBodySize) throw new HttpError(413, "The content is too large");
    this.#state = DATA;
  }

  #extensionByteTo(state: number): void {
    this.#countExtensionByte();
    this.#state = state;
  }

  #countExtensionByte(): void {
    if (++this.#extensionSize > MAX_EXTENSION_SIZE) {
      throw new HttpError(413, "The chunk extensions are too large");
    }
  }

  #extensionByte(byte: number): void {
    const state = this.#state;
    const isToken = TOKEN[byte] === 1;
    const isBlank = byte === SP || byte === HTAB;
    if (state === EXTENSION_NAME_START) {
      if (isToken) return this.#extensionByteTo(EXTENSION_NAME);
      if (isBlank) return this.#extensionByteTo(state);
    } else if (state === EXTENSION_NAME || state === EXTENSION_NAME_BLANK) {
      if (isToken && state === EXTENSION_NAME) return this.#extensionByteTo(state);
      if (isBlank) return this.#extensionByteTo(EXTENSION_NAME_BLANK);
      if (byte === EQUALS) return this.#extensionByteTo(EXTENSION_VALUE_START);
      if (state === EXTENSION_NAME ? this.#extensionEnds(byte) : this.#nextExtension(byte)) return;
    } else if (state === EXTENSION_VALUE_START) {
      if (isToken) return this.#extensionByteTo(EXTENSION_VALUE);
      if (isBlank) return this.#extensionByteTo(state);
      if (byte === DQUOTE) return this.#extensionByteTo(QUOTED);
    } else if (state === EXTENSION_VALUE || state === QUOTED_END) {
      if (isToken && state === EXTENSION_VALUE) return this.#extensionByteTo(state);
      if (isBlank) return this.#extensionByteTo(EXTENSION_VALUE_BLANK);
      if (this.#extensionEnds(byte)) return;
    } else if (state === EXTENSION_VALUE_BLANK) {
      if (isBlank) return this.#extensionByteTo(state);
      if (this.#nextExtension(byte)) return;
    } else if (state === QUOTED) {
      if (byte === DQUOTE) return this.#extensionByteTo(QUOTED_END);
      if (byte === BACKSLASH) return this.#extensionByteTo(QUOTED_PAIR);
      if (QDTEXT[byte] === 1) return this.#extensionByteTo(state);
    } else if (QUOTABLE[byte] === 1) {
      return this.#extensionByteTo(QUOTED);
    }
    throw new HttpError(400, "A chunk extension is malformed");
  }

  #extensionEnds(byte: number): boolean {
    if (byte !== CR) return this.#nextExtension(byte);
    this.#state = SIZE_LINE_FEED;
    return true;
  }

  #nextExtension(byte: number): boolean {
    if (byte !== SEMICOLON) return false;
    this.#extensionByteTo(EXTENSION_NAME_START);
    return true;
  }
}

function expectLineFeed(byte: number): void {
  if (byte !== LF) throw new HttpError(400, "A carriage return is not followed by a line feed");
}
