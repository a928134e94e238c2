import { HttpError } from "../http/errors.ts";
import { TOKEN } from "../http/field_grammar.ts";
import { decodeLatin1 } from "../http/latin1.ts";
import { type ReceivedHead, ReceivedHost } from "./received_head.ts";
import { isHostAndPort } from "./authority.ts";
import type { FieldSink } from "./field_section_parser.ts";
import { offeredProtocol } from "./upgrade_head.ts";
import { COMMA, EQUALS, equalsIgnoreCase, HTAB, NINE, SEMICOLON, SP, ZERO } from "./grammar.ts";

// Lengths of the names, by which the names are told apart.
const TE = 2;
const HOST = 4;
const EXPECT = 6;
const UPGRADE = 7;
const CONNECTION = 10;
const CONTENT_LENGTH = 14;
const TRANSFER_ENCODING = 17;

/** The name of each length. One comparison for each field line takes less code than one for each name. */
const NAMES: readonly (string | undefined)[] = Array.from({ length: TRANSFER_ENCODING + 1 }, (_, length) => {
  switch (length) {
    case TE:
      return "te";
    case HOST:
      return "host";
    case EXPECT:
      return "expect";
    case UPGRADE:
      return "upgrade";
    case CONNECTION:
      return "connection";
    case CONTENT_LENGTH:
      return "content-length";
    case TRANSFER_ENCODING:
      return "transfer-encoding";
    default:
      return undefined;
  }
});

/** Transfer codings seen so far. */
const NO_CODING = 0;
const CHUNKED = 1;
const OTHER_CODING = 2;
const OTHER_THEN_CHUNKED = 3;

// Bit flags of the current head, in one number so that `reset()` is one store.
const SEEN_HOST = 1;
const SEEN_EMPTY_HOST = 2;
const SEEN_TRANSFER_ENCODING = 4;
const SEEN_CLOSE = 8;
const SEEN_KEEP_ALIVE = 16;
const SEEN_CONNECTION_UPGRADE = 32;
const SEEN_UPGRADE = 64;
/** The flag for an unknown expectation. */
const SEEN_EXPECTATION = 128;
const SEEN_EXPECT_CONTINUE = 256;
const SEEN_TE_TRAILERS = 512;
const OFFERS_UPGRADE = SEEN_CONNECTION_UPGRADE | SEEN_UPGRADE;

/**
 * Inspects each header during parsing for the fields that decide the framing of the message and the fate of
 * the connection: Host, Content-Length, Transfer-Encoding, Connection, Expect, Upgrade, TE. Other fields are
 * ignored.
 */
export class FramingFields implements FieldSink {
  /** Bit flags of the current head, a sum of the constants above. */
  #seen = 0;
  /** The last valid Host. */
  #knownHost: ReceivedHost | null = null;
  #codings = NO_CODING;

  /** Value of Content-Length, or -1 if there is none. */
  #contentLength = -1;

  /** Starts a new head. */
  reset(): void {
    this.#seen = 0;
    this.#codings = NO_CODING;
    this.#contentLength = -1;
  }

  /**
   * Inspects a field line.
   *
   * @throws {HttpError} 400 if the value violates the grammar of the field, 413 for a length above 2^53-1.
   */
  field(bytes: Uint8Array, nameStart: number, nameEnd: number, start: number, end: number): void {
    const length = nameEnd - nameStart;
    const name = NAMES[length];
    if (name === undefined || !equalsIgnoreCase(bytes, nameStart, nameEnd, name)) return;
    if (length === HOST) this.#host(bytes, start, end);
    else if (length === CONNECTION) this.#connection(bytes, start, end);
    else this.#seldom(length, bytes, start, end);
  }

  #seldom(nameLength: number, bytes: Uint8Array, start: number, end: number): void {
    if (nameLength === CONTENT_LENGTH) this.#length(bytes, start, end);
    else if (nameLength === TRANSFER_ENCODING) this.#coding(bytes, start, end);
    else if (nameLength === UPGRADE) this.#offersUpgrade(bytes, start, end);
    else if (nameLength === TE) this.#te(bytes, start, end);
    else this.#expect(bytes, start, end);
  }

  /**
   * Makes the framing decisions once all fields are known. It follows RFC 9112 section 6.3, without the cases
   * that leave the recipient to guess.
   *
   * @param head The head with its request line; receives the decisions.
   * @throws {HttpError} 400, 417 or 501.
   */
  finish(head: ReceivedHead): void {
    const seen = this.#seen;
    const isHttp11 = head.minorVersion === 1;
    if ((seen & SEEN_HOST) === 0) {
      if (isHttp11) throw new HttpError(400, "Host is missing");
    } else if ((seen & SEEN_EMPTY_HOST) === 0) {
      head.receivedHost = this.#knownHost;
    } else if (head.form === "absolute" || head.form === "authority") {
      throw new HttpError(400, "Host is empty though the request target has an authority");
    }
    head.contentLength = this.#contentLength;
    if ((seen & SEEN_TRANSFER_ENCODING) !== 0) this.#finishTransferEncoding(head);
    if (head.method === "CONNECT" && head.hasContent) throw new HttpError(400, "CONNECT has no content");
    head.keepAlive = (seen & SEEN_CLOSE) === 0 && (isHttp11 || (seen & SEEN_KEEP_ALIVE) !== 0);
    head.acceptsTrailers = (seen & SEEN_TE_TRAILERS) !== 0;
    // HTTP/1.0 has neither, RFC 9110 sections 7.8 and 10.1.1.
    if (!isHttp11) return;
    head.offersUpgrade = (seen & OFFERS_UPGRADE) === OFFERS_UPGRADE;
    head.expectsContinue = (seen & SEEN_EXPECT_CONTINUE) !== 0;
    if ((seen & SEEN_EXPECTATION) !== 0) {
      throw new HttpError(417, "Expect names something other than 100-continue");
    }
  }

  #finishTransferEncoding(head: ReceivedHead): void {
    if (head.contentLength !== -1) {
      throw new HttpError(400, "Both Transfer-Encoding and Content-Length are present");
    }
    if (head.minorVersion === 0) throw new HttpError(400, "Transfer-Encoding is not allowed in HTTP/1.0");
    if (this.#codings === OTHER_THEN_CHUNKED) {
      throw new HttpError(501, "The transfer coding is not implemented");
    }
    if (this.#codings !== CHUNKED) throw new HttpError(400, "Transfer-Encoding does not end with chunked");
    head.chunked = true;
  }

  #host(bytes: Uint8Array, start: number, end: number): void {
    if ((this.#seen & SEEN_HOST) !== 0) throw new HttpError(400, "Host is present more than once");
    this.#seen |= SEEN_HOST;
    if (start === end) {
      this.#seen |= SEEN_EMPTY_HOST;
      return;
    }
    if (this.#knownHost === null || !this.#knownHost.equals(bytes, start, end)) {
      if (!isHostAndPort(bytes, start, end)) throw new HttpError(400, "Host is malformed");
      this.#knownHost = new ReceivedHost(bytes, start, end);
    }
  }

  /**
   * Parses the value of Content-Length.
   *
   *     Content-Length = 1*DIGIT
   */
  #length(bytes: Uint8Array, start: number, end: number): void {
    if (this.#contentLength !== -1) throw new HttpError(400, "Content-Length is present more than once");
    if (start === end) throw new HttpError(400, "Content-Length is empty");
    let length = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (byte < ZERO || byte > NINE) throw new HttpError(400, "Content-Length is not a number of digits");
      length = length * 10 + (byte - ZERO);
    }
    if (length > Number.MAX_SAFE_INTEGER) throw new HttpError(413, "Content-Length is too large");
    this.#contentLength = length;
  }

  /**
   * Parses the value of Transfer-Encoding. The coding `chunked` has no parameters. Other codings are not
   * implemented, and a parameter whose value is a quoted string is refused as malformed.
   *
   *     Transfer-Encoding = #transfer-coding
   *     transfer-coding = token *( OWS ";" OWS token BWS "=" BWS token )
   */
  #coding(bytes: Uint8Array, start: number, end: number): void {
    this.#seen |= SEEN_TRANSFER_ENCODING;
    for (let i = start; i < end;) {
      if (isListSeparator(bytes[i]!)) {
        i++;
        continue;
      }
      const coding = i;
      const codingEnd = afterToken(bytes, coding, end);
      const chunked = equalsIgnoreCase(bytes, coding, codingEnd, "chunked");
      i = afterBlanks(bytes, codingEnd);
      if (!chunked) i = afterParameters(bytes, i, end);
      if (codingEnd === coding || (i < end && bytes[i] !== COMMA)) {
        throw new HttpError(400, "Transfer-Encoding is not a list of codings");
      }
      if (this.#codings === CHUNKED || this.#codings === OTHER_THEN_CHUNKED) {
        throw new HttpError(400, "Transfer-Encoding names a coding after chunked");
      }
      if (chunked) this.#codings = this.#codings === NO_CODING ? CHUNKED : OTHER_THEN_CHUNKED;
      else this.#codings = OTHER_CODING;
    }
  }

  /**
   * Parses the value of Connection.
   *
   *     Connection = #connection-option
   */
  #connection(bytes: Uint8Array, start: number, end: number): void {
    // The value that browsers send is compared as a whole, which costs less than splitting a list.
    if (equalsIgnoreCase(bytes, start, end, "keep-alive")) {
      this.#seen |= SEEN_KEEP_ALIVE;
      return;
    }
    for (let i = start; i < end; i++) {
      const option = i;
      while (i < end && !isListSeparator(bytes[i]!)) i++;
      if (equalsIgnoreCase(bytes, option, i, "keep-alive")) this.#seen |= SEEN_KEEP_ALIVE;
      else if (equalsIgnoreCase(bytes, option, i, "close")) this.#seen |= SEEN_CLOSE;
      else if (equalsIgnoreCase(bytes, option, i, "upgrade")) this.#seen |= SEEN_CONNECTION_UPGRADE;
    }
  }

  /**
   * Checks that Upgrade names a protocol. Otherwise there is no offer, because a 101 must name a protocol.
   */
  #offersUpgrade(bytes: Uint8Array, start: number, end: number): void {
    // A token is a protocol, and most values are a single token.
    let i = start;
    while (i < end && TOKEN[bytes[i]!] === 1) i++;
    if (i === end ? start < end : offeredProtocol(decodeLatin1(bytes, start, end)) !== null) {
      this.#seen |= SEEN_UPGRADE;
    }
  }

  /**
   * Parses the value of Expect. Only 100-continue is known, RFC 9110 section 10.1.1.
   *
   *     Expect = #expectation
   */
  #expect(bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end;) {
      if (isListSeparator(bytes[i]!)) {
        i++;
        continue;
      }
      const expectation = i;
      while (i < end && bytes[i] !== COMMA) i++;
      let expectationEnd = i;
      while (isListSeparator(bytes[expectationEnd - 1]!)) expectationEnd--;
      if (equalsIgnoreCase(bytes, expectation, expectationEnd, "100-continue")) {
        this.#seen |= SEEN_EXPECT_CONTINUE;
      } else {
        this.#seen |= SEEN_EXPECTATION;
      }
    }
  }

  /**
   * Parses the value of TE.
   *
   *     TE = #( "trailers" / ( transfer-coding [ weight ] ) )
   */
  #te(bytes: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end;) {
      if (isListSeparator(bytes[i]!)) {
        i++;
        continue;
      }
      const coding = i;
      while (i < end && !isListSeparator(bytes[i]!) && bytes[i] !== SEMICOLON) i++;
      if (equalsIgnoreCase(bytes, coding, i, "trailers")) this.#seen |= SEEN_TE_TRAILERS;
      while (i < end && bytes[i] !== COMMA) i++;
    }
  }
}

/** Checks for a byte that separates list elements. A list may have empty elements, RFC 9110 section 5.6.1. */
function afterBlanks(bytes: Uint8Array, at: number): number {
  let i = at;
  while (bytes[i] === SP || bytes[i] === HTAB) i++;
  return i;
}

function afterToken(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && TOKEN[bytes[i]!] === 1) i++;
  return i;
}

/**
 * Skips the parameters of a transfer coding. The result is the place of the first malformed one, or their
 * end.
 */
function afterParameters(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && bytes[i] === SEMICOLON) {
    const name = afterBlanks(bytes, i + 1);
    const nameEnd = afterToken(bytes, name, end);
    const equals = afterBlanks(bytes, nameEnd);
    const value = afterBlanks(bytes, equals + 1);
    const valueEnd = afterToken(bytes, value, end);
    if (nameEnd === name || bytes[equals] !== EQUALS || valueEnd <= value) return i;
    i = afterBlanks(bytes, valueEnd);
  }
  return i;
}

function isListSeparator(byte: number): boolean {
  return byte === COMMA || byte === SP || byte === HTAB;
}
