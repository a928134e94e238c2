import { handled } from "./handled.ts";
import { HeaderMap } from "./header_map.ts";
import { joinCookies } from "./received_fields.ts";
import type { HttpVersion, RequestHead } from "./request_head.ts";
import { RequestUri } from "./request_uri.ts";
import { RequestUrls } from "./request_url.ts";
import type { TlsInfo } from "./tls_info.ts";

/** Address of a client: IP address and port, or the (mostly empty) path of its Unix socket. */
export type RemoteAddress =
  | { readonly hostname: string; readonly port: number }
  | { readonly path: string };

/** How far the program has read the content of a request. */
export interface ContentProgress {
  /** Number of bytes that the program has read. */
  readonly consumed: number;
  /** `true` if the program waits for content that has not arrived. */
  readonly awaited: boolean;
  /** `true` if the program may need content: it has accessed the content and not canceled it. */
  readonly wanted: boolean;
  /** `true` if the program has read all content. */
  readonly read: boolean;
}

/** The content of a request, read once. */
export interface RequestBody extends ContentProgress {
  /** The content as a stream. Every call returns one and the same stream. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * The content as a stream for a single other consumer; no other method can read the content afterwards.
   *
   * @throws {TypeError} If the content has been read, or is being read.
   */
  handOver(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * The content in one piece. The promise rejects if the content cannot be read; a rejection is never
   * unhandled.
   */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** The trailers, available when the content has ended. A rejection is never unhandled. */
  trailers(): Promise<HeaderMap>;
}

/** The part of an exchange that its request uses. */
export interface RequestContext {
  /** The address of the client. */
  readonly remoteAddress: RemoteAddress;
  /** `true` if the connection is encrypted. */
  readonly secure: boolean;
  /** Result of the TLS handshake of the connection; `null` without TLS. */
  readonly tls: TlsInfo | null;
  /** The Host that a trusted proxy received from the client; `null` if no trusted proxy sent one. */
  readonly forwardedHost: string | null;
  /** The port that the server listens on; 0 if it has none. */
  readonly localPort: number;
  /** The content; `null` if the request has none. */
  readonly body: RequestBody | null;
  /** A signal that aborts when the server begins to close. */
  readonly draining: AbortSignal;
  /** A signal that aborts when the client disconnects. */
  signal(): AbortSignal;
  /**
   * Has `Listening.close()` wait for work that outlives the response. A rejection goes to `onError`.
   */
  waitUntil(work: Promise<unknown>): void;
}

const decoder = new TextDecoder();

/**
 * The property that holds the absolute URL of a request. The symbol is registered for the whole process, so
 * that a second copy of this package, installed by a handler's module, finds the property in requests of the
 * server's copy.
 */
const ABSOLUTE_URL: unique symbol = Symbol.for("handoff.url") as typeof ABSOLUTE_URL;

/** The method that keeps the thread alive for a promise, registered likewise. */
const WAIT_UNTIL: unique symbol = Symbol.for("handoff.waitUntil") as typeof WAIT_UNTIL;

/** The property that tells whether the client offers to change the protocol, registered likewise. */
const OFFERS_UPGRADE: unique symbol = Symbol.for("handoff.offersUpgrade") as typeof OFFERS_UPGRADE;

/** The property that holds the state of the content, registered likewise. */
const PROGRESS: unique symbol = Symbol.for("handoff.progress") as typeof PROGRESS;

const HTTP_URLS = new RequestUrls("http");
const HTTPS_URLS = new RequestUrls("https");

/**
 * A received request, RFC 9112 section 3. The head is complete; the content arrives while the handler reads
 * it.
 *
 * Each part is decoded on first use, so a handler pays only for the parts that it uses.
 *
 * Clients disconnect all the time, so a rejection of {@linkcode Request.bytes} and its siblings, or of
 * {@linkcode Request.trailers}, is never an unhandled rejection: a handler may start a read and await it
 * later. A promise that the program derives from one of these needs its own handling.
 *
 * @example
 * ```ts
 * import { type Request, Server } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using listening = await Server.http("127.0.0.1:0").handle(async (req: Request, res) => {
 *   res.send(`${req.method} ${req.uri.path} ${await req.text()}`);
 * });
 *
 * const { port } = listening.address as { port: number };
 * const answer = await fetch(`http://127.0.0.1:${port}/tea`, { method: "POST", body: "hot" });
 * assertEquals(await answer.text(), "POST /tea hot");
 * ```
 */
export class Request {
  readonly #head: RequestHead;
  readonly #context: RequestContext;
  #uri: RequestUri | null = null;
  #headers: HeaderMap | null = null;
  #emptyBody: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;

  static {
    Object.defineProperty(Request.prototype, ABSOLUTE_URL, {
      get(this: Request): string | null {
        const { secure, localPort } = this.#context;
        return (secure ? HTTPS_URLS : HTTP_URLS).of(this.uri, this.#host(), localPort);
      },
    });
    Object.defineProperty(Request.prototype, OFFERS_UPGRADE, {
      get(this: Request): boolean {
        return this.#head.offersUpgrade;
      },
    });
    Object.defineProperty(Request.prototype, PROGRESS, {
      get(this: Request): ContentProgress | null {
        return this.#context.body;
      },
    });
    Object.defineProperty(Request.prototype, WAIT_UNTIL, {
      value(this: Request, work: Promise<unknown>): void {
        this.#context.waitUntil(work);
      },
    });
  }

  /**
   * Constructed by the server only.
   *
   * @param head The head as parsed.
   * @param context The exchange that the request belongs to.
   */
  constructor(head: RequestHead, context: RequestContext) {
    this.#head = head;
    this.#context = context;
  }

  /** The method as received, for example `GET`. Methods are case-sensitive (RFC 9110 section 9.1). */
  get method(): string {
    return this.#head.method;
  }

  /** The request target, RFC 9112 section 3.2. */
  get uri(): RequestUri {
    return this.#uri ??= new RequestUri(this.#head.target(), this.#head.form);
  }

  /**
   * The version of HTTP that the client speaks. A minor version above 1.1 is handled as `"1.1"`. This release
   * does not serve `"2"`.
   */
  get version(): HttpVersion {
    return this.#head.version;
  }

  /** The header fields. {@linkcode HeaderMap.raw} lists them as received. */
  get headers(): HeaderMap {
    return this.#headers ??= this.#head.fields();
  }

  /** The client's IP address and port, or the path of a Unix socket. */
  get remoteAddress(): RemoteAddress {
    return this.#context.remoteAddress;
  }

  /**
   * Result of the TLS handshake of the connection: the version of TLS, the server name that the client asked
   * for, the protocol agreed upon by ALPN, and the client's certificate. `null` without TLS. Behind a proxy
   * this is the connection from the proxy, whatever the option `trustProxy` says.
   */
  get tls(): TlsInfo | null {
    return this.#context.tls;
  }

  /**
   * The content as a stream, created on first access and empty if the request has no content. The stream
   * takes bytes from the socket only as it is read, so a slow reader slows the client down. No two chunks
   * share an `ArrayBuffer`, so each buffer may be transferred; a buffer may be up to twice as large as its
   * chunk.
   *
   * The stream fails with an {@linkcode HttpError} if the content is malformed, incomplete, too large or too
   * slow, and with a {@linkcode ConnectionClosedError} if the client disconnects. As with every stream, the
   * program must handle the rejection of a read, a pipe or a `cancel()`.
   *
   * Content can be read once. {@linkcode Request.bytes} and its siblings lock a stream that was taken before;
   * a stream that is first taken after them is at its end.
   */
  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const body = this.#context.body;
    if (body !== null) return body.stream();
    return this.#emptyBody ??= new ReadableStream({ start: (controller) => controller.close() });
  }

  /**
   * The trailer section, available when the content has ended, read or not; empty if there is none. If
   * reading the content would fail, this promise rejects with the error of that read.
   *
   * Read the content or cancel its stream before you await this promise. The client is held back while more
   * than 64 KiB are unread, so later bytes and the trailers would never arrive.
   */
  get trailers(): Promise<HeaderMap> {
    return this.#context.body?.trailers() ?? Promise.resolve(new HeaderMap());
  }

  /**
   * A signal that aborts when the client disconnects before the response is finished, with a {@linkcode
   * ConnectionClosedError} as its reason. It never aborts after a successful response. A client that has
   * closed its half of the connection may or may not still be reading: the signal aborts one second later,
   * and the response is still sent.
   */
  get signal(): AbortSignal {
    return this.#context.signal();
  }

  /**
   * A signal that aborts when the server begins to close: `Listening.close()` has been called. End a response
   * that has no end of its own, such as server-sent events, at that moment. All requests of a thread share
   * one signal.
   */
  get draining(): AbortSignal {
    return this.#context.draining;
  }

  /**
   * Reads the whole content.
   *
   * @returns The bytes, in a separate `ArrayBuffer` of exactly that length.
   * @throws {TypeError} If the content has been read already, or is being read.
   * @throws {HttpError} If the content is malformed, incomplete, too large or too slow.
   * @throws {ConnectionClosedError} If the client disconnects.
   */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#context.body?.bytes() ?? Promise.resolve(new Uint8Array(0));
  }

  /**
   * Reads the whole content as UTF-8.
   *
   * @returns The text; malformed sequences become U+FFFD, and a byte order mark is removed, as in Fetch.
   * @throws As {@linkcode Request.bytes}.
   */
  text(): Promise<string> {
    return handled(this.bytes().then((bytes) => decoder.decode(bytes)));
  }

  /**
   * Reads the whole content as JSON.
   *
   * @returns The parsed value.
   * @throws {SyntaxError} If the content is not JSON.
   * @throws As {@linkcode Request.bytes}.
   */
  json(): Promise<unknown> {
    return handled(this.text().then((text): unknown => JSON.parse(text)));
  }

  /**
   * Reads the whole content into a `Blob`.
   *
   * @returns The content; its `type` is the `content-type` of the request.
   * @throws As {@linkcode Request.bytes}.
   */
  blob(): Promise<Blob> {
    const type = this.headers.get("content-type") ?? "";
    return handled(this.bytes().then((bytes) => new Blob([bytes], { type })));
  }

  /**
   * Reads the whole content as a form: `multipart/form-data` or `application/x-www-form-urlencoded`.
   *
   * @returns The fields and files.
   * @throws {TypeError} If the content is not such a form.
   * @throws As {@linkcode Request.bytes}.
   */
  formData(): Promise<FormData> {
    const type = this.headers.get("content-type");
    const init = type === null ? {} : { headers: { "content-type": type } };
    return handled(this.bytes().then((bytes) => new globalThis.Response(bytes, init).formData()));
  }

  /**
   * Creates a Fetch `Request` with the signal and the streaming content of this request. Afterwards the
   * content can be read only from the Fetch `Request`. Its methods are the runtime's own: their rejections
   * are unhandled unless the program handles them.
   *
   * @returns A request with an absolute URL: the target itself if it is absolute, otherwise built from the
   * scheme, `Host` and the target. If `Host` is empty or missing, the host is `localhost` with the port that
   * the server listens on.
   * @throws {TypeError} If Fetch cannot express the request: the methods CONNECT and TRACE, content with GET
   * or HEAD, a `Host` that is not valid in a URL. Also if the content has been read already, or is being
   * read.
   */
  toWeb(): globalThis.Request {
    const { method } = this;
    if (method === "CONNECT" || method === "TRACE") {
      throw new TypeError(`Cannot make a Fetch request: it does not know the method ${method}`);
    }
    const { body } = this.#context;
    if (body !== null && (method === "GET" || method === "HEAD")) {
      throw new TypeError(`Cannot make a Fetch request: content with ${method} is not allowed there`);
    }
    const url = absoluteUrl(this);
    if (url === null) throw new TypeError("Cannot make a Fetch request: no URL can have what Host says");
    const init: RequestInit & { duplex?: "half" } = {
      method,
      headers: joinCookies(this.headers.raw()),
      signal: this.signal,
    };
    if (body !== null) {
      init.body = body.handOver();
      init.duplex = "half";
    }
    return new globalThis.Request(url, init);
  }

  /**
   * Value of `Host`, empty if there is none. The fields are decoded only if the parser did not note the
   * value.
   */
  #host(): string {
    const { forwardedHost } = this.#context;
    if (forwardedHost !== null) return forwardedHost;
    // The program may have changed the fields if they have been decoded.
    const known = this.#headers === null ? this.#head.host() : null;
    return known ?? this.headers.get("host") ?? "";
  }
}

/**
 * Builds the absolute URL of a request by {@linkcode RequestUrls.of}. For use by the server only.
 *
 * @param request A request, possibly of another copy of this package.
 * @returns The URL; `null` if `Host` or the target is not valid in a URL.
 */
export function absoluteUrl(request: Request): string | null {
  return (request as { readonly [ABSOLUTE_URL]?: string | null })[ABSOLUTE_URL] ?? null;
}

/**
 * Returns the state of the content of a request. For use by the server only.
 *
 * @param request May be of another copy of this package.
 * @returns An object that changes as the program reads; `null` if the request has no content.
 */
export function contentProgress(request: Request): ContentProgress | null {
  return (request as { readonly [PROGRESS]?: ContentProgress | null })[PROGRESS] ?? null;
}

/**
 * Has `Listening.close()` wait for work that outlives the response. For use by the server only.
 *
 * @param request May be of another copy of this package.
 * @param work A promise. Its rejection is not unhandled.
 */
export function waitUntil(request: Request, work: Promise<unknown>): void {
  handled(work);
  (request as { [WAIT_UNTIL]?(work: Promise<unknown>): void })[WAIT_UNTIL]?.(work);
}

/**
 * Checks if a request offers to change the protocol of its connection, RFC 9110 section 7.8. For use by the
 * server only.
 */
export function offersUpgrade(request: Request): boolean {
  return (request as { readonly [OFFERS_UPGRADE]?: boolean })[OFFERS_UPGRADE] === true;
}
