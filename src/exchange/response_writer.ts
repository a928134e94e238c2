import { ConnectionClosedError, type HttpError, ResponseError } from "../http/errors.ts";
import { handled } from "../http/handled.ts";
import { HeaderMap } from "../http/header_map.ts";
import type { RequestHead } from "../http/request_head.ts";
import {
  FreshResponse,
  type ResponseBody,
  type ResponseSink,
  retire,
  sendUntouched,
  type UpgradedConnection,
} from "../http/response.ts";
import {
  announcedSize,
  assertLength,
  assertTransferCoding,
  assertWithoutFraming,
  declaredLength,
  isWithoutContent,
  sentFields,
} from "./response_rules.ts";
import {
  CUT_EVENT,
  END_EVENT,
  FRESH,
  HEAD_EVENT,
  INTERIM_EVENT,
  LEAVE_EVENT,
  SETTLED,
  STREAMING,
  transition,
} from "./response_state.ts";
import type { ErrorAnswer } from "./error_answer.ts";
import { SentStream } from "./sent_stream.ts";
import { assertTrailers } from "./trailers.ts";
import { NO_SIZE, type ResponseTransport, UNKNOWN_SIZE } from "./transport.ts";
import type { TakeConnection } from "./upgraded_socket.ts";
import { UpgradedStreams } from "./upgraded_streams.ts";
import { byteLength, encodeText } from "./utf8.ts";

/** The exchange that a response belongs to. */
export interface ResponseContext {
  /** `true` if the handler has read the request to its end. */
  readonly requestRead: boolean;
  /** Counts a final response. */
  countResponse(status: number): void;
  /** Called before the head is sent, if content will follow. */
  streamingBegins(): void;
  /** Called when the response is complete or cut, or the connection has been upgraded. */
  responseDone(): void;
  /** Reports an error to the program. */
  report(error: unknown): void;
}

const ENDED = "it has been ended";
const CUT_OFF = "it has been cut off";
const SENT = "it has been sent";

/** One response: keeps its state, checks the handler's calls, and passes them to the transport. */
export class ResponseWriter implements ResponseSink {
  readonly #transport: ResponseTransport;
  readonly #request: RequestHead;
  readonly #context: ResponseContext;
  /** The response for the handler. */
  readonly response: FreshResponse;
  #state = FRESH;
  /**
   * Number of bytes that remain to be written by Content-Length; `UNKNOWN_SIZE` if there is no
   * Content-Length.
   */
  #left: number = UNKNOWN_SIZE;
  /** `true` if no content is sent, whatever the handler writes. */
  #withoutContent = false;
  #ended = ENDED;
  /** The error of a `start()` that was refused because the request is CONNECT and the status is below 300. */
  #notTunnel: ResponseError | null = null;
  #closed: ConnectionClosedError | null = null;
  #maybeGone: ConnectionClosedError | null = null;
  #source: SentStream | null = null;
  #tellClosed: ((error: Error) => void) | null = null;
  /** `true` if the response completes itself after the handler settles. */
  selfDriven = false;
  /** `true` if the connection has been upgraded. */
  upgraded = false;

  /**
   * Creates the writer and its response.
   *
   * @param transport Carries the response.
   * @param request The head of the request.
   * @param context The exchange.
   */
  constructor(transport: ResponseTransport, request: RequestHead, context: ResponseContext) {
    this.#transport = transport;
    this.#request = request;
    this.#context = context;
    this.response = new FreshResponse(this);
  }

  /** `true` if nothing of the final response has been sent. */
  get isFresh(): boolean {
    return this.#state === FRESH;
  }

  /** `true` if the head has been sent and content may follow. */
  get isStreaming(): boolean {
    return this.#state === STREAMING;
  }

  /** `true` if nothing more will be sent. */
  get isSettled(): boolean {
    return this.#state === SETTLED;
  }

  // Members for the exchange.

  /** Handles the end of the connection: nothing is sent any more. */
  close(error: ConnectionClosedError): void {
    this.#closed = error;
    if (this.#state === STREAMING) this.#tellGone(error);
  }

  /** Notifies the source of the content that the client has disconnected. */
  #tellGone(error: ConnectionClosedError): void {
    this.#source?.clientGone(error);
    this.#tellClosed?.(error);
  }

  /** Notifies the source of the content that the client has closed its half and may have disconnected. */
  clientMayBeGone(reason: ConnectionClosedError): void {
    this.#maybeGone = reason;
    this.#source?.clientMayBeGone(reason);
  }

  /** Sends a response that the handler did not touch. */
  sendUntouched(): void {
    try {
      sendUntouched(this.response);
    } catch (error) {
      this.#context.report(error);
      // The error listener may have sent a response.
      if (this.isFresh) this.sendFailure(error, null);
    }
  }

  /**
   * Retires the response because the handler has settled. Later calls are mistakes of the program and throw
   * an error with this reason.
   */
  settle(because: string): void {
    this.#ended = because;
    retire(this.response, because);
    this.#tellClosed?.(new ResponseError(`Cannot write to the response: ${because}`));
  }

  /** Sends the response to a request that could not be completed. */
  refuse(error: HttpError): void {
    this.#transport.refuse(error);
    this.#complete(error.status);
  }

  /**
   * Sends the response of a handler that threw: the status and message of an `HttpError`, otherwise a bare
   * 500.
   */
  sendFailure(failure: unknown, answer: ErrorAnswer | null): void {
    if (answer === null) {
      const isNotTunnel = this.#notTunnel !== null && failure === this.#notTunnel;
      return this.#sendText(isNotTunnel ? 501 : 500, null, null, "");
    }
    const { status, message } = answer;
    if (message === null) return this.#sendText(status, null, null, "");
    this.#sendText(
      status,
      null,
      new HeaderMap([["content-type", "text/plain;charset=UTF-8"]]),
      `${message}\n`,
    );
  }

  // Members for the handler's response.

  whenClosed(tell: (error: Error) => void): void {
    this.#tellClosed = tell;
    if (this.#closed !== null) tell(this.#closed);
  }

  send(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    body: ResponseBody | undefined,
  ): void | Promise<void> {
    if (this.#request.method === "CONNECT" && status < 300) {
      if (body instanceof ReadableStream) handled(body.cancel());
      return this.#sendText(501, null, null, "");
    }
    if (typeof body === "string") return this.#sendText(status, reason, headers, body);
    if (body === undefined) {
      const size = this.#request.method === "HEAD" ? NO_SIZE : 0;
      return this.#sendWhole(status, reason, headers, size, "");
    }
    if (body instanceof Uint8Array) return this.#sendWhole(status, reason, headers, body.length, body);
    if (body instanceof Blob) return this.#sendStream(status, reason, headers, body.stream(), body.size);
    if (body instanceof ReadableStream) return this.#sendStream(status, reason, headers, body, UNKNOWN_SIZE);
    throw new TypeError(
      "Cannot send the response: the body is not a string, bytes, a Blob or a ReadableStream",
    );
  }

  #sendText(status: number, reason: string | null, headers: HeaderMap | null, text: string): void {
    const size = byteLength(text);
    this.#sendWhole(status, reason, headers, size, size === text.length ? text : encodeText(text));
  }

  #sendWhole(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    size: number,
    body: string | Uint8Array,
  ): void {
    const declared = declaredLength(headers, status);
    const withoutContent = isWithoutContent(this.#request.method, status);
    if (!withoutContent || size > 0) assertLength(declared, size);
    assertTransferCoding(headers);
    const announced = announcedSize(status, size);
    this.#transport.whole(
      status,
      reason,
      sentFields(headers, status),
      announced,
      withoutContent ? null : body,
    );
    this.#complete(status);
  }

  start(status: number, reason: string | null, headers: HeaderMap | null): void {
    if (this.#request.method === "CONNECT" && status < 300) {
      throw this.#notTunnel = new ResponseError(
        "Cannot start the response: a success of CONNECT is an upgrade",
      );
    }
    this.#start(status, reason, headers, UNKNOWN_SIZE);
  }

  #start(status: number, reason: string | null, headers: HeaderMap | null, size: number): void {
    const declared = declaredLength(headers, status);
    if (size !== UNKNOWN_SIZE) assertLength(declared, size);
    assertTransferCoding(headers);
    this.#context.streamingBegins();
    const length = declared === -1 ? size : declared;
    const withoutContent = isWithoutContent(this.#request.method, status);
    const announced = announcedSize(status, length);
    this.#transport.head(status, reason, sentFields(headers, status), announced, !withoutContent);
    this.#state = transition(this.#state, HEAD_EVENT);
    this.#withoutContent = withoutContent;
    this.#left = withoutContent ? UNKNOWN_SIZE : length;
    this.#context.countResponse(status);
    retire(this.response, SENT);
  }

  #sendStream(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    stream: ReadableStream<Uint8Array>,
    size: number,
  ): Promise<void> {
    const source = new SentStream(stream);
    try {
      this.#start(status, reason, headers, size);
    } catch (error) {
      source.release();
      throw error;
    }
    this.selfDriven = true;
    this.#source = source;
    if (this.#maybeGone !== null) source.clientMayBeGone(this.#maybeGone);
    if (this.#closed !== null) source.clientGone(this.#closed);
    // The handler may ignore the promise, because errors have been reported.
    return this.#withoutContent ? this.#sendNone(source) : handled(source.sendTo(this));
  }

  /** Sends no content, and does not wait until the source is canceled. */
  #sendNone(source: SentStream): Promise<void> {
    source.discard().catch((error) => this.#context.report(error));
    this.end(null);
    return Promise.resolve();
  }

  write(chunk: string | Uint8Array): Promise<void> {
    if (this.#closed !== null) return handled(Promise.reject(this.#closed));
    if (this.#state !== STREAMING) return this.#misused(`Cannot write to the response: ${this.#ended}`);
    const isText = typeof chunk === "string";
    if (!isText && !(chunk instanceof Uint8Array)) {
      return this.#misused(
        "Cannot write to the response: the chunk is neither a string nor a Uint8Array",
        TypeError,
      );
    }
    const size = isText ? byteLength(chunk) : chunk.length;
    if (size === 0 || this.#withoutContent) return this.#transport.skip(size);
    if (this.#left !== UNKNOWN_SIZE) {
      if (size > this.#left) {
        return this.#misused(
          `Cannot write ${size} bytes to the response: content-length leaves ${this.#left}`,
        );
      }
      this.#left -= size;
    }
    this.#transport.content(isText && size !== chunk.length ? encodeText(chunk) : chunk);
    return this.#transport.ready();
  }

  #misused(message: string, ErrorClass: new (message: string) => Error = ResponseError): Promise<never> {
    const error = new ErrorClass(message);
    this.#context.report(error);
    return handled(Promise.reject(error));
  }

  end(trailers: HeaderMap | null): void {
    if (this.#closed !== null) return;
    if (this.#state !== STREAMING) throw new ResponseError(`Cannot end the response: ${this.#ended}`);
    if (trailers !== null) assertTrailers(trailers);
    const left = this.#left;
    if (left > 0) {
      this.giveUp();
      throw new ResponseError(`Cannot end the response: content-length leaves ${left} bytes to write`);
    }
    if (!this.#withoutContent) this.#transport.end(this.#request.acceptsTrailers ? trailers : null);
    this.#settled();
  }

  /** Ends the content unless it has ended. Content that is too short is reported as an error. */
  finish(): void {
    if (this.#state !== STREAMING) return;
    try {
      this.end(null);
    } catch (error) {
      this.#context.report(error);
    }
  }

  /** Cuts the response and reports the reason. */
  cut(reason: unknown): void {
    if (this.#state !== STREAMING) return;
    if (reason !== undefined) this.#context.report(reason);
    this.giveUp();
  }

  /** Cuts the response, or the connection after an upgrade. */
  giveUp(): void {
    this.#ended = CUT_OFF;
    if (this.isStreaming) this.#state = transition(this.#state, CUT_EVENT);
    this.#tellGone(new ConnectionClosedError(`Cannot write to the response: ${CUT_OFF}`));
    if (this.#closed === null) this.#transport.abort();
  }

  /** Completes a response that was sent whole. */
  #complete(status: number): void {
    this.#state = transition(this.#state, HEAD_EVENT);
    this.#context.countResponse(status);
    this.#settled();
  }

  #settled(): void {
    this.#state = transition(this.#state, END_EVENT);
    retire(this.response, SENT);
    this.#context.responseDone();
  }

  sendInformational(status: number, headers: HeaderMap): void {
    assertWithoutFraming(headers);
    this.#state = transition(this.#state, INTERIM_EVENT);
    this.#transport.interim(status, headers);
  }

  upgrade(headers: HeaderMap | null): UpgradedConnection {
    let streams: UpgradedConnection | null = null;
    this.detach(headers, (socket, early, ended) => {
      const handler = new UpgradedStreams(socket, early, ended);
      streams = handler.streams;
      return handler;
    });
    return streams!;
  }

  detach(headers: HeaderMap | null, take: TakeConnection): void {
    const isConnect = this.#request.method === "CONNECT";
    if (!this.#context.requestRead) {
      throw new ResponseError("Cannot upgrade: the content of the request has not been read to its end");
    }
    if (this.#closed !== null) throw this.#closed;
    if (!isConnect && !this.#request.offersUpgrade) {
      throw new ResponseError("Cannot upgrade: the request neither offers an upgrade nor is a CONNECT");
    }
    this.#state = transition(this.#state, LEAVE_EVENT);
    this.upgraded = true;
    this.#context.countResponse(isConnect ? 200 : 101);
    retire(this.response, "the connection has been upgraded");
    this.#transport.upgrade(headers ?? new HeaderMap(), take);
  }
}
