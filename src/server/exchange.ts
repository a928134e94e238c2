import { ConnectionClosedError, type HttpError } from "../http/errors.ts";
import type { IncomingBody } from "../http/incoming_body.ts";
import type { RequestHead } from "../http/request_head.ts";
import { type RemoteAddress, Request, type RequestContext } from "../http/request.ts";
import type { BodyDecoder } from "../h1/body_decoder.ts";
import { ContentReceiver, DRAIN_LIMIT, unread } from "./content_receiver.ts";
import { type ResponseContext, ResponseWriter } from "./response_writer.ts";
import type { ExchangeOwner, ServedExchange } from "./served_exchange.ts";

/** What no handler can throw. */
const NOTHING = Symbol("nothing");

const SETTLED = "the handler has settled (was a promise not awaited or returned?)";

/** One request and its response: the handler's call, and what becomes of both messages when it settles. */
export class Exchange implements ServedExchange, RequestContext, ResponseContext {
  readonly #owner: ExchangeOwner;
  readonly #head: RequestHead;
  readonly #writer: ResponseWriter;
  /** The content of the request; `null` where there is none. */
  readonly content: ContentReceiver | null;
  #settled = false;
  #continued = false;
  #finished = false;
  #closed = false;
  #requestError: HttpError | null = null;
  #gone: ConnectionClosedError | null = null;
  #abort: AbortController | null = null;
  #reported: unknown = NOTHING;

  /**
   * @param owner The connection.
   * @param head The request.
   * @param decoder Decodes the request's content, if it has any.
   */
  constructor(owner: ExchangeOwner, head: RequestHead, decoder: BodyDecoder | null) {
    this.#owner = owner;
    this.#head = head;
    this.content = decoder === null ? null : new ContentReceiver(decoder, this);
    this.#writer = new ResponseWriter(owner, head, this);
  }

  // What the request asks.

  /** The content that the handler reads. */
  get body(): IncomingBody | null {
    return this.content === null ? null : this.content.body;
  }

  /** The client. */
  get remoteAddress(): RemoteAddress {
    return this.#owner.remoteAddress;
  }

  /** Whether the connection is encrypted. */
  get secure(): boolean {
    return this.#owner.service.secure;
  }

  /** A signal that aborts when the client goes away. */
  signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#gone !== null) this.#abort.abort(this.#gone);
    return this.#abort.signal;
  }

  /** The handler asks for content. */
  bodyWanted(): void {
    this.#sendContinue();
    this.#owner.readContent();
  }

  /** The handler has canceled the content. */
  bodyDropped(): void {
    this.#owner.readContent();
  }

  /** Whether the client waits to be asked for its content. */
  #isAwaitingContinue(): boolean {
    const content = this.content;
    if (!this.#head.expectsContinue || this.#continued || content === null) return false;
    return content.body.consumed === 0 && !(content.done && content.body.touched);
  }

  #sendContinue(): void {
    if (!this.#isAwaitingContinue() || !this.#writer.isFresh) return;
    this.#continued = true;
    this.#owner.sendContinue();
  }

  // What the connection asks and tells.

  /** Whether some of the response has been sent, and the end of the connection would be taken for the end of it. */
  get endsWithConnection(): boolean {
    return this.#writer.endsWithConnection;
  }

  /** Content has arrived: perhaps all of it, perhaps more than is worth dropping. */
  contentReceived(): void {
    this.#tryFinish();
  }

  /** The content cannot be completed. */
  requestFailed(error: HttpError): void {
    this.#requestError = error;
    this.#writer.keepAlive = false;
    this.content?.fail(error);
    this.#tryFinish();
  }

  /** The client has closed its half and may be gone for good: see {@linkcode Request.signal}. */
  clientMayBeGone(): void {
    const reason = new ConnectionClosedError("The client closed its half of the connection and may be gone");
    this.#writer.clientMayBeGone(reason);
    this.#clientGone(reason);
  }

  /** The connection is gone. */
  connectionClosed(error: ConnectionClosedError): void {
    if (this.#finished) return;
    this.#closed = true;
    this.#writer.close(error);
    this.content?.fail(error);
    this.#clientGone(error);
  }

  #clientGone(reason: ConnectionClosedError): void {
    if (this.#writer.isDone) return;
    this.#gone = reason;
    this.#abort?.abort(reason);
  }

  // The handler.

  /** Calls the handler. */
  run(): void {
    const { handler, statistics } = this.#owner.service;
    statistics.request();
    const request = new Request(this.#head, this);
    if (this.#isAwaitingContinue() && typeof handler.checkContinue === "function") {
      this.#checkContinue(request);
    } else this.#handle(request);
  }

  #handle(request: Request): void {
    let result: Promise<unknown> | null;
    try {
      result = promiseOf(this.#owner.service.handler.handle(request, this.#writer.response));
      // Whose promise it is, and so what `then` does, is the handler's choice.
      if (result !== null) this.#await(result);
    } catch (error) {
      return this.#handlerFailed(error);
    }
    if (result === null) this.#handlerSettled();
  }

  #await(result: Promise<unknown>): void {
    const { service } = this.#owner;
    result.then(() => {
      service.pendingHandlers--;
      this.#handlerSettled();
    }, (error) => {
      service.pendingHandlers--;
      this.#handlerFailed(error);
    });
    service.pendingHandlers++;
  }

  async #checkContinue(request: Request): Promise<void> {
    let status: number;
    try {
      status = await this.#owner.service.handler.checkContinue!(request);
      if (status !== 100) this.#writer.response.status = status;
    } catch (error) {
      return this.#handlerFailed(error);
    }
    if (status === 100) this.#handle(request);
    else this.#handlerSettled();
  }

  /** hyper's `Drop`: what is left open is brought to an end. */
  #handlerSettled(): void {
    this.#settled = true;
    const writer = this.#writer;
    if (writer.isFresh) {
      if (this.#requestError !== null) writer.refuse(this.#requestError);
      else writer.sendUntouched();
      writer.settle(SETTLED);
    } else if (writer.isStreaming && !writer.selfDriven) {
      writer.finish();
      writer.settle(SETTLED);
    }
    this.#tryFinish();
  }

  #handlerFailed(error: unknown): void {
    this.#settled = true;
    this.report(error);
    const writer = this.#writer;
    if (writer.isFresh) writer.refuse(this.#requestError, error);
    else if (writer.isStreaming || writer.upgraded) writer.giveUp();
    this.#tryFinish();
  }

  // What the response asks and tells.

  /** Whether the connection may be kept, but for what the response itself decides. */
  get mayKeepAlive(): boolean {
    return this.#head.keepAlive && this.#owner.mayPersist && this.#requestError === null &&
      !this.#isAwaitingContinue() &&
      this.#head.method !== "CONNECT";
  }

  /** Whether content of known size is left that the handler has not looked at, and that is not worth reading. */
  get leavesContent(): boolean {
    return this.#head.contentLength > DRAIN_LIMIT && this.content !== null && !this.content.body.touched;
  }

  /** Whether the handler has read the request to its end, so that what comes next is not part of it. */
  get requestRead(): boolean {
    return this.content === null || this.content.body.read;
  }

  /** A handler that holds the body while it starts to answer is about to read it: the client must hear of that first. */
  streamingBegins(): void {
    if (this.content !== null && this.content.body.wanted) this.#sendContinue();
  }

  /** A 100 has been sent. */
  continueSent(): void {
    this.#continued = true;
  }

  /** The response is complete. */
  responseDone(): void {
    this.#tryFinish();
  }

  /** Tells an error to the program, once. */
  report(error: unknown): void {
    if (error === this.#reported) return;
    this.#reported = error;
    this.#owner.service.report(error);
  }

  /** Ends the exchange once both messages are complete, or the rest of the request can be dropped. */
  #tryFinish(): void {
    const writer = this.#writer;
    if (!writer.isDone || writer.upgraded || this.#finished || this.#closed) return;
    const content = this.content;
    if (content !== null && this.#requestError === null) {
      if (!this.#settled && (!content.done || content.tooMuchUnread)) return;
      if (!content.done) content.discard();
      if (this.#settled && content.tooMuchUnread) writer.keepAlive = false;
      if (!content.done && writer.keepAlive) return this.#owner.readContent();
      if (!content.done) content.fail(unread());
    }
    this.#finished = true;
    this.#owner.exchangeDone(writer.keepAlive);
  }
}

/** What there is to wait for; `null` if nothing. A handler in plain JavaScript may return anything. */
function promiseOf(result: unknown): Promise<unknown> | null {
  if (result === undefined) return null;
  if (result instanceof Promise) return result;
  const isThenable = typeof result === "object" && result !== null &&
    typeof (result as { then?: unknown }).then === "function";
  return isThenable ? Promise.resolve(result) : null;
}
