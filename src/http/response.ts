import { ResponseError } from "./errors.ts";
import { handled } from "./handled.ts";
import { scanFieldValue } from "./field_grammar.ts";
import { flawOfValue } from "./field_value.ts";
import { HeaderMap, type HeaderMapInit, lockHeaders } from "./header_map.ts";
import { assertFinalStatus, assertInformationalStatus } from "./status.ts";

/** The write status of a response whose head can still be changed. */
export interface Fresh {
  /** Tells the two statuses apart in types; never there at run time. */
  readonly writeStatus: "fresh";
}

/** The write status of a response whose head has been sent, so that content may follow. */
export interface Streaming {
  /** Tells the two statuses apart in types; never there at run time. */
  readonly writeStatus: "streaming";
}

/**
 * A response in one of its two write statuses, hyper's phantom type:
 *
 * - `Response<Fresh>`, the default, has a status and headers and cannot be written to: {@linkcode FreshResponse}
 * - `Response<Streaming>` can be written to and has no headers: {@linkcode StreamingResponse}
 *
 * {@linkcode FreshResponse.start} leads from the one to the other. A header that comes too late does not compile.
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

/** What {@linkcode FreshResponse.send} takes. Text is sent as UTF-8. */
export type ResponseBody = string | Uint8Array | Blob | ReadableStream<Uint8Array>;

/** The raw connection after an upgrade: what the client sends, and what it is sent. */
export interface UpgradedConnection {
  /** The bytes that the client sends, from the first behind the head of its request. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * The bytes that the client gets; a chunk may be changed again once its write has resolved. Closing it closes this half of
   * the connection, aborting it cuts the connection. Once it has been closed and `readable` canceled, the connection is
   * closed, whether or not the client closes its half.
   *
   * It fails with a {@linkcode ConnectionClosedError} when the connection is gone. As with every `WritableStream`, each write
   * of its writer that has yet to be taken rejects then, and such a rejection is to be caught: wait for each write, or for the
   * writer's `ready` and put a `catch` on each write.
   */
  readonly writable: WritableStream<Uint8Array>;
}

/** What ends a streaming response. */
export interface EndOptions {
  /**
   * Fields to send behind the content. They reach a client that said `TE: trailers`, where the content is chunked; for
   * others they are dropped (RFC 9110 section 6.5.1).
   */
  readonly trailers?: HeaderMapInit;
}

/** Carries out what a response is told to do: the exchange that it belongs to. */
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
  /** Ends the content unless that has happened. */
  finish(): void;
  /** Cuts the response off, so that the client can see that it is incomplete. */
  cut(reason: unknown): void;
  /** Tells when no content can be sent any more though it has not been ended. */
  whenClosed(tell: (error: Error) => void): void;
  /** Sends a 1xx. */
  sendInformational(status: number, headers: HeaderMap): void;
  /** Leaves HTTP, for a pair of streams. */
  upgrade(headers: HeaderMap | null): UpgradedConnection;
  /** Leaves HTTP, for a program that takes bytes by callbacks: see `UpgradedSocket`. */
  detach(headers: HeaderMap | null, take: unknown): void;
}

/** Sends a response that the handler left fresh, with its status and header fields and no content; for the server's use. */
export let sendUntouched: (response: FreshResponse) => void;

/** Ends the time in which a response can be used, and locks its header fields; for the server's use. */
export let retire: (response: FreshResponse, because: string) => void;

/**
 * The method by which a response leaves HTTP for a program that takes bytes by callbacks. It is registered for the whole
 * process, so that a copy of this package that a handler's module has installed finds it in the server's responses.
 */
const DETACH: unique symbol = Symbol.for("handoff.upgrade") as typeof DETACH;

/** The property that sets the reason phrase, registered likewise. */
const REASON: unique symbol = Symbol.for("handoff.reason") as typeof REASON;

/**
 * Leaves HTTP for a program that takes bytes by callbacks; for protocols that come with this package.
 *
 * @param response May be of another copy of this package.
 * @param take Gets the connection, before this returns: a `TakeConnection`.
 * @throws As {@linkcode FreshResponse.upgrade} rejects.
 */
export function detach(response: FreshResponse, take: unknown): void {
  (response as unknown as { [DETACH](take: unknown): void })[DETACH](take);
}

/**
 * Sets the reason phrase of a response, which HTTP/1.1 alone sends; for the server's use.
 *
 * @param response May be of another copy of this package.
 * @param reason Latin-1 text without control characters but TAB.
 * @throws {TypeError} If it is anything else.
 */
export function setReason(response: FreshResponse, reason: string): void {
  (response as unknown as { [REASON]: string })[REASON] = reason;
}

/**
 * A response of which nothing has been sent: `Response<Fresh>`.
 *
 * One that the handler leaves untouched is sent with its status and no content when the handler settles; if the handler
 * throws instead, it becomes a bare 500.
 */
export class FreshResponse {
  #sink: ResponseSink | null;
  #status = 200;
  #reason: string | null = null;
  #headers: HeaderMap | null = null;
  /** Why the response can no longer be used. */
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
   * Made by the server alone.
   *
   * @param sink The exchange that the response belongs to.
   */
  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /**
   * The status code, 200 unless it is set.
   *
   * @throws {RangeError} When it is set to anything but an integer from 200 to 599.
   * @throws {ResponseError} When it is set after the response was started or sent.
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
   * The header fields to send. `date`, `content-length`, `transfer-encoding` and `connection` are seen to by the server;
   * a `date`, a `content-length` that is right, or `connection: close` may be set.
   *
   * Once the head has been sent the map is locked: `set`, `append` and `delete` throw a {@linkcode ResponseError}.
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
   * `content-length` is set where the size is known: for all but streams. A stream is read as the client takes it, and
   * canceled with a {@linkcode ConnectionClosedError} when the client goes away. If the client has only closed its half of
   * the connection, that is when the stream has brought nothing for a second.
   *
   * To CONNECT, a status below 300 would promise a tunnel, which is {@linkcode FreshResponse.upgrade}'s: a bare 501 is sent
   * instead.
   *
   * @param body Text (sent as UTF-8), bytes (64 KiB or more are not to be changed until they have been sent, less are
   * copied), a `Blob` or a stream; nothing for an empty response.
   * @returns A promise only for a `Blob` or a stream: it resolves when all has been written. The handler need not wait.
   * @throws {ResponseError} If the response was started or sent already, the handler has settled, a `content-length` that was
   * set is malformed or differs from the size, or a `transfer-encoding` that was set is not `chunked`.
   * @throws {TypeError} If the body is none of these.
   */
  send(body?: string | Uint8Array): void;
  /** Sends the whole response, its content from a `Blob` or a stream. */
  send(body: Blob | ReadableStream<Uint8Array>): Promise<void>;
  /** Sends the whole response, whatever its content. */
  send(body?: ResponseBody): void | Promise<void>;
  send(body?: ResponseBody): void | Promise<void> {
    return this.#open("send the response").send(this.#status, this.#reason, this.#headers, body);
  }

  /**
   * Sends the head. The content follows through the response that is returned: chunked, or of the `content-length`
   * that was set.
   *
   * @returns The same response, now without headers and with `write`.
   * @throws {ResponseError} If the response was started or sent already, the handler has settled, a `content-length` that was
   * set is malformed, a `transfer-encoding` that was set is not `chunked`, or the status is below 300 in answer to CONNECT,
   * which is {@linkcode FreshResponse.upgrade}'s.
   */
  start(): StreamingResponse {
    const sink = this.#open("start the response");
    sink.start(this.#status, this.#reason, this.#headers);
    retire(this, "it has been started");
    return new StreamingResponse(sink, this.#status);
  }

  /**
   * Sends an interim response (RFC 9110 section 15.2), for example 103 Early Hints. A client of HTTP/1.0 gets none.
   *
   * @param status 100 to 199 but 101, which is {@linkcode FreshResponse.upgrade}'s.
   * @param headers The fields of the interim response.
   * @throws {RangeError} If the status is none of these.
   * @throws {TypeError} If a field is not allowed, as {@linkcode HeaderMap.append} tells.
   * @throws {ResponseError} If the response was started or sent already, the handler has settled, or a field frames content:
   * `content-length` or `transfer-encoding`.
   */
  sendInformational(status: number, headers?: HeaderMapInit): void {
    assertInformationalStatus(status);
    this.#open("send an informational response").sendInformational(status, new HeaderMap(headers));
  }

  /**
   * Leaves HTTP: answers 101 to a request that offers to upgrade, 200 to CONNECT, and hands over the raw connection. What
   * the client sent behind its request is the first that can be read.
   *
   * The protocol is what `headers` say in `upgrade`, or else the first that the client offered.
   *
   * A rejection that nobody waits for is dropped, because clients go away all the time; those of the streams are not: see
   * {@linkcode UpgradedConnection.writable}.
   *
   * @returns The connection as a pair of streams.
   * @throws {ResponseError} If the request offers no upgrade, its content has not been read to its end, the response was
   * started or sent already, or the handler has settled.
   * @throws {ConnectionClosedError} If the client has gone away.
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
 * It is ended when the handler settles. If the handler throws, or writes less than the `content-length`, the connection
 * is cut, so that the client can see that the content is incomplete.
 */
export class StreamingResponse implements AsyncDisposable {
  readonly #sink: ResponseSink;
  readonly #status: number;
  #writable: WritableStream<Uint8Array> | null = null;

  /**
   * Made by the server alone.
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
   * A rejection that nobody waits for is dropped rather than left unhandled, because clients go away all the time; a
   * write that is a mistake in the program is also told to `onError`.
   *
   * @param chunk Text (sent as UTF-8) or bytes, which may be changed again once the promise has resolved.
   * @returns A promise that resolves when more may be written: wait for it, and a slow client holds you back.
   * @throws {ConnectionClosedError} If the client has gone away.
   * @throws {ResponseError} If the handler has settled, the response was ended, or the chunk exceeds `content-length`.
   * @throws {TypeError} If the chunk is neither a string nor a `Uint8Array`.
   */
  write(chunk: string | Uint8Array): Promise<void> {
    return this.#sink.write(chunk);
  }

  /**
   * The response as a stream to pipe into. Closing it ends the response, aborting it cuts the connection. It fails with a
   * {@linkcode ConnectionClosedError} when the connection is gone, and with a {@linkcode ResponseError} when the handler
   * settles before it was closed, so what is piped into it is canceled.
   *
   * As with every `WritableStream`, each write of its writer that has yet to be taken rejects then, and such a rejection is
   * to be caught, unlike one of {@linkcode StreamingResponse.write}: wait for each write, or for the writer's `ready` and put
   * a `catch` on each write.
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
   * Ends the response. It is also ended when the handler settles.
   *
   * @param options The trailers, if any.
   * @throws {ResponseError} If less has been written than `content-length` says (the connection is then cut), a trailer is
   * not allowed as one, or the response was ended already.
   */
  end(options: EndOptions = {}): void {
    this.#sink.end(options.trailers === undefined ? null : new HeaderMap(options.trailers));
  }

  /** Ends the response unless that has happened, so that `await using` does. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#sink.finish();
    return Promise.resolve();
  }
}
