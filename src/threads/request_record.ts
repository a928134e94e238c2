import { type HeaderMap, headerMapFromText } from "../http/header_map.ts";
import { decodeLatin1 } from "../http/latin1.ts";
import type { RemoteAddress } from "../http/request.ts";
import { RequestHead } from "../http/request_head.ts";
import type { TargetForm } from "../http/request_uri.ts";

const KEEP_ALIVE = 1;
const UPGRADE = 2;
const EXPECTS_CONTINUE = 4;
const ACCEPTS_TRAILERS = 8;
const CHUNKED = 16;

/** A request's head on its way to another thread: as text, which is posted for less than bytes are. */
class RelayedHead extends RequestHead {
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

/** A client's address as values that can be posted: hostname and port, or path and -1. */
export type AddressRecord = readonly [host: string, port: number];

/** A request as values that can be posted. */
export type RequestRecord = readonly [
  method: string,
  target: string,
  form: TargetForm,
  minorVersion: number,
  flags: number,
  contentLength: number,
  fields: string,
  mayPersist: boolean,
  ...address: AddressRecord,
];

/** A request that was posted. */
export interface PostedRequest {
  readonly head: RequestHead;
  /** Whether the connection may serve another request after this one. */
  readonly mayPersist: boolean;
  /** The client. */
  readonly remoteAddress: RemoteAddress;
}

/** Makes an address ready to be posted. */
export function toAddressRecord(address: RemoteAddress): AddressRecord {
  return "path" in address ? [address.path, -1] : [address.hostname, address.port];
}

/** Makes an address of what was posted, found at `at` in `record`. */
export function fromAddressRecord(record: readonly unknown[], at: number): RemoteAddress {
  const host = record[at] as string;
  const port = record[at + 1] as number;
  return port === -1 ? { path: host } : { hostname: host, port };
}

/** Makes a request ready to be posted. */
export function toRequestRecord(
  head: RequestHead,
  mayPersist: boolean,
  remoteAddress: RemoteAddress,
): RequestRecord {
  const flags = (head.keepAlive ? KEEP_ALIVE : 0) | (head.upgrade ? UPGRADE : 0) |
    (head.expectsContinue ? EXPECTS_CONTINUE : 0) | (head.acceptsTrailers ? ACCEPTS_TRAILERS : 0) |
    (head.chunked ? CHUNKED : 0);
  const fields = decodeLatin1(head.bytes, head.base + head.fieldsStart, head.base + head.fieldsEnd);
  return [
    head.method,
    head.target(),
    head.form,
    head.minorVersion,
    flags,
    head.contentLength,
    fields,
    mayPersist,
    ...toAddressRecord(remoteAddress),
  ];
}

/** Makes a request of what was posted, found at `at` in `record`. Taking the record out first would cost 50 ns. */
export function fromRequestRecord(record: readonly unknown[], at: number): PostedRequest {
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
  return {
    head,
    mayPersist: record[at + 7] as boolean,
    remoteAddress: fromAddressRecord(record, at + 8),
  };
}
