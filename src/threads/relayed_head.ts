import { type HeaderMap, headerMapFromText } from "../http/header_map.ts";
import { decodeLatin1 } from "../http/latin1.ts";
import { RequestHead } from "../http/request_head.ts";
import type { TargetForm } from "../http/request_uri.ts";

const KEEP_ALIVE = 1;
const UPGRADE = 2;
const EXPECTS_CONTINUE = 4;
const ACCEPTS_TRAILERS = 8;
const CHUNKED = 16;

/** A request's head on its way to another thread: as text, which is posted for less than bytes are. */
export class RelayedHead extends RequestHead {
  readonly #target: string;
  readonly #fields: string;

  /**
   * @param target The request target.
   * @param fields The field section, its lines with their CRLF.
   */
  constructor(target: string, fields: string) {
    super();
    this.#target = target;
    this.#fields = fields;
  }

  /** The request target. */
  override target(): string {
    return this.#target;
  }

  /** The header fields, a new map each time. */
  override fields(): HeaderMap {
    return headerMapFromText(this.#fields);
  }
}

/** A head as values that can be posted: method, target, form, version, flags, content length, field section. */
export type HeadRecord = readonly [string, string, TargetForm, number, number, number, string];

/** Makes a head ready to be posted. */
export function toRecord(head: RequestHead): HeadRecord {
  const flags = (head.keepAlive ? KEEP_ALIVE : 0) | (head.upgrade ? UPGRADE : 0) |
    (head.expectsContinue ? EXPECTS_CONTINUE : 0) | (head.acceptsTrailers ? ACCEPTS_TRAILERS : 0) |
    (head.chunked ? CHUNKED : 0);
  const fields = decodeLatin1(head.bytes, head.base + head.fieldsStart, head.base + head.fieldsEnd);
  return [head.method, head.target(), head.form, head.minorVersion, flags, head.contentLength, fields];
}

/** Makes a head of what was posted, found at `at` in `record`. */
export function fromRecord(record: readonly unknown[], at: number): RequestHead {
  const head = new RelayedHead(record[at + 1] as string, record[at + 6] as string);
  const flags = record[at + 4] as number;
  head.method = record[at] as string;
  head.form = record[at + 2] as TargetForm;
  head.minorVersion = record[at + 3] as number;
  head.contentLength = record[at + 5] as number;
  head.keepAlive = (flags & KEEP_ALIVE) !== 0;
  head.upgrade = (flags & UPGRADE) !== 0;
  head.expectsContinue = (flags & EXPECTS_CONTINUE) !== 0;
  head.acceptsTrailers = (flags & ACCEPTS_TRAILERS) !== 0;
  head.chunked = (flags & CHUNKED) !== 0;
  return head;
}
