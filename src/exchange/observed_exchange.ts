import type { ConnectionClosedError, HttpError } from "../http/errors.ts";
import type { HeaderMap } from "../http/header_map.ts";
import type { RequestHead } from "../http/request_head.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { TlsInfo } from "../http/tls_info.ts";
import type { ExchangeHost } from "./exchange_host.ts";
import { Exchange } from "./exchange.ts";
import type { Handler } from "./handler.ts";
import type { TrailersOf } from "./request_content.ts";
import type { RequestEvents } from "./request_events.ts";
import { type RequestSummary, summaryOf } from "./request_summary.ts";
import type { ResponseRecord } from "./response_record.ts";
import type { ResponseTransport } from "./transport.ts";
import type { TakeConnection } from "./upgraded_socket.ts";

/** A host whose program observes responses. */
export interface ObservingHost extends ExchangeHost {
  /** Number of this thread. */
  readonly thread: number;
  /** Passes the record of a response to the program. */
  recordResponse(record: ResponseRecord): void;
}

/**
 * An observed exchange. It stands between an {@linkcode Exchange}, its host and its transport, counts bytes,
 * and records the response when it is complete or aborted. A server without an observer creates plain
 * exchanges, at no extra cost.
 */
export class ObservedExchange implements RequestEvents, ResponseTransport, ExchangeHost {
  readonly #host: ObservingHost;
  readonly #transport: ResponseTransport;
  readonly #head: RequestHead;
  readonly #exchange: Exchange;
  readonly #start = Date.now();
  readonly #startedAt = performance.now();
  #firstByteAt = -1;
  #status = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #error: unknown = undefined;
  #told = false;

  /**
   * Creates the exchange and its observer.
   *
   * @param host The server's thread, with the handler; receives the record.
   * @param transport Carries the exchange.
   * @param head The head of the request.
   */
  constructor(host: ObservingHost, transport: ResponseTransport, head: RequestHead) {
    this.#host = host;
    this.#transport = transport;
    this.#head = head;
    this.#exchange = new Exchange(this, this, head);
  }

  #tell(aborted: boolean): void {
    if (this.#told) return;
    this.#told = true;
    const { connectionNumber, requestNumber } = this.#transport;
    this.ended({
      ...this.describe().request,
      status: this.#status,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      start: this.#start,
      firstByte: this.#firstByteAt === -1 ? null : this.#firstByteAt - this.#startedAt,
      duration: performance.now() - this.#startedAt,
      aborted,
      error: this.#error,
      thread: this.#host.thread,
      connection: connectionNumber,
      request: requestNumber,
    });
  }

  /** Describes the request, as the handler sees it. */
  protected describe(): { readonly request: RequestSummary; readonly secure: boolean } {
    const { remoteAddress, secure } = this.#exchange;
    return { request: summaryOf(this.#head, remoteAddress), secure };
  }

  /** Tells the program of the response, which is complete or was given up. */
  protected ended(record: ResponseRecord): void {
    this.#host.recordResponse(record);
  }

  #responds(status: number): void {
    this.#status = status;
    this.#firstByteAt = performance.now();
  }

  // Members of the host, for the exchange.

  get handler(): Handler {
    return this.#host.handler;
  }

  get pendingHandlers(): number {
    return this.#host.pendingHandlers;
  }

  set pendingHandlers(count: number) {
    this.#host.pendingHandlers = count;
  }

  get findClient(): ExchangeHost["findClient"] {
    return this.#host.findClient;
  }

  get localPort(): number {
    return this.#host.localPort;
  }

  get draining(): AbortSignal {
    return this.#host.draining;
  }

  waitUntil(work: Promise<unknown>): void {
    this.#host.waitUntil(work);
  }

  countRequest(): void {
    this.#host.countRequest();
  }

  countResponse(status: number): void {
    this.#host.countResponse(status);
  }

  report(error: unknown, request: RequestSummary | null): void {
    this.#error = error;
    this.#host.report(error, request);
  }

  // Events from the transport, passed to the exchange.

  get acceptsContent(): boolean {
    return this.#exchange.acceptsContent;
  }

  get awaitsContent(): boolean {
    return this.#exchange.awaitsContent;
  }

  run(): void {
    this.#exchange.run();
  }

  contentArrived(piece: Uint8Array, owned: boolean): void {
    this.#bytesIn += piece.length;
    this.#exchange.contentArrived(piece, owned);
  }

  contentEnded(trailers: TrailersOf): void {
    this.#exchange.contentEnded(trailers);
  }

  requestFailed(error: HttpError): void {
    this.#error = error;
    this.#exchange.requestFailed(error);
  }

  clientMayBeGone(): void {
    this.#exchange.clientMayBeGone();
  }

  transportClosed(error: ConnectionClosedError): void {
    this.#error ??= error;
    this.#exchange.transportClosed(error);
    this.#tell(true);
  }

  // Calls from the exchange, passed to the transport.

  get remoteAddress(): RemoteAddress {
    return this.#transport.remoteAddress;
  }

  get secure(): boolean {
    return this.#transport.secure;
  }

  get tls(): TlsInfo | null {
    return this.#transport.tls;
  }

  get connectionNumber(): number {
    return this.#transport.connectionNumber;
  }

  get requestNumber(): number {
    return this.#transport.requestNumber;
  }

  interim(status: number, headers: HeaderMap): void {
    this.#transport.interim(status, headers);
  }

  whole(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    body: string | Uint8Array | null,
  ): void {
    this.#transport.whole(status, reason, headers, size, body);
    this.#responds(status);
    if (body !== null) this.#bytesOut += body.length;
  }

  head(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    hasContent: boolean,
  ): void {
    this.#transport.head(status, reason, headers, size, hasContent);
    this.#responds(status);
  }

  content(data: string | Uint8Array): void {
    this.#bytesOut += data.length;
    this.#transport.content(data);
  }

  end(trailers: HeaderMap | null): void {
    this.#transport.end(trailers);
  }

  schedule(): void {
    this.#transport.schedule();
  }

  ready(): Promise<void> {
    return this.#transport.ready();
  }

  skip(size: number): Promise<void> {
    return this.#transport.skip(size);
  }

  refuse(error: HttpError): void {
    this.#error ??= error;
    this.#transport.refuse(error);
    this.#responds(error.status);
  }

  abort(): void {
    this.#transport.abort();
    this.#tell(true);
  }

  upgrade(headers: HeaderMap, take: TakeConnection): void {
    this.#transport.upgrade(headers, take);
    this.#responds(this.#head.method === "CONNECT" ? 200 : 101);
    this.#tell(false);
  }

  wantContent(): void {
    this.#transport.wantContent();
  }

  dropContent(): void {
    this.#transport.dropContent();
  }

  done(consumed: number): void {
    this.#tell(false);
    this.#transport.done(consumed);
  }
}
