import { type HeaderMap, headerMapFromBytes } from "../http/header_map.ts";
import { decodeLatin1 } from "../http/latin1.ts";
import type { HttpVersion, RequestHead } from "../http/request_head.ts";
import type { TargetForm } from "../http/request_uri.ts";

const EMPTY = new Uint8Array(0);

/**
 * A value of Host. Consecutive requests mostly have equal values and share one object, so the text is decoded
 * once.
 */
export class ReceivedHost {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #text: string | null = null;

  /**
   * Creates the value.
   *
   * @param bytes Bytes with the value from `start` to `end`, which must not be written to again.
   */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** The value as text. It is ASCII. */
  get text(): string {
    return this.#text ??= decodeLatin1(this.#bytes, this.#start, this.#end);
  }

  /** Compares the value to `bytes[start..end)`. */
  equals(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start !== this.#end - this.#start) return false;
    const own = this.#bytes;
    for (let i = start, j = this.#start; i < end; i++, j++) if (bytes[i] !== own[j]) return false;
    return true;
  }
}

/**
 * The head of a request as parsed from HTTP/1.1: the framing decisions as plain values, and positions in the
 * received bytes for everything else, which is decoded on request.
 *
 * Offsets count from `base`, so they stay valid when an incomplete head moves to a larger buffer.
 */
export class ReceivedHead implements RequestHead {
  /** The received bytes. They are never written to again. */
  bytes: Uint8Array = EMPTY;
  /** Index in `bytes` of the first byte of the head. */
  base = 0;
  method = "";
  targetStart = 0;
  targetEnd = 0;
  form: TargetForm = "origin";
  /** 0 or 1; a higher minor version is handled as 1. */
  minorVersion = 1;
  fieldsStart = 0;
  fieldsEnd = 0;
  /** The value of Host; `null` if it is missing or empty. */
  receivedHost: ReceivedHost | null = null;
  /** Value of Content-Length, or -1 if there is none. */
  contentLength = -1;
  /** `true` if the content is chunked. */
  chunked = false;
  /** `true` if the client allows another request on the connection. */
  keepAlive = true;
  offersUpgrade = false;
  expectsContinue = false;
  acceptsTrailers = false;

  get version(): HttpVersion {
    return this.minorVersion === 0 ? "1.0" : "1.1";
  }

  get hasContent(): boolean {
    return this.chunked || this.contentLength > 0;
  }

  host(): string | null {
    return this.receivedHost === null ? null : this.receivedHost.text;
  }

  target(): string {
    return decodeLatin1(this.bytes, this.base + this.targetStart, this.base + this.targetEnd);
  }

  fieldSection(): string {
    return decodeLatin1(this.bytes, this.base + this.fieldsStart, this.base + this.fieldsEnd);
  }

  fields(): HeaderMap {
    return headerMapFromBytes(this.bytes, this.base + this.fieldsStart, this.base + this.fieldsEnd);
  }
}
