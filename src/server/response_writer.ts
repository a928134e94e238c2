import { ConnectionClosedError, type HttpError, ResponseError } from "../http/errors.ts";
import { handled } from "../http/handled.ts";
import type { HeaderMap } from "../http/header_map.ts";
import type { RequestHead } from "../http/request_head.ts";
import {
  FreshResponse,
  type ResponseBody,
  type ResponseSink,
  retire,
  touchedHeaders,
  type UpgradedConnection,
} from "../http/response.ts";
import {
  assertLength,
  type BodyFraming,
  CONTENT_LENGTH,
  declaredFraming,
  END_OF_HEAD,
  END_OF_LENGTH,
  headEnd,
  isWithoutContent,
  NONE,
  streamingFraming,
} from "../h1/response_framing.ts";
import {
  assertWithoutFraming,
  connectionLine,
  headOfSize,
  informationalHead,
  responseHead,
} from "../h1/response_head.ts";
import {
  CONTENT,
  CUT_EVENT,
  DONE,
  END_EVENT,
  HEAD_EVENT,
  IDLE,
  INFORMATIONAL_EVENT,
  LEAVE_EVENT,
  transition,
} from "../h1/state.ts";
import { assertTrailers } from "../h1/trailers.ts";
import { upgradeFields, upgradeHead } from "../h1/upgrade_head.ts";
import { endContent, writeContent } from "./content_writer.ts";
import type { Output } from "./output.ts";
import { SentStream } from "./sent_stream.ts";
import type { ExchangeOwner } from "./served_exchange.ts";
import { byteLength, encodeText } from "./text.ts";

/** What a response has to know of the request that it answers, and whom it tells. */
export interface ResponseContext {
  /** Whether the connection may be kept, but for what the response itself decides. */
  readonly mayKeepAlive: boolean;
  /** Whether content of known size is left that the handler has not looked at, and that is not worth reading. */
  readonly leavesContent: boolean;
  /** Whether the handler has read the request to its end. */
  readonly requestRead: boolean;
  /** The head is about to be sent, and content will follow. */
  streamingBegins(): void;
  /** A 100 has been sent. */
  continueSent(): void;
  /** The response is complete, cut off, or the connection has left HTTP. */
  responseDone(): void;
  /** Tells an error to the program. */
  report(error: unknown): void;
}

const WHOLE: BodyFraming = { kind: "length", left: 0 };
const ENDED = "it has been ended";
const CUT_OFF = "it has been cut off";

/** Writes one response: decides its framing, keeps its state, and turns what the handler does into bytes. */
export class ResponseWriter implements ResponseSink {
  readonly #owner: ExchangeOwner;
  readonly #output: Output;
  readonly #head: RequestHead;
  readonly #context: ResponseContext;
  /** What the handler is given. */
  readonly response: FreshResponse;
  #state = IDLE;
  #framing: BodyFraming = NONE;
  #ended = ENDED;
  /** What `start` has thrown because CONNECT cannot be answered like that. */
  #notTunnel: ResponseError | null = null;
  #closed: ConnectionClosedError | null = null;
  #maybeGone: ConnectionClosedError | null = null;
  #source: SentStream | null = null;
  #tellClosed: ((error: Error) => void) | null = null;
  /** Whether the connection stays open behind this response. */
  keepAlive = false;
  /** Whether the response completes itself, so that the handler need not wait for it. */
  selfDriven = false;
  /** Whether the connection has left HTTP. */
  upgraded = false;

  /**
   * @param owner The connection.
   * @param head The request.
   * @param context What is told and asked.
   */
  constructor(owner: ExchangeOwner, head: RequestHead, context: ResponseContext) {
    this.#owner = owner;
    this.#output = owner.output;
    this.#head = head;
    this.#context = context;
    this.response = new FreshResponse(this);
  }

  /** Whether nothing of the final response has been sent. */
  get isFresh(): boolean {
    return this.#state === IDLE;
  }

  /** Whether the head has been sent, and not yet all of the content. */
  get isStreaming(): boolean {
    return this.#state === CONTENT;
  }

  /** Whether that content has no end but that of the connection. */
  get endsWithConnection(): boolean {
    return this.isStreaming && this.#framing.kind === "close";
  }

  /** Whether nothing more will be sent. */
  get isDone(): boolean {
    return this.#state === DONE;
  }

  /** The connection is gone: what is sent from now on goes nowhere. */
  close(error: ConnectionClosedError): void {
    this.#closed = error;
    if (this.#state === CONTENT) this.#tellGone(error);
  }

  /** Ends what the content comes from: it is wanted no more. */
  #tellGone(error: ConnectionClosedError): void {
    this.#source?.clientGone(error);
    this.#tellClosed?.(error);
  }

  /** The client has closed its half and may be gone for good. */
  clientMayBeGone(reason: ConnectionClosedError): void {
    this.#maybeGone = reason;
    this.#source?.clientMayBeGone(reason);
  }

  /** Tells when the connection is gone while there is content to send. */
  whenClosed(tell: (error: Error) => void): void {
    this.#tellClosed = tell;
    if (this.#closed !== null) tell(this.#closed);
  }

  /** Sends a response that the handler did not touch. */
  sendUntouched(): void {
    try {
      this.send(this.response.status, touchedHeaders(this.response), undefined);
    } catch (error) {
      this.#context.report(error);
      // Whoever was told may have answered.
      if (this.isFresh) this.refuse(null, error);
    }
  }

  /** The handler has settled: what it does from now on is a mistake, which is named. */
  settle(because: string): void {
    this.#ended = because;
    retire(this.response, because);
    this.#tellClosed?.(new ResponseError(`Cannot write to the response: ${because}`));
  }

  /** Answers for the handler: with what the request earned, or with what has made the handler fail. */
  refuse(error: HttpError | null, failure?: unknown): void {
    if (error === null) return this.#sendText(this.#isNotTunnel(failure) ? 501 : 500, null, "");
    this.keepAlive = false;
    this.#output.write(this.#owner.service.refuse(error, this.#head.method !== "HEAD"));
    this.#state = transition(this.#state, HEAD_EVENT);
    this.#complete();
  }

  #isNotTunnel(failure: unknown): boolean {
    return this.#notTunnel !== null && failure === this.#notTunnel;
  }

  /** Sends head and content. */
  send(status: number, headers: HeaderMap | null, body: ResponseBody | undefined): void | Promise<void> {
    if (this.#head.method === "CONNECT" && status < 300) {
      if (body instanceof ReadableStream) handled(body.cancel());
      return this.#sendText(501, null, "");
    }
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
    this.#addWholeHead(status, headers, size);
    if (this.#framing !== NONE) this.#output.add(text);
    this.#complete();
  }

  #sendBytes(status: number, headers: HeaderMap | null, bytes: Uint8Array): void {
    this.#addWholeHead(status, headers, bytes.length);
    if (this.#framing !== NONE) this.#output.add(bytes);
    this.#complete();
  }

  /** The head of a response of known size; its content, if it may have any, follows. */
  #addWholeHead(status: number, headers: HeaderMap | null, size: number): void {
    const declared = declaredFraming(headers, status);
    const withoutContent = isWithoutContent(this.#head, status);
    if (!withoutContent || size > 0) assertLength(declared.length, size);
    const end = declared.length === -1 ? headEnd(this.#head, status, size) : END_OF_HEAD;
    this.keepAlive = this.#context.mayKeepAlive && !declared.close && !this.#context.leavesContent;
    this.#framing = withoutContent ? NONE : WHOLE;
    this.#addHead(status, headers, end, size);
  }

  #addHead(status: number, headers: HeaderMap | null, end: string, size: number): void {
    const { service } = this.#owner;
    const connection = connectionLine(this.#head, this.keepAlive);
    const text = responseHead(status, headers, service.dateLine, connection, end);
    this.#state = transition(this.#state, HEAD_EVENT);
    const head = end === CONTENT_LENGTH ? headOfSize(text, size) : text;
    this.#output.addHead(head, headers);
    if (end === CONTENT_LENGTH && head === text) {
      this.#output.add(`${size}`);
      this.#output.add(END_OF_LENGTH);
    }
    service.countResponse(status);
  }

  /** Sends the head of a streaming response. */
  start(status: number, headers: HeaderMap | null): void {
    if (this.#head.method === "CONNECT" && status < 300) {
      throw this.#notTunnel = new ResponseError(
        "Cannot start the response: a success of CONNECT is an upgrade",
      );
    }
    this.#start(status, headers, -1);
  }

  #start(status: number, headers: HeaderMap | null, size: number): void {
    const declared = declaredFraming(headers, status);
    if (size !== -1) assertLength(declared.length, size);
    this.#context.streamingBegins();
    const length = declared.length === -1 ? size : declared.length;
    const framing = streamingFraming(this.#head, status, length);
    this.keepAlive = this.#context.mayKeepAlive && !declared.close && framing.kind !== "close";
    const end = declared.length === -1 ? headEnd(this.#head, status, length) : END_OF_HEAD;
    this.#addHead(status, headers, end, length);
    retire(this.response, "it has been sent");
    this.#framing = framing;
    this.#output.schedule();
  }

  #sendStream(
    status: number,
    headers: HeaderMap | null,
    stream: ReadableStream<Uint8Array>,
    size: number,
  ): Promise<void> {
    const source = new SentStream(stream);
    try {
      this.#start(status, headers, size);
    } catch (error) {
      source.release();
      throw error;
    }
    this.selfDriven = true;
    this.#source = source;
    if (this.#maybeGone !== null) source.clientMayBeGone(this.#maybeGone);
    if (this.#closed !== null) source.clientGone(this.#closed);
    // The handler may leave the promise alone: what went wrong has been reported.
    return this.#framing.kind === "none" ? this.#sendNone(source) : handled(source.sendTo(this));
  }

  /** Nothing of the content is wanted, and nobody waits for its source to take note. */
  #sendNone(source: SentStream): Promise<void> {
    source.discard().catch((error) => this.#context.report(error));
    this.end(null);
    return Promise.resolve();
  }

  /** Sends a piece of content. */
  write(chunk: string | Uint8Array): Promise<void> {
    if (this.#closed !== null) return handled(Promise.reject(this.#closed));
    if (this.#state !== CONTENT) return this.#misused(`Cannot write to the response: ${this.#ended}`);
    const isText = typeof chunk === "string";
    if (!isText && !(chunk instanceof Uint8Array)) {
      return handled(Promise.reject(
        new TypeError("Cannot write to the response: the chunk is neither a string nor a Uint8Array"),
      ));
    }
    const framing = this.#framing;
    const size = isText ? byteLength(chunk) : chunk.length;
    if (size === 0 || framing.kind === "none") return this.#output.skip(size);
    if (framing.kind === "length" && size > framing.left) {
      return this.#misused(
        `Cannot write ${size} bytes to the response: content-length leaves ${framing.left}`,
      );
    }
    writeContent(this.#output, framing, isText && size !== chunk.length ? encodeText(chunk) : chunk);
    return this.#output.ready();
  }

  #misused(message: string): Promise<never> {
    const error = new ResponseError(message);
    this.#context.report(error);
    return handled(Promise.reject(error));
  }

  /** Ends the content. */
  end(trailers: HeaderMap | null): void {
    if (this.#closed !== null) return;
    if (this.#state !== CONTENT) throw new ResponseError(`Cannot end the response: ${this.#ended}`);
    if (trailers !== null) assertTrailers(trailers);
    const framing = this.#framing;
    if (framing.kind === "length" && framing.left > 0) {
      this.giveUp();
      throw new ResponseError(
        `Cannot end the response: content-length leaves ${framing.left} bytes to write`,
      );
    }
    endContent(this.#output, framing, this.#head.acceptsTrailers ? trailers : null);
    this.#complete();
  }

  /** Ends the content unless that has happened; that it is too short is reported. */
  finish(): void {
    if (this.#state !== CONTENT) return;
    try {
      this.end(null);
    } catch (error) {
      this.#context.report(error);
    }
  }

  /** Cuts the response off, and says why. */
  cut(reason: unknown): void {
    if (this.#state !== CONTENT) return;
    if (reason !== undefined) this.#context.report(reason);
    this.giveUp();
  }

  /** Cuts the connection. */
  giveUp(): void {
    this.#ended = CUT_OFF;
    if (this.isStreaming) this.#state = transition(this.#state, CUT_EVENT);
    this.keepAlive = false;
    this.#tellGone(new ConnectionClosedError(`Cannot write to the response: ${CUT_OFF}`));
    // The end of the connection is what would end content that nothing else delimits: it must not look like one.
    if (this.#closed === null) this.#owner.cut(this.#framing.kind === "close");
  }

  #complete(): void {
    this.#state = transition(this.#state, END_EVENT);
    retire(this.response, "it has been sent");
    this.#context.responseDone();
    // Nothing is left to send where the exchange is over, which is the rule: its connection has gone on and sent it.
    this.#output.schedule();
  }

  /** Sends a 1xx. */
  sendInformational(status: number, headers: HeaderMap): void {
    assertWithoutFraming(headers);
    if (this.#head.minorVersion === 0) return;
    this.#state = transition(this.#state, INFORMATIONAL_EVENT);
    if (status === 100) this.#context.continueSent();
    this.#output.writeHead(informationalHead(status, headers), headers);
  }

  /** Leaves HTTP. */
  upgrade(headers: HeaderMap | null): UpgradedConnection {
    if (!this.#context.requestRead) {
      throw new ResponseError("Cannot upgrade: the content of the request has not been read to its end");
    }
    if (this.#closed !== null) throw this.#closed;
    const status = this.#head.method === "CONNECT" ? 200 : 101;
    const fields = upgradeFields(this.#head, headers);
    this.#output.writeHead(upgradeHead(status, fields, this.#owner.service.dateLine), fields);
    this.#owner.service.countResponse(status);
    this.#state = transition(this.#state, LEAVE_EVENT);
    this.upgraded = true;
    retire(this.response, "the connection has been upgraded");
    return this.#owner.detach();
  }
}
