import { type HeaderMap, headerMapFromBytes } from "./header_map.ts";
import { decodeLatin1 } from "./latin1.ts";
import type { TargetForm } from "./request_uri.ts";

const EMPTY = new Uint8Array(0);

/** A value of Host. Requests that follow each other mostly have the same one, and share what is known of it. */
export class ReceivedHost {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #text: string | null = null;

  /** @param bytes Where it lies, from `start` to `end`. Nothing writes into them again. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** It as text, which is ASCII. */
  get text(): string {
    return this.#text ??= decodeLatin1(this.#bytes, this.#start, this.#end);
  }

  /** Whether `bytes[start..end)` are the same. */
  equals(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start !== this.#end - this.#start) return false;
    const own = this.#bytes;
    for (let i = start, j = this.#start; i < end; i++, j++) if (bytes[i] !== own[j]) return false;
    return true;
  }
}

/**
 * What the parser found in a request's head: the framing decisions as plain values, and where in the received bytes
 * the rest lies, to be decoded only when somebody asks.
 *
 * Offsets count from `base`, so that they hold when an incomplete head moves to a larger buffer.
 */
export class RequestHead {
  /** The received bytes. Nothing writes into them again. */
  bytes: Uint8Array = EMPTY;
  /** Where in `bytes` the head begins. */
  base = 0;
  /** The method, as received: methods are case-sensitive. */
  method = "";
  targetStart = 0;
  targetEnd = 0;
  /** Which of the four forms the request target has, RFC 9112 section 3.2. */
  form: TargetForm = "origin";
  /** 0 or 1; a higher minor version is handled as 1. */
  minorVersion = 1;
  fieldsStart = 0;
  fieldsEnd = 0;
  /** The value of Host; `null` where it is missing, empty, or known only as one of the fields. */
  host: ReceivedHost | null = null;
  /** The value of Content-Length, or -1 where there is none. */
  contentLength = -1;
  /** Whether the body is chunked. */
  chunked = false;
  /** Whether the connection may serve another request, as far as the client is concerned. */
  keepAlive = true;
  /** Whether the client offers to change the protocol: an Upgrade field that Connection names. */
  upgrade = false;
  /** Whether the client waits for a 100 before it sends the body. */
  expectsContinue = false;
  /** Whether the client said `TE: trailers`. */
  acceptsTrailers = false;

  /** The request target as text; it is ASCII. */
  target(): string {
    return decodeLatin1(this.bytes, this.base + this.targetStart, this.base + this.targetEnd);
  }

  /** The header fields, a new map each time. */
  fields(): HeaderMap {
    return headerMapFromBytes(this.bytes, this.base + this.fieldsStart, this.base + this.fieldsEnd);
  }

  /** Whether content follows the head. */
  hasBody(): boolean {
    return this.chunked || this.contentLength > 0;
  }
}
