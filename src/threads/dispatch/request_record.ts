import type { ResponseTransport } from "../../exchange/transport.ts";
import { type HeaderMap, headerMapFromText } from "../../http/header_map.ts";
import type { HttpVersion, RequestHead } from "../../http/request_head.ts";
import type { RemoteAddress } from "../../http/request.ts";
import type { TargetForm } from "../../http/request_uri.ts";
import type { TlsInfo } from "../../http/tls_info.ts";

const OFFERS_UPGRADE = 1;
const EXPECTS_CONTINUE = 2;
const ACCEPTS_TRAILERS = 4;
const HAS_CONTENT = 8;

/** The head of a request that another thread has received. Posted as text, which costs less than bytes. */
class PostedHead implements RequestHead {
  readonly method: string;
  readonly form: TargetForm;
  readonly version: HttpVersion;
  readonly contentLength: number;
  readonly #flags: number;
  readonly #target: string;
  readonly #fields: string;

  /** @param record Holds a {@linkcode RequestRecord} from `at` on. */
  constructor(record: readonly unknown[], at: number) {
    this.method = record[at] as string;
    this.#target = record[at + 1] as string;
    this.form = record[at + 2] as TargetForm;
    this.version = record[at + 3] as HttpVersion;
    this.#flags = record[at + 4] as number;
    this.contentLength = record[at + 5] as number;
    this.#fields = record[at + 6] as string;
  }

  get hasContent(): boolean {
    return (this.#flags & HAS_CONTENT) !== 0;
  }

  get offersUpgrade(): boolean {
    return (this.#flags & OFFERS_UPGRADE) !== 0;
  }

  get expectsContinue(): boolean {
    return (this.#flags & EXPECTS_CONTINUE) !== 0;
  }

  get acceptsTrailers(): boolean {
    return (this.#flags & ACCEPTS_TRAILERS) !== 0;
  }

  host(): null {
    return null;
  }

  target(): string {
    return this.#target;
  }

  fields(): HeaderMap {
    return headerMapFromText(this.#fields);
  }

  fieldSection(): string {
    return this.#fields;
  }
}

/** The address of a client as values that can be posted: hostname and port, or path and -1. */
export type AddressRecord = readonly [host: string, port: number];

/** A request as values that can be posted. */
export type RequestRecord = readonly [
  method: string,
  target: string,
  form: TargetForm,
  version: HttpVersion,
  flags: number,
  contentLength: number,
  fields: string,
  connectionNumber: number,
  requestNumber: number,
  ...address: AddressRecord,
  tls: TlsInfo | null,
];

/** A request that was posted. */
export interface PostedRequest {
  readonly head: RequestHead;
  readonly connectionNumber: number;
  readonly requestNumber: number;
  /** The client. */
  readonly remoteAddress: RemoteAddress;
  /** Result of the TLS handshake; `null` without TLS. */
  readonly tls: TlsInfo | null;
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
export function toRequestRecord(head: RequestHead, transport: ResponseTransport): RequestRecord {
  const flags = (head.offersUpgrade ? OFFERS_UPGRADE : 0) | (head.expectsContinue ? EXPECTS_CONTINUE : 0) |
    (head.acceptsTrailers ? ACCEPTS_TRAILERS : 0) | (head.hasContent ? HAS_CONTENT : 0);
  return [
    head.method,
    head.target(),
    head.form,
    head.version,
    flags,
    head.contentLength,
    head.fieldSection(),
    transport.connectionNumber,
    transport.requestNumber,
    ...toAddressRecord(transport.remoteAddress),
    transport.tls,
  ];
}

/** Makes a request of what was posted, found at `at` in `record`. */
export function fromRequestRecord(record: readonly unknown[], at: number): PostedRequest {
  return {
    head: new PostedHead(record, at),
    connectionNumber: record[at + 7] as number,
    requestNumber: record[at + 8] as number,
    remoteAddress: fromAddressRecord(record, at + 9),
    tls: record[at + 11] as TlsInfo | null,
  };
}
