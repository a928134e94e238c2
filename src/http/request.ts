import { handled } from "./handled.ts";
import { HeaderMap } from "./header_map.ts";
import type { IncomingBody } from "./incoming_body.ts";
import { joinCookies } from "./received_fields.ts";
import type { RequestHead } from "./request_head.ts";
import { RequestUri } from "./request_uri.ts";
import { RequestUrls } from "./request_url.ts";

/** Where a client is: its IP address and port, or the (mostly empty) path of its Unix socket. */
export type RemoteAddress =
  | { readonly hostname: string; readonly port: number }
  | { readonly path: string };

/** State of the content of a request. */
export interface ContentProgress {
  /** Bytes that the program has taken. */
  readonly consumed: number;
  /** Whether the program waits for content that has not come. */
  readonly awaited: boolean;
  /** Whether the program may want content: it has looked at it, and not canceled it. */
  readonly wanted: boolean;
  /** Whether the program has read all of it. */
  readonly read: boolean;
}

/** What a request needs of the exchange that it belongs to. */
export interface RequestContext {
  /** The client. */
  readonly remoteAddress: RemoteAddress;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** The port that the server listens on; absent if it has none. */
  readonly localPort?: number;
  /** The content; `null` where the request has none. */
  readonly body: IncomingBody | null;
  /** A signal that aborts when the client goes away. */
  signal(): AbortSignal;
  /**
   * Keeps the thread alive for work that outlives the response. A rejection goes to `onError`. Absent where the server
   * has no thread to keep alive.
   */
  waitUntil?(work: Promise<unknown>): void;
}

const decoder = new TextDecoder();

/**
 * The property that holds the absolute URL of a request. It is registered for the whole process, so that it is found
 * in requests of another copy of this package: the server's, where a handler's module has installed its own.
 */
const ABSOLUTE_URL: unique symbol = Symbol.for("handoff.url") as typeof ABSOLUTE_URL;

/** The method that keeps the thread alive for a promise, registered likewise. */
const WAIT_UNTIL: unique symbol = Symbol.for("handoff.waitUntil") as typeof WAIT_UNTIL;

/** The property that holds the state of the content, registered likewise. */
const PROGRESS: unique symbol = Symbol.for("handoff.progress") as typeof PROGRESS;

const HTTP_URLS = new RequestUrls("http");
const HTTPS_URLS = new RequestUrls("https");

/**
 * A received request, RFC 9112 section 3. Its head has been read; its content arrives while the handler reads it.
 *
 * Everything is decoded when it is first asked for, so a handler pays for what it uses.
 *
 * A rejection of {@linkcode Request.bytes} and the like, or of {@linkcode Request.trailers}, that nobody waits for is
 * dropped rather than left unhandled, because clients go away all the time: a handler may begin to read, and look at what
 * that came to later. A promise that is made of theirs is for its maker to look after.
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
        const { secure, localPort = 0 } = this.#context;
        return (secure ? HTTPS_URLS : HTTP_URLS).of(this.uri, this.#host(), localPort);
      },
    });
    Object.defineProperty(Request.prototype, PROGRESS, {
      get(this: Request): ContentProgress | null {
        return this.#context.body;
      },
    });
    Object.defineProperty(Request.prototype, WAIT_UNTIL, {
      value(this: Request, work: Promise<unknown>): void {
        this.#context.waitUntil?.(work);
      },
    });
  }

  /**
   * Made by the server alone.
   *
   * @param head What the parser found.
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

  /** The version of HTTP that the client speaks. A higher minor version than 1.1 is handled as `"1.1"`. */
  get version(): "1.0" | "1.1" {
    return this.#head.minorVersion === 0 ? "1.0" : "1.1";
  }

  /** The header fields; {@linkcode HeaderMap.raw} has them as received. */
  get headers(): HeaderMap {
    return this.#headers ??= this.#head.fields();
  }

  /** The client's IP address and port, or the path of a Unix socket. */
  get remoteAddress(): RemoteAddress {
    return this.#context.remoteAddress;
  }

  /**
   * The content as a stream, made on first touch. It pulls from the socket only as it is read, so a slow reader holds the
   * client back; it is empty where the request has no content. No two chunks share an `ArrayBuffer`, so each may be
   * transferred; it may be up to twice as large as the chunk.
   *
   * The stream fails with an {@linkcode HttpError} where the content is malformed, cut short, too large or too slow,
   * and with a {@linkcode ConnectionClosedError} where the client went away. Its promises are those of every stream: a read,
   * a pipe or a `cancel()` that rejects is to be caught.
   *
   * Content is read once. {@linkcode Request.bytes} and the like lock a stream that was taken before; one that is first taken
   * behind them is at its end.
   */
  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const body = this.#context.body;
    if (body !== null) return body.stream();
    return this.#emptyBody ??= new ReadableStream({ start: (controller) => controller.close() });
  }

  /**
   * The trailer section, settled when the content has come to its end, read or not; empty where there is none. It rejects
   * where the content does not: with what a read of the content would reject with.
   *
   * Read the content, or cancel its stream, before you wait for this: the client is held back while more than 64 KiB of it are
   * unread, and what comes behind them does not come.
   */
  get trailers(): Promise<HeaderMap> {
    return this.#context.body?.trailers() ?? Promise.resolve(new HeaderMap());
  }

  /**
   * Aborts when the client goes away before the response is finished, with a {@linkcode ConnectionClosedError} for its
   * reason; never after a successful response. A client that has closed its half may be gone for good, which nobody can
   * tell: it aborts a second later, while what is sent still goes out.
   */
  get signal(): AbortSignal {
    return this.#context.signal();
  }

  /**
   * Reads the whole content.
   *
   * @returns The bytes, in an `ArrayBuffer` of their own and of their length.
   * @throws {TypeError} If the content has been read already, or is being read.
   * @throws {HttpError} If the content is malformed, cut short, too large or too slow.
   * @throws {ConnectionClosedError} If the client goes away.
   */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#context.body?.bytes() ?? Promise.resolve(new Uint8Array(0));
  }

  /**
   * Reads the whole content as UTF-8.
   *
   * @returns The text; malformed sequences become U+FFFD, and a byte order mark is dropped, as Fetch has it.
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
   * Makes a Fetch `Request` of this one, with its signal and its streaming content, which can then be read there and no
   * longer here. What reads there is the runtime's own: a rejection that nobody waits for is unhandled.
   *
   * @returns A request with an absolute URL: the target's own, or made of the scheme, `Host` and the target. If
   * `Host` is empty or missing it is `localhost` with the port that the server listens on.
   * @throws {TypeError} If Fetch cannot express it: the methods CONNECT and TRACE, content with GET or HEAD, a `Host`
   * that cannot stand in a URL; or if the content has been read already, or is being read.
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

  /** The value of `Host`, empty if there is none. The fields are decoded only if the parser did not note it. */
  #host(): string {
    // Once the fields have been decoded, the program may have changed them.
    const known = this.#headers === null ? this.#head.host : null;
    return (known === null ? this.headers.get("host") : known.text) ?? "";
  }
}

/**
 * Makes the absolute URL of a request, as {@linkcode RequestUrls.of}; for the server's use.
 *
 * @param request May be of another copy of this package.
 * @returns The URL; `null` if `Host` or the target cannot stand in a URL.
 */
export function absoluteUrl(request: Request): string | null {
  return (request as { readonly [ABSOLUTE_URL]?: string | null })[ABSOLUTE_URL] ?? null;
}

/**
 * The state of the content of a request; for the server's use.
 *
 * @param request May be of another copy of this package.
 * @returns An object that changes as the program reads; `null` if the request has no content.
 */
export function contentProgress(request: Request): ContentProgress | null {
  return (request as { readonly [PROGRESS]?: ContentProgress | null })[PROGRESS] ?? null;
}

/**
 * Keeps the thread of a request alive for work that outlives the response, when the server closes; for the server's use.
 *
 * @param request May be of another copy of this package.
 * @param work A promise. Its rejection is not unhandled.
 */
export function waitUntil(request: Request, work: Promise<unknown>): void {
  handled(work);
  (request as { [WAIT_UNTIL]?(work: Promise<unknown>): void })[WAIT_UNTIL]?.(work);
}
