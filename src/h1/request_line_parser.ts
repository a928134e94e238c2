import { HttpError } from "../http/errors.ts";
import { TOKEN } from "../http/field_grammar.ts";
import { decodeLatin1 } from "../http/latin1.ts";
import type { ReceivedHead } from "./received_head.ts";
import { hasUsablePort, isHostAndPort } from "./authority.ts";
import {
  ASTERISK,
  CR,
  DOT,
  equalsIgnoreCase,
  LF,
  NINE,
  QUESTION,
  SLASH,
  SP,
  TARGET,
  ZERO,
} from "./grammar.ts";

/** Length of the longest accepted method. No registered method has more than 17 bytes. */
const MAX_METHOD_SIZE = 24;

const METHOD = 0;
const TARGET_START = 1;
const IN_TARGET = 2;
const VERSION = 3;

/** Positions of the parts of `HTTP/1.1` CRLF. */
const MAJOR = 5;
const MINOR_DOT = 6;
const MINOR = 7;
const CARRIAGE_RETURN = 8;
const LINE_FEED = 9;
const VERSION_LENGTH = 10;
const HTTP_SLASH = [0x48, 0x54, 0x54, 0x50, SLASH];

/**
 * Parses the request line as its bytes arrive, and determines the form of the target.
 *
 *     request-line = method SP request-target SP HTTP-version CRLF
 *
 * RFC 9112 section 3 is applied strictly: one space between the parts, and CRLF at the end.
 */
export class RequestLineParser {
  #state = METHOD;
  #versionLength = 0;
  #major = 0;
  /** The method; empty until it is complete. */
  method = "";
  /** Position at which scanning stopped, relative to `head.base`. */
  scanned = 0;

  /** Starts a new line. */
  reset(): void {
    this.#state = METHOD;
    this.#versionLength = 0;
    this.method = "";
    this.scanned = 0;
  }

  /**
   * `true` if the last byte read is part of the target. A head that then exceeds its limit has a target that
   * is too long.
   */
  get inTarget(): boolean {
    return this.#state === IN_TARGET;
  }

  /**
   * Continues parsing with `bytes[base + scanned..stop)`.
   *
   * @returns `true` if the line is complete; `scanned` is then directly after it.
   * @throws {HttpError} At the first byte that violates the grammar: 400, 501 for a method that is too long,
   * 505.
   */
  parse(head: ReceivedHead, bytes: Uint8Array, base: number, stop: number): boolean {
    let i = base + this.scanned;
    if (this.#state === METHOD) {
      while (i < stop && TOKEN[bytes[i]!] === 1) i++;
      if (i - base > MAX_METHOD_SIZE) throw new HttpError(501, "The method is not implemented");
      if (i === stop) return this.#incomplete(i - base);
      if (bytes[i] !== SP || i === base) {
        throw new HttpError(400, "The method is not a token followed by one blank");
      }
      this.method = head.method = methodName(bytes, base, i);
      i++;
      head.targetStart = i - base;
      this.#state = TARGET_START;
    }
    if (this.#state === TARGET_START) {
      if (i === stop) return this.#incomplete(i - base);
      if (TARGET[bytes[i]!] === 0) throw new HttpError(400, "The request target is missing or malformed");
      this.#state = IN_TARGET;
    }
    if (this.#state === IN_TARGET) {
      while (i < stop && TARGET[bytes[i]!] === 1) i++;
      if (i === stop) return this.#incomplete(i - base);
      if (bytes[i] !== SP) throw new HttpError(400, targetProblem(bytes[i]!));
      head.targetEnd = i - base;
      i++;
      this.#state = VERSION;
    }
    if (this.#versionLength === 0 && stop - i >= VERSION_LENGTH && isHttp11(bytes, i)) {
      i += VERSION_LENGTH;
      this.#major = 1;
      this.#versionLength = VERSION_LENGTH;
    }
    while (this.#versionLength < VERSION_LENGTH) {
      if (i === stop) return this.#incomplete(i - base);
      this.#version(head, bytes[i++]!);
    }
    if (this.#major !== 1) throw new HttpError(505, "The version of HTTP is not supported");
    head.form = targetForm(head, bytes, base);
    this.scanned = i - base;
    return true;
  }

  #incomplete(scanned: number): false {
    this.scanned = scanned;
    return false;
  }

  #version(head: ReceivedHead, byte: number): void {
    const at = this.#versionLength++;
    const isDigit = byte >= ZERO && byte <= NINE;
    if (at < MAJOR ? byte === HTTP_SLASH[at] : at === MINOR_DOT && byte === DOT) return;
    if (at === MAJOR && isDigit) {
      this.#major = byte - ZERO;
    } else if (at === MINOR && isDigit) {
      // A recipient of 1.1 handles a higher minor version as 1.1, RFC 9110 section 2.5.
      head.minorVersion = byte === ZERO ? 0 : 1;
    } else if (!((at === CARRIAGE_RETURN && byte === CR) || (at === LINE_FEED && byte === LF))) {
      throw new HttpError(400, at < CARRIAGE_RETURN ? "The HTTP version is malformed" : lineEndProblem(byte));
    }
  }
}

/** Checks for the usual end of a request line, `HTTP/1.1` CRLF, at `at`. It then needs no parsing. */
function isHttp11(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x48 && bytes[at + 1] === 0x54 && bytes[at + 2] === 0x54 && bytes[at + 3] === 0x50 &&
    bytes[at + 4] === SLASH && bytes[at + 5] === 0x31 && bytes[at + 6] === DOT && bytes[at + 7] === 0x31 &&
    bytes[at + 8] === CR && bytes[at + 9] === LF;
}

/** Returns the most common methods as constants, which avoids creating a string; decodes the others. */
function methodName(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length === 3 && bytes[start] === 0x47 && bytes[start + 1] === 0x45 && bytes[start + 2] === 0x54) {
    return "GET";
  }
  if (length === 4 && bytes[start] === 0x50 && bytes[start + 1] === 0x4f && bytes[start + 2] === 0x53) {
    if (bytes[start + 3] === 0x54) return "POST";
  }
  return decodeLatin1(bytes, start, end);
}

function targetProblem(byte: number): string {
  if (byte === CR || byte === LF) return "The HTTP version is missing";
  return "The request target contains a character that is not allowed";
}

function lineEndProblem(byte: number): string {
  return byte === LF ? "A line ends with a bare line feed" : "The HTTP version is not followed by CRLF";
}

/**
 * Determines the form of the target, RFC 9112 section 3.2. CONNECT requires authority-form, and only OPTIONS
 * allows asterisk-form.
 *
 *     request-target = origin-form / absolute-form / authority-form / asterisk-form
 */
function targetForm(head: ReceivedHead, bytes: Uint8Array, base: number): ReceivedHead["form"] {
  const start = base + head.targetStart;
  const end = base + head.targetEnd;
  if (head.method === "CONNECT") {
    if (isHostAndPort(bytes, start, end) && hasUsablePort(bytes, start, end)) return "authority";
    throw new HttpError(400, "The target of CONNECT is not a host and a port");
  }
  if (bytes[start] === SLASH) return "origin";
  if (bytes[start] === ASTERISK && end === start + 1) {
    if (head.method === "OPTIONS") return "asterisk";
    throw new HttpError(400, "The request target * is for OPTIONS alone");
  }
  const authorityStart = start + schemeLength(bytes, start);
  if (authorityStart === start) throw new HttpError(400, "The request target has none of the four forms");
  let authorityEnd = authorityStart;
  while (authorityEnd < end && bytes[authorityEnd] !== SLASH && bytes[authorityEnd] !== QUESTION) {
    authorityEnd++;
  }
  if (!isHostAndPort(bytes, authorityStart, authorityEnd)) {
    throw new HttpError(400, "The request target has no valid host");
  }
  return "absolute";
}

/**
 * Length of the scheme of an absolute-form target, with `://`; 0 if there is none. The space after the target
 * matches neither scheme, so a short target needs no check of its end.
 */
function schemeLength(bytes: Uint8Array, start: number): number {
  if (equalsIgnoreCase(bytes, start, start + 7, "http://")) return 7;
  if (equalsIgnoreCase(bytes, start, start + 8, "https://")) return 8;
  return 0;
}
