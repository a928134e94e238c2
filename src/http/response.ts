import { ResponseError } from "./errors.ts";
import { handled } from "./handled.ts";
import { scanFieldValue } from "./field_grammar.ts";
import { flawOfValue } from "./field_value.ts";
import { HeaderMap, type HeaderMapInit, lockHeaders } from "./header_map.ts";
import { assertFinalStatus, assertInformationalStatus } from "./status.ts";

/** The write status of a response whose head can still change. */
export interface Fresh {
  /** Marker that distinguishes the two write statuses in types. It does not exist at run time. */
  readonly writeStatus: "fresh";
}

/** The write status of a response whose head has been sent, so that content may follow. */
export interface Streaming {
  /** Marker that distinguishes the two write statuses in types. It does not exist at run time. */
  readonly writeStatus: "streaming";
}

/**
 * A response in one of its two write statuses (a phantom type, as in hyper):
 *
 * - `Response<Fresh>`, the default, has a status and headers and no `write`: {@linkcode FreshResponse}
 * - `Response<Streaming>` has `write` and no headers: {@linkcode StreamingResponse}
 *
 * {@linkcode FreshResponse.start} changes a response from fresh to streaming. Setting a header after that is
 * a compile-time error.
 *
 * @example
 * ```ts
 * import { type Fresh, type Response, Server, type Streaming } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using listening = await Server.http("127.0.0.1:0").handle(async (_req, res: Response<Fresh>) => {
 *   res.headers.set("content-type", "text/plain");
 *   const streaming: Response<Streaming> = res.start();
 *   await streaming.write("Hello, ");
 *   await streaming.write("World!");
 * });
 *
 * const { port } = listening.address as { port: number };
 * assertEquals(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "Hello, World!");
 * ```
 */
export type Response<S extends Fresh | Streaming = Fresh> = S extends Fresh ? FreshResponse
  : StreamingResponse;

/** Content that {@linkcode FreshResponse.send} accepts. Text is sent as UTF-8. */
export type ResponseBody = string | Uint8Array | Blob | ReadableStream<Uint8Array>;

/** The raw connection after an upgrade, as a pair of streams. */
export interface UpgradedConnection {
  /** The bytes that the client sends, starting directly after the head of its request. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * The bytes to send to the client. A chunk may be changed again once its write has resolved. Closing the
   * stream closes this half of the connection; aborting it cuts the connection. When it is closed and
   * `readable` is canceled, the connection is closed, even if the client has not closed its half.
   *
   * The stream fails with a {@linkcode ConnectionClosedError} when the connection is lost. As with every
   * `WritableStream`, all pending writes of its writer then reject, and the program must handle these
   * rejections: await each write, or await the writer's `ready` and add a `catch` to each write.
   */
  readonly writable: WritableStream<Uint8Array>;
}

/** Options of the end of a streaming response. */
export interface EndOptions {
  /**
   * Fields to send after the content. They reach a client that sent `TE: trailers` if the content is chunked;
   * otherwise they are dropped (RFC 9110 section 6.5.1).
   */
  readonly trailers?: HeaderMapInit;
}

/** Performs the operations of a response: the exchange that the response belongs to. */
export interface ResponseSink {
  /** Sends head and content. */
  send(
    status: number,
    reason: string | null,
    headers: HeaderMap | null,
    body: ResponseBody | undefined,
  ): void | Promise<void>;
  /** Sends the head. */
  start(status: number, reason: string | null, headers: HeaderMap | null): void;
  /** Sends a piece of content. */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Ends the content. */
  end(trailers: HeaderMap | null): void;
  /** Ends the content unless it has ended. */
  finish(): void;
  /** Aborts the response in such a way that the client can detect that it is incomplete. */
  cut(reason: unknown): void;
  /** Sets a callback for the case that content can no longer be sent although it has not ended. */
  whenClosed(tell: (error: Error) => void): void;
  /** Sends an interim response. */
  sendInformational(status: number, headers: HeaderMap): void;
  /** Ends HTTP on the connection and returns it as a pair of streams. */
  upgrade(headers: HeaderMap | null): UpgradedConnection;
  /**
   * Ends HTTP on the connection and passes it to a program that receives bytes by callbacks: see
   * `UpgradedSocket`.
   */
  detach(headers: HeaderMap | null, take: unknown): void;
}

/**
 * Sends a response that the handler left fresh, with its status and header fields and no content. For use by
 * the server only.
 */
export let sendUntouched: (response: FreshResponse) => void;

/** Ends the time in which a response can be used, and locks its header fields. For use by the server only. */
export let retire: (response: FreshResponse, because: string) => void;

/**
 * The method that ends HTTP for a program that receives bytes by callbacks. The symbol is registered for the
 * whole process, so that a second copy of this package, installed by a handler's module, finds the method in
 * responses of the server's copy.
 */
const DETACH: unique symbol = Symbol.for("handoff.upgrade") as typeof DETACH;

/** The property that sets the reason phrase, registered for the whole process like `DETACH`. */
const REASON: unique symbol = Symbol.for("handoff.reason") as typeof REASON;

/**
 * Ends HTTP for a program that receives bytes by callbacks. For protocols within this package only.
 *
 * @param response A response, possibly of another copy of this package.
 * @param take A `TakeConnection`, which receives the connection before this function returns.
 * @throws The errors that {@linkcode FreshResponse.upgrade} rejects with.
 */
export function detach(response: FreshResponse, take: unknown): void {
  (response as unknown as { [DETACH](take: unknown): void })[DETACH](take);
}

/**
 * Sets the reason phrase of a response, which only HTTP/1.1 sends. For use by the server only.
 *
 * @param response A response, possibly of another copy of this package.
 * @param reason Latin-1 text without control characters other than TAB.
 * @throws {TypeError} If the reason is not such a text.
 */
export function setReason(response: FreshResponse, reason: string): void {
  (response as unknown as { [REASON]: string })[REASON] = reason;
}

/**
 * A response of which nothing has been sent: `Response<Fresh>`.
 *
 * If the handler leaves the response untouched, it is sent with its status and no content when the handler
 * settles. If the handler throws, the response becomes a bare 500.
 */
export class FreshResponse {
  #sink: ResponseSink | null;
  #status = 200;
  #reason: string | null = null;
  #headers: HeaderMap | null = null;
  /** Reason why the response can no longer be used. */
  #retired = "";

  static {
    sendUntouched = (response) => void response.send();
    retire = (response, because) => {
      response.#sink = null;
      response.#retired = because;
      if (response.#headers !== null) lockHeaders(response.#headers);
    };
    Object.defineProperty(FreshResponse.prototype, DETACH, {
      value(this: FreshResponse, take: unknown): void {
        this.#open("upgrade").detach(this.#headers, take);
      },
    });
    Object.defineProperty(FreshResponse.prototype, REASON, {
      set(this: FreshResponse, reason: string) {
        this.#open("set the reason phrase");
        if (scanFieldValue(reason) < 0) {
          throw new TypeError(`Cannot set the reason phrase: it contains ${flawOfValue(reason)}`);
        }
        this.#reason = reason;
      },
    });
  }

  /**
   * Constructed by the server only.
   *
   * @param sink The exchange that the response belongs to.
   */
  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /**
   * The status code, 200 unless set.
   *
   * @throws {RangeError} When set to anything but an integer from 200 to 599.
   * @throws {ResponseError} When set after the response was started or sent.
   */
  get status(): number {
    return this.#status;
  }
  set status(status: number) {
    assertFinalStatus(status);
    this.#open("set the status");
    this.#status = status;
  }

  /**
   * The header fields to send. The server adds `date`, `content-length`, `transfer-encoding` and
   * `connection`. A handler may set `date`, a correct `content-length`, or `connection: close`.
   *
   * Once the head has been sent the map is locked: `set`, `append` and `delete` throw a {@linkcode
   * ResponseError}.
   */
  get headers(): HeaderMap {
    if (this.#headers !== null) return this.#headers;
    this.#headers = new HeaderMap();
    if (this.#sink === null) lockHeaders(this.#headers);
    return this.#headers;
  }

  /**
   * Sends the whole response.
   *
   * `content-length` is set for every body except streams, whose size is unknown. A stream is read as fast as
   * the client receives it, and canceled with a {@linkcode ConnectionClosedError} when the client
   * disconnects. If the client has only closed its half of the connection, the stream is canceled when it has
   * produced nothing for one second.
   *
   * In response to CONNECT, a status below 300 would open a tunnel, which only {@linkcode
   * FreshResponse.upgrade} can do: a bare 501 is sent instead.
   *
   * @param body Text (sent as UTF-8), bytes, a `Blob` or a stream; nothing for an empty response. Bytes below
   * 64 KiB are copied; do not change 64 KiB or more until they have been sent.
   * @returns A promise only for a `Blob` or a stream: it resolves when all content has been written. The
   * handler need not await it.
   * @throws {ResponseError} If the response was started or sent already, the handler has settled, a
   * `content-length` that was set is malformed or differs from the size, or a `transfer-encoding` that was
   * set is not `chunked`.
   * @throws {TypeError} If the body is of another type.
   */
  send(body?: string | Uint8Array): void;
  /** Sends the whole response with content from a `Blob` or a stream. */
  send(body: Blob | ReadableStream<Uint8Array>): Promise<void>;
  /** Sends the whole response with content of any type. */
  send(body?: ResponseBody): void | Promise<void>;
  send(body?: ResponseBody): void | Promise<void> {
    return this.#open("send the response").send(this.#status, this.#reason, this.#headers, body);
  }

  /**
   * Sends the head. The content follows through the response that is returned, chunked or with the
   * `content-length` that was set.
   *
   * @returns The response in its other write status: without headers and with `write`.
   * @throws {ResponseError} If the response was started or sent already, the handler has settled, a
   * `content-length` that was set is malformed, a `transfer-encoding` that was set is not `chunked`, or the
   * request is CONNECT and the status is below 300, for which {@linkcode FreshResponse.upgrade} exists.
   */
  start(): StreamingResponse {
    const sink = this.#open("start the response");
    sink.start(this.#status, this.#reason, this.#headers);
    retire(this, "it has been started");
    return new StreamingResponse(sink, this.#status);
  }

  /**
   * Sends an interim response (RFC 9110 section 15.2), for example 103 Early Hints. Nothing is sent to a
   * client of HTTP/1.0.
   *
   * @param status 100 to 199 except 101, for which {@linkcode FreshResponse.upgrade} exists.
   * @param headers The fields of the interim response.
   * @throws {RangeError} If the status is not in that range, or is 101.
   * @throws {TypeError} If a field is not allowed, as documented at {@linkcode HeaderMap.append}.
   * @throws {ResponseError} If the response was started or sent already, the handler has settled, or a field
   * frames content: `content-length` or `transfer-encoding`.
   */
  sendInformational(status: number, headers?: HeaderMapInit): void {
    assertInformationalStatus(status);
    this.#open("send an informational response").sendInformational(status, new HeaderMap(headers));
  }

  /**
   * Ends HTTP on the connection: sends 101 for a request that offers an upgrade, or 200 for CONNECT, and
   * returns the raw connection. Bytes that the client sent after its request are the first to be read.
   *
   * The protocol is the value of `upgrade` in `headers`, or else the first protocol that the client offered.
   *
   * Clients disconnect all the time, so a rejection of the returned promise is never an unhandled rejection.
   * Rejections of the streams can be: see {@linkcode UpgradedConnection.writable}.
   *
   * @returns The connection as a pair of streams.
   * @throws {ResponseError} If the request offers no upgrade, its content has not been read to its end, the
   * response was started or sent already, or the handler has settled.
   * @throws {ConnectionClosedError} If the client has disconnected.
   */
  upgrade(): Promise<UpgradedConnection> {
    return handled(this.#upgrade());
  }

  // deno-lint-ignore require-await -- a mistake is to reject, like whatever may go wrong later
  async #upgrade(): Promise<UpgradedConnection> {
    return this.#open("upgrade").upgrade(this.#headers);
  }

  #open(action: string): ResponseSink {
    if (this.#sink === null) throw new ResponseError(`Cannot ${action}: ${this.#retired}`);
    return this.#sink;
  }
}

/**
 * A response whose head has been sent: `Response<Streaming>`.
 *
 * The response is ended when the handler settles. If the handler throws, or writes less than the
 * `content-length`, the connection is cut, so that the client can detect that the content is incomplete.
 */
export class StreamingResponse implements AsyncDisposable {
  readonly #sink: ResponseSink;
  readonly #status: number;
  #writable: WritableStream<Uint8Array> | null = null;

  /**
   * Constructed by the server only.
   *
   * @param sink The exchange that the response belongs to.
   * @param status The status that was sent.
   */
  constructor(sink: ResponseSink, status: number) {
    this.#sink = sink;
    this.#status = status;
  }

  /** The status code that was sent. */
  get status(): number {
    return this.#status;
  }

  /**
   * Sends a piece of content.
   *
   * Clients disconnect all the time, so a rejection of the returned promise is never an unhandled rejection.
   * A write that is a mistake in the program is also reported to `onError`.
   *
   * @param chunk Text (sent as UTF-8) or bytes, which may be changed again once the promise has resolved.
   * @returns A promise that resolves when more may be written. Await it, so that a slow client slows the
   * handler down.
   * @throws {ConnectionClosedError} If the client has disconnected.
   * @throws {ResponseError} If the handler has settled, the response was ended, or the chunk exceeds
   * `content-length`.
   * @throws {TypeError} If the chunk is neither a string nor a `Uint8Array`.
   */
  write(chunk: string | Uint8Array): Promise<void> {
    return this.#sink.write(chunk);
  }

  /**
   * The response as a stream to pipe into. Closing the stream ends the response; aborting it cuts the
   * connection. The stream fails with a {@linkcode ConnectionClosedError} when the connection is lost, and
   * with a {@linkcode ResponseError} if the handler settles before the stream is closed; a pipe then cancels
   * its source.
   *
   * As with every `WritableStream`, all pending writes of its writer then reject, and unlike with {@linkcode
   * StreamingResponse.write} the program must handle these rejections: await each write, or await the
   * writer's `ready` and add a `catch` to each write.
   */
  get writable(): WritableStream<Uint8Array> {
    const sink = this.#sink;
    return this.#writable ??= new WritableStream<Uint8Array>({
      start: (controller) => sink.whenClosed((error) => controller.error(error)),
      write: (chunk) => sink.write(chunk),
      close: () => sink.end(null),
      abort: (reason) => sink.cut(reason),
    });
  }

  /**
   * Ends the response. Without this call the response ends when the handler settles.
   *
   * @param options The trailers, if any.
   * @throws {ResponseError} If less than the `content-length` has been written (the connection is then cut),
   * a field is not allowed as a trailer, or the response was ended already.
   */
  end(options: EndOptions = {}): void {
    this.#sink.end(options.trailers === undefined ? null : new HeaderMap(options.trailers));
  }

  /** Ends the response unless it has ended, for use with `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#sink.finish();
    return Promise.resolve();
  }
}
