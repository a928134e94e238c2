import { ConnectionClosedError, type HttpError, ResponseError } from "../http/errors.ts";
import { encodeFields, hasField, type HeaderMap } from "../http/header_map.ts";
import type { IncomingBody } from "../http/incoming_body.ts";
import type { RequestHead } from "../http/request_head.ts";
import { type RemoteAddress, Request, type RequestContext } from "../http/request.ts";
import {
  FreshResponse,
  type ResponseBody,
  type ResponseSink,
  retire,
  touchedHeaders,
  type UpgradedConnection,
} from "../http/response.ts";
import type { BodyDecoder } from "../h1/body_decoder.ts";
import {
  type BodyFraming,
  declaredFraming,
  isWithoutContent,
  streamingFraming,
} from "../h1/response_framing.ts";
import { connectionLine, informationalHead, responseHead } from "../h1/response_head.ts";
import { CONTENT, DONE, END_EVENT, HEAD_EVENT, IDLE, INFORMATIONAL_EVENT, transition } from "../h1/state.ts";
import { assertTrailers } from "../h1/trailers.ts";
import { upgradeFields } from "../h1/upgrade_head.ts";
import { ContentReceiver, DRAIN_LIMIT } from "./content_receiver.ts";
import type { ExchangeOwner, ServedExchange } from "./served_exchange.ts";
import { byteLength, encodeText } from "./text.ts";

const RESOLVED: Promise<void> = Promise.resolve();
const SETTLED = "the handler has settled (was a promise not awaited or returned?)";
const NO_FRAMING: BodyFraming = { kind: "none" };

/** One request and its response: the handler's call, what it does with the response, and what becomes of both. */
export class Exchange implements ServedExchange, ResponseSink, RequestContext {
  readonly #owner: ExchangeOwner;
  readonly #head: RequestHead;
  readonly #response: FreshResponse;
  /** The content of the request; `null` where there is none. */
  readonly content: ContentReceiver | null;
  #state = IDLE;
  #framing: BodyFraming = NO_FRAMING;
  #keepAlive = false;
  #settled = false;
  #selfDriven = false;
  #continued = false;
  #finished = false;
  #upgraded = false;
  #ended = "it has been ended";
  #requestError: HttpError | null = null;
  #closed: ConnectionClosedError | null = null;
  #gone: ConnectionClosedError | null = null;
  #abort: AbortController | null = null;
  #reported: unknown = undefined;

  /**
   * @param owner The connection.
   * @param head The request.
   * @param decoder Decodes the request's content, if it has any.
   */
  constructor(owner: ExchangeOwner, head: RequestHead, decoder: BodyDecoder | null) {
    this.#owner = owner;
    this.#head = head;
    this.content = decoder === null ? null : new ContentReceiver(decoder, this);
    this.#response = new FreshResponse(this);
  }

  // The request's side.

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

  #sendContinue(): void {
    if (!this.#awaitsContinue || this.#state !== IDLE) return;
    this.#continued = true;
    if (!this.#owner.contentBegun) this.#owner.output.write(informationalHead(100, null));
  }

  get #awaitsContinue(): boolean {
    return this.#head.expectsContinue && !this.#continued && this.content !== null;
  }

  /** The content cannot be completed. */
  requestFailed(error: HttpError): void {
    this.#requestError = error;
    this.#keepAlive = false;
    this.content?.fail(error);
    this.#tryFinish();
  }

  /** Content has arrived: perhaps all of it, perhaps more than is worth dropping. */
  contentReceived(): void {
    this.#tryFinish();
  }

  /** The client has closed its half and may be gone for good: see {@linkcode Request.signal}. */
  clientMayBeGone(): void {
    this.#abort?.abort(
      new ConnectionClosedError("The client closed its half of the connection and may be gone"),
    );
  }

  /** The connection is gone. */
  connectionClosed(error: ConnectionClosedError): void {
    if (this.#finished) return;
    this.#closed = error;
    this.#ended = "the connection is closed";
    this.content?.fail(error);
    this.#clientGone(error);
  }

  #clientGone(reason: ConnectionClosedError): void {
    if (this.#state === DONE) return;
    this.#gone = reason;
    this.#abort?.abort(reason);
  }

  // The handler.

  /** Calls the handler. */
  run(): void {
    const service = this.#owner.service;
    const request = new Request(this.#head, this);
    if (this.#awaitsContinue && service.handler.checkContinue !== undefined) {
      this.#checkContinue(request);
    } else {
      this.#handle(request);
    }
  }

  #handle(request: Request): void {
    let result: void | Promise<void>;
    try {
      result = this.#owner.service.handler.handle(request, this.#response);
    } catch (error) {
      return this.#handlerFailed(error);
    }
    if (result === undefined) return this.#handlerSettled();
    if (typeof result.then !== "function") return this.#handlerSettled();
    result.then(() => this.#handlerSettled(), (error) => this.#handlerFailed(error));
  }

  async #checkContinue(request: Request): Promise<void> {
    let status: number;
    try {
      status = await this.#owner.service.handler.checkContinue!(request);
      if (status !== 100) this.#response.status = status;
    } catch (error) {
      return this.#handlerFailed(error);
    }
    if (status === 100) this.#handle(request);
    else this.#handlerSettled();
  }

  /** hyper's `Drop`: what is left open is brought to an end. */
  #handlerSettled(): void {
    this.#settled = true;
    if (this.#state === IDLE) {
      if (this.#requestError !== null) this.#refuse(this.#requestError);
      else this.#settleUntouched();
      retire(this.#response, SETTLED);
    } else if (this.#state === CONTENT && !this.#selfDriven) {
      this.finish();
      this.#ended = SETTLED;
    }
    this.#tryFinish();
  }

  #settleUntouched(): void {
    try {
      this.send(this.#response.status, touchedHeaders(this.#response), undefined);
    } catch (error) {
      this.report(error);
      this.#refuse(null);
    }
  }

  #handlerFailed(error: unknown): void {
    this.#settled = true;
    this.report(error);
    if (this.#state === IDLE) this.#refuse(this.#requestError);
    else if (this.#state === CONTENT || this.#upgraded) this.#cut();
    this.#tryFinish();
  }

  /** Tells an error to the program, once. */
  report(error: unknown): void {
    if (error === this.#reported) return;
    this.#reported = error;
    this.#owner.service.report(error);
  }

  /** Answers for the handler: with the status that the request earned, or a bare 500. */
  #refuse(error: HttpError | null): void {
    if (error === null) return this.#sendText(500, null, "");
    this.#keepAlive = false;
    this.#owner.output.write(this.#owner.service.refusal(error, this.#head.method !== "HEAD"));
    this.#state = transition(transition(this.#state, HEAD_EVENT), END_EVENT);
    retire(this.#response, "the request was refused");
  }

  // The response's side.

  /** Sends head and content. */
  send(status: number, headers: HeaderMap | null, body: ResponseBody | undefined): void | Promise<void> {
    if (this.#head.method === "CONNECT" && status < 300) return this.#sendText(501, null, "");
    if (body === undefined || typeof body === "string") return this.#sendText(status, headers, body ?? "");
    if (body instanceof Uint8Array) return this.#sendBytes(status, headers, body);
    if (body instanceof Blob) return this.#sendStream(status, headers, body.stream(), body.size);
    if (body instanceof ReadableStream) return this.#sendStream(status, headers, body, -1);
    throw new TypeError(
      "Cannot send the response: the body is not a string, bytes, a Blob or a ReadableStream",
    );
  }

  #sendText(status: number, headers: HeaderMap | null, text: string): void {
    const size = byteLength(text);
    if (size !== text.length) return this.#sendBytes(status, headers, encodeText(text));
    const head = this.#wholeHead(status, headers, size);
    this.#owner.output.writeHead(this.#framing.kind === "none" ? head : head + text, headers);
    this.#sent();
  }

  #sendBytes(status: number, headers: HeaderMap | null, bytes: Uint8Array): void {
    this.#owner.output.writeHead(this.#wholeHead(status, headers, bytes.length), headers);
    if (this.#framing.kind !== "none") this.#owner.output.write(bytes);
    this.#sent();
  }

  #sent(): void {
    this.#state = transition(this.#state, END_EVENT);
    this.#tryFinish();
  }

  /** The head of a response of known size; its content, if it may have any, follows. */
  #wholeHead(status: number, headers: HeaderMap | null, size: number): string {
    const declared = declaredFraming(headers, status);
    const withoutContent = this.#head.method === "HEAD" || isWithoutContent(status);
    if (declared.length !== -1 && declared.length !== size && !(withoutContent && size === 0)) {
      throw new ResponseError(
        `Cannot send the response: content-length is ${declared.length} but the body has ${size} bytes`,
      );
    }
    const hasLength = declared.length === -1 && status !== 204 && status !== 304;
    const framing = hasLength ? `content-length: ${status === 205 ? 0 : size}\r\n` : "";
    const unread = this.#head.contentLength > DRAIN_LIMIT && this.content !== null && !this.content.body.touched;
    this.#decidePersistence(!declared.close && !unread);
    this.#framing = withoutContent ? NO_FRAMING : { kind: "length", left: 0 };
    return this.#headText(status, headers, framing);
  }

  #headText(status: number, headers: HeaderMap | null, framing: string): string {
    const connection = connectionLine(this.#head, this.#keepAlive);
    const text = responseHead(status, headers, this.#owner.service.dateLine, framing, connection);
    this.#state = transition(this.#state, HEAD_EVENT);
    retire(this.#response, "it has been sent");
    this.#owner.service.countResponse(status);
    return text;
  }

  #decidePersistence(wanted: boolean): void {
    this.#keepAlive = wanted && this.#head.keepAlive && this.#owner.mayPersist &&
      this.#requestError === null &&
      !this.#awaitsContinue && this.#head.method !== "CONNECT";
  }

  /** Sends the head of a streaming response. */
  start(status: number, headers: HeaderMap | null): void {
    if (this.#head.method === "CONNECT" && status < 300) {
      throw new ResponseError("Cannot start the response: a success of CONNECT is an upgrade");
    }
    this.#startStreaming(status, headers, -1);
  }

  #startStreaming(status: number, headers: HeaderMap | null, size: number): void {
    const declared = declaredFraming(headers, status);
    if (size !== -1 && declared.length !== -1 && declared.length !== size) {
      throw new ResponseError(
        `Cannot send the response: content-length is ${declared.length} but the body has ${size} bytes`,
      );
    }
    // A handler that holds the body while it starts to answer is about to read it: the client must hear of that first.
    if (this.content?.body.touched) this.#sendContinue();
    const length = declared.length === -1 ? size : declared.length;
    const framing = streamingFraming(this.#head, status, length);
    this.#decidePersistence(!declared.close && framing.kind !== "close");
    let line = "";
    if (declared.length === -1 && !(status === 204 || status === 304)) {
      if (status === 205) line = "content-length: 0\r\n";
      else if (length !== -1) line = `content-length: ${length}\r\n`;
      else if (this.#head.minorVersion === 1) line = "transfer-encoding: chunked\r\n";
    }
    this.#owner.output.writeHead(this.#headText(status, headers, line), headers);
    this.#framing = framing;
  }

  #sendStream(
    status: number,
    headers: HeaderMap | null,
    stream: ReadableStream<Uint8Array>,
    size: number,
  ): Promise<void> {
    const reader = stream.getReader();
    try {
      if (!this.#owner.output.closed) this.#startStreaming(status, headers, size);
    } catch (error) {
      reader.releaseLock();
      throw error;
    }
    this.#selfDriven = true;
    const sending = this.#pump(reader);
    // The handler may leave the promise alone: what went wrong has been reported.
    sending.catch(() => {});
    return sending;
  }

  async #pump(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    try {
      if (this.#framing.kind === "none") {
        await reader.cancel();
      } else {
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          await this.write(next.value);
        }
      }
      this.end(null);
    } catch (error) {
      reader.cancel(error).catch(() => {});
      this.cut(error);
      throw error;
    }
  }

  /** Sends a piece of content. */
  write(chunk: string | Uint8Array): Promise<void> {
    if (this.#closed !== null) return rejected(this.#closed);
    if (this.#state !== CONTENT) return this.#misused(`Cannot write to the response: ${this.#ended}`);
    const isText = typeof chunk === "string";
    if (!isText && !(chunk instanceof Uint8Array)) {
      return rejected(
        new TypeError("Cannot write to the response: the chunk is neither a string nor a Uint8Array"),
      );
    }
    const framing = this.#framing;
    const size = isText ? byteLength(chunk) : chunk.length;
    if (size === 0 || framing.kind === "none") return RESOLVED;
    const data = isText && size !== chunk.length ? encodeText(chunk) : chunk;
    const output = this.#owner.output;
    if (framing.kind === "length") {
      if (size > framing.left) {
        return this.#misused(
          `Cannot write ${size} bytes to the response: content-length leaves ${framing.left}`,
        );
      }
      framing.left -= size;
      output.write(data);
    } else if (framing.kind === "close") {
      output.write(data);
    } else if (typeof data === "string") {
      output.write(`${size.toString(16)}\r\n${data}\r\n`);
    } else {
      output.write(size.toString(16) + "\r\n");
      output.write(data);
      output.write("\r\n");
    }
    return output.ready();
  }

  #misused(message: string): Promise<never> {
    const error = new ResponseError(message);
    this.report(error);
    return rejected(error);
  }

  /** Ends the content. */
  end(trailers: HeaderMap | null): void {
    if (this.#closed !== null) return;
    if (this.#state !== CONTENT) throw new ResponseError(`Cannot end the response: ${this.#ended}`);
    if (trailers !== null) assertTrailers(trailers);
    const framing = this.#framing;
    if (framing.kind === "length" && framing.left > 0) {
      const error = new ResponseError(
        `Cannot end the response: content-length leaves ${framing.left} bytes to write`,
      );
      this.#ended = "it has been cut off";
      this.#cut();
      throw error;
    }
    if (framing.kind === "chunked") {
      const fields = trailers !== null && this.#head.acceptsTrailers ? encodeFields(trailers) : "";
      this.#owner.output.writeHead(`0\r\n${fields}\r\n`, trailers);
    }
    this.#sent();
  }

  /** Ends the content unless that has happened; that it is too short is reported. */
  finish(): void {
    if (this.#state !== CONTENT) return;
    try {
      this.end(null);
    } catch (error) {
      this.report(error);
    }
  }

  /** Cuts the response off. */
  cut(reason: unknown): void {
    if (this.#state !== CONTENT) return;
    this.#ended = "it has been cut off";
    this.#cut();
    if (reason !== undefined) this.report(reason);
  }

  #cut(): void {
    if (this.#closed !== null) return;
    this.#state = DONE;
    this.#owner.cut();
  }

  /** Sends a 1xx. */
  sendInformational(status: number, headers: HeaderMap): void {
    if (hasField(headers, "content-length") || hasField(headers, "transfer-encoding")) {
      throw new ResponseError(
        "Cannot send an informational response: it has no content, so no field may frame it",
      );
    }
    if (this.#head.minorVersion === 0) return;
    this.#state = transition(this.#state, INFORMATIONAL_EVENT);
    if (status === 100) this.#continued = true;
    this.#owner.output.writeHead(informationalHead(status, headers), headers);
  }

  /** Leaves HTTP. */
  upgrade(headers: HeaderMap | null): Promise<UpgradedConnection> {
    const isConnect = this.#head.method === "CONNECT";
    if (!isConnect && !this.#head.upgrade) {
      throw new ResponseError("Cannot upgrade: the request neither offers an upgrade nor is a CONNECT");
    }
    if (this.content !== null && !this.content.done) {
      throw new ResponseError("Cannot upgrade: the content of the request has not been read to its end");
    }
    if (this.#closed !== null) throw this.#closed;
    const status = isConnect ? 200 : 101;
    const upgraded = upgradeFields(this.#head, headers);
    this.#owner.output.writeHead(informationalHead(status, upgraded), upgraded);
    this.#state = DONE;
    this.#finished = true;
    this.#upgraded = true;
    this.#owner.service.countResponse(status);
    retire(this.#response, "the connection has been upgraded");
    return Promise.resolve(this.#owner.detach());
  }

  /** Ends the exchange once both messages are complete, or the rest of the request can be dropped. */
  #tryFinish(): void {
    if (this.#state !== DONE || this.#finished || this.#closed !== null) return;
    const content = this.content;
    if (content !== null && this.#requestError === null) {
      if (!this.#settled && (!content.done || content.tooMuchUnread)) return;
      if (!content.done) content.discard();
      if (this.#settled && content.tooMuchUnread) this.#keepAlive = false;
      if (!content.done && this.#keepAlive) return this.#owner.readContent();
    }
    this.#finished = true;
    this.#owner.exchangeDone(this.#keepAlive);
  }
}

function rejected(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
