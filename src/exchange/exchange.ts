import { ConnectionClosedError, type HttpError } from "../http/errors.ts";
import type { RequestHead } from "../http/request_head.ts";
import { type RemoteAddress, Request, type RequestContext } from "../http/request.ts";
import type { TlsInfo } from "../http/tls_info.ts";
import { answerOf } from "./error_answer.ts";
import type { ExchangeHost, ForwardedClient } from "./exchange_host.ts";
import { mistakenReturn } from "./mistaken_return.ts";
import { type ContentSource, RequestContent, type TrailersOf, UNREAD_LIMIT } from "./request_content.ts";
import type { RequestEvents } from "./request_events.ts";
import { summaryOf } from "./request_summary.ts";
import { type ResponseContext, ResponseWriter } from "./response_writer.ts";
import type { ResponseTransport } from "./transport.ts";

/** A value that no handler can throw. */
const NOTHING = Symbol("nothing");

const HANDLER_SETTLED = "the handler has settled (was a promise not awaited or returned?)";

/** One request and its response: calls the handler, and completes both messages when the handler settles. */
export class Exchange implements RequestEvents, RequestContext, ResponseContext, ContentSource {
  readonly #host: ExchangeHost;
  readonly #transport: ResponseTransport;
  readonly #head: RequestHead;
  readonly #writer: ResponseWriter;
  /** The content of the request; `null` if there is none. */
  readonly body: RequestContent | null;
  #settled = false;
  #finished = false;
  #closed = false;
  #requestError: HttpError | null = null;
  #gone: ConnectionClosedError | null = null;
  #abort: AbortController | null = null;
  #client: ForwardedClient | null = null;
  #reported: unknown = NOTHING;

  /**
   * Creates an exchange. {@linkcode Exchange.run} starts it.
   *
   * @param host The server's thread, with the handler.
   * @param transport Carries the exchange.
   * @param head The head of the request.
   */
  constructor(host: ExchangeHost, transport: ResponseTransport, head: RequestHead) {
    this.#host = host;
    this.#transport = transport;
    this.#head = head;
    this.body = head.hasContent ? new RequestContent(this, head.contentLength) : null;
    this.#writer = new ResponseWriter(transport, head, this);
  }

  // Members for the request.

  get remoteAddress(): RemoteAddress {
    return this.#forwarded()?.address ?? this.#transport.remoteAddress;
  }

  get secure(): boolean {
    return this.#forwarded()?.secure ?? this.#transport.secure;
  }

  get tls(): TlsInfo | null {
    return this.#transport.tls;
  }

  get forwardedHost(): string | null {
    return this.#forwarded()?.host ?? null;
  }

  /** Finds the client, as reported by trusted proxies; `null` if no proxy is trusted. */
  #forwarded(): ForwardedClient | null {
    if (this.#host.findClient === null) return null;
    return this.#client ??= this.#host.findClient(this.#head, this.#transport.remoteAddress);
  }

  get localPort(): number {
    return this.#host.localPort;
  }

  get draining(): AbortSignal {
    return this.#host.draining;
  }

  signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#gone !== null) this.#abort.abort(this.#gone);
    return this.#abort.signal;
  }

  waitUntil(work: Promise<unknown>): void {
    this.#host.waitUntil(work);
  }

  contentWanted(): void {
    if (!this.#finished && !this.#closed) this.#transport.wantContent();
  }

  contentDropped(): void {
    if (!this.#finished && !this.#closed) this.#transport.dropContent();
  }

  // Events from the transport.

  get acceptsContent(): boolean {
    return this.body !== null && this.#requestError === null && this.body.accepts;
  }

  get awaitsContent(): boolean {
    return this.body !== null && this.#requestError === null && this.body.awaited;
  }

  contentArrived(piece: Uint8Array, owned: boolean): void {
    this.body?.push(piece, owned);
    if (this.#settled) this.#tryFinish();
  }

  contentEnded(trailers: TrailersOf): void {
    this.body?.end(trailers);
    this.#tryFinish();
  }

  requestFailed(error: HttpError): void {
    this.#requestError = error;
    this.body?.fail(error);
    this.#tryFinish();
  }

  clientMayBeGone(): void {
    const reason = new ConnectionClosedError("The client closed its half of the connection and may be gone");
    this.#writer.clientMayBeGone(reason);
    this.#clientGone(reason);
  }

  transportClosed(error: ConnectionClosedError): void {
    if (this.#finished) return;
    this.#closed = true;
    this.#writer.close(error);
    this.body?.fail(error);
    this.#clientGone(error);
  }

  #clientGone(reason: ConnectionClosedError): void {
    if (this.#writer.isSettled) return;
    this.#gone = reason;
    this.#abort?.abort(reason);
  }

  // The call of the handler.

  run(): void {
    this.#host.countRequest();
    const request = new Request(this.#head, this);
    const { handler } = this.#host;
    if (this.#head.expectsContinue && this.body !== null && typeof handler.checkContinue === "function") {
      this.#checkContinue(request);
    } else {
      this.#handle(request);
    }
  }

  #handle(request: Request): void {
    let result: unknown;
    try {
      result = this.#host.handler.handle(request, this.#writer.response);
      // `then` may be the handler's own code, and throw.
      if (isThenable(result)) return this.#await(result);
    } catch (error) {
      return this.#handlerFailed(error);
    }
    this.#handlerReturned(result);
  }

  #await(result: PromiseLike<unknown>): void {
    const host = this.#host;
    const promise = result instanceof Promise ? result as Promise<unknown> : Promise.resolve(result);
    promise.then((value) => {
      host.pendingHandlers--;
      this.#handlerReturned(value);
    }, (error) => {
      host.pendingHandlers--;
      this.#handlerFailed(error);
    });
    host.pendingHandlers++;
  }

  #handlerReturned(value: unknown): void {
    if (value === undefined) this.#handlerSettled();
    else this.#handlerFailed(mistakenReturn(value));
  }

  async #checkContinue(request: Request): Promise<void> {
    let status: number;
    try {
      status = await this.#host.handler.checkContinue!(request);
      if (status !== 100) this.#writer.response.status = status;
    } catch (error) {
      return this.#handlerFailed(error);
    }
    if (status === 100) this.#handle(request);
    else this.#handlerSettled();
  }

  /** Completes what the handler left open, like hyper's `Drop`. */
  #handlerSettled(): void {
    this.#settled = true;
    const writer = this.#writer;
    if (writer.isFresh) {
      if (this.#requestError !== null) writer.refuse(this.#requestError);
      else writer.sendUntouched();
      writer.settle(HANDLER_SETTLED);
    } else if (writer.isStreaming && !writer.selfDriven) {
      writer.finish();
      writer.settle(HANDLER_SETTLED);
    }
    this.#tryFinish();
  }

  #handlerFailed(error: unknown): void {
    this.#settled = true;
    const answer = error === this.#requestError ? null : answerOf(error);
    const writer = this.#writer;
    // An answer with words for the client is no fault of the program's.
    if (answer === null || answer.message === null || !writer.isFresh) this.report(error);
    if (writer.isFresh) {
      if (this.#requestError !== null) writer.refuse(this.#requestError);
      else writer.sendFailure(error, answer);
    } else if (writer.isStreaming || writer.upgraded) {
      writer.giveUp();
    }
    this.#tryFinish();
  }

  // Members for the response.

  get requestRead(): boolean {
    return this.body === null || this.body.read;
  }

  countResponse(status: number): void {
    this.#host.countResponse(status);
  }

  /**
   * Asks the client for content if the handler reads the body. This must precede the response, because a
   * client that waits for `100 Continue` takes a final response for a refusal.
   */
  streamingBegins(): void {
    if (this.body !== null && this.body.wanted) this.contentWanted();
  }

  responseDone(): void {
    this.#tryFinish();
  }

  /** Reports an error to the program, once. */
  report(error: unknown): void {
    if (error === this.#reported) return;
    this.#reported = error;
    this.#host.report(error, summaryOf(this.#head, this.remoteAddress));
  }

  /** Ends the exchange if its response is complete and no more content of its request will be read. */
  #tryFinish(): void {
    const writer = this.#writer;
    if (!writer.isSettled || writer.upgraded || this.#finished || this.#closed) return;
    const content = this.body;
    if (content !== null && this.#requestError === null && this.#awaitsRest(content)) {
      return this.#transport.schedule();
    }
    this.#finished = true;
    if (content !== null && !content.ended) content.discard(unread());
    this.#transport.done(content === null ? 0 : content.consumed);
  }

  /** Checks whether the rest of the content may still be needed although the response is complete. */
  #awaitsRest(content: RequestContent): boolean {
    const leavesLittle = content.received - content.consumed <= UNREAD_LIMIT;
    if (!this.#settled) return !content.ended || !leavesLittle;
    if (!content.trailersAwaited || !leavesLittle) return false;
    content.drop(unread());
    this.#transport.dropContent();
    return content.trailersAwaited;
  }
}

/** Creates the error for reads that are pending when the exchange ends. */
function unread(): ConnectionClosedError {
  return new ConnectionClosedError("Cannot read the body: the handler has settled");
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === undefined) return false;
  if (value instanceof Promise) return true;
  return typeof value === "object" && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
}
