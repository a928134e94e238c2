import { absoluteUrl, offersUpgrade, type Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import type { Handler } from "../exchange/handler.ts";
import { backgroundReading } from "./background_reading.ts";
import { type FetchInfo, RequestInfo } from "./fetch_info.ts";
import { adaptedFetch, type FetchRuntime, unchangedFetch } from "./fetch_runtime.ts";
import { sendResponse } from "./send_response.ts";
import type { ServedRequest } from "./served_request.ts";

type WebResponse = globalThis.Response;

/**
 * A handler in the style of the Fetch standard: what `Deno.serve` takes, and what Bun, Hono and others export
 * as `fetch`.
 */
export type FetchFunction = (
  request: ServedRequest,
  info: FetchInfo,
) => globalThis.Response | Promise<globalThis.Response>;

/**
 * An app of a framework, or the default export of a module for `deno serve` and Bun: anything with a `fetch`
 * method.
 */
export interface FetchApp {
  /** Answers a request. */
  readonly fetch: FetchFunction;
}

/** Options of {@linkcode fetchHandler}. */
export interface FetchOptions {
  /**
   * `true` if the globals `Response`, `Request` and `fetch` are replaced by ones that suit a server, as by
   * {@linkcode adaptFetch}. They are by default, because otherwise a request costs Node and Bun two to four
   * times the CPU time, which few programs would choose. Also, with the globals of the runtime:
   *
   * - on Bun and Node, a large `Blob` or file is sent without its length;
   * - on Bun, text in a `Response` is sent without a type, unless it was given one;
   * - on Bun and Node 24 and later, `fetch(request)` and `new Request(request)` go on when the client goes
   *   away.
   *
   * @default {true}
   */
  readonly adaptGlobals?: boolean;
}

/**
 * Makes a handler of a function that takes a Fetch `Request` and returns a Fetch `Response`, or of an app
 * that has such a function as its method `fetch`.
 *
 * The request's URL is absolute: the target's own, or made of the scheme, `Host` and the target; where `Host`
 * is empty it is `localhost` with the port of the listener. A `Host` that no URL can have is answered with
 * 400. Its `signal` aborts when the client goes away. It has no content where the Fetch standard has none:
 * with GET, HEAD, TRACE and CONNECT. A rejection of its `text()` and the like, and of a clone's, that nobody
 * waits for is dropped, because clients go away all the time; one of a stream's, or of a request that was
 * made of it, is the runtime's own and stays unhandled.
 *
 * Content that the program has begun to read goes on to come after the response was returned, as in
 * `log(request.clone().text()); return new Response("ok")`: for as long as the client sends it and the
 * program reads. A program that has taken nothing for a second, though it could, counts as one that reads no
 * longer.
 *
 * A response of text, bytes or a `Blob` is sent with its `content-length`, whatever one says that the program
 * set, and so is a stream that brings all it has at once. Any other stream is sent as the client takes it,
 * and canceled when the client goes away. What the function throws, or a `Response` that cannot be sent,
 * becomes a bare 500 and goes to `onError`; a stream that fails, or brings anything but `Uint8Array`, is cut
 * off.
 *
 * A response that `fetch` returned can be returned as it is, and its `body` and fields in another one. Its
 * fields about the connection are left out, and so is a `content-encoding` that the content does not have,
 * because `fetch` has decoded it.
 *
 * On Node and Bun the first call replaces the globals `Response`, `Request` and `fetch` of the thread, as
 * {@linkcode adaptFetch} tells; `adaptGlobals: false` leaves them as they are.
 *
 * @param app The function, which is called without a `this`, or the app. Where a function has a method
 * `fetch`, that is called.
 * @param options Whether globals may be replaced.
 * @returns A handler for `Server.handle`.
 * @throws {TypeError} If `app` is neither, or the globals are frozen.
 *
 * @example
 * ```ts
 * import { fetchHandler, Server } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * const app = fetchHandler((request, { remoteAddress }) => {
 *   const { pathname } = new URL(request.url);
 *   return Response.json({ pathname, remoteAddress });
 * });
 *
 * await using listening = await Server.http("127.0.0.1:0").handle(app);
 * const { port } = listening.address as { port: number };
 * const answer = await fetch(`http://127.0.0.1:${port}/tea`);
 * assertEquals((await answer.json()).pathname, "/tea");
 * ```
 */
export function fetchHandler(app: FetchFunction | FetchApp, options: FetchOptions = {}): Handler {
  const fetch = fetchFunction(app);
  return new FetchHandler(fetch, options.adaptGlobals === false ? unchangedFetch() : adaptedFetch());
}

function fetchFunction(app: FetchFunction | FetchApp): FetchFunction {
  const isFunction = typeof app === "function";
  if (isFunction || (typeof app === "object" && app !== null)) {
    if (hasFetch(app)) return (request, info) => app.fetch(request, info);
    if (isFunction) return app;
  }
  throw new TypeError(
    "Cannot handle requests: the app is neither a function nor an object with a fetch method",
  );
}

function hasFetch(app: FetchFunction | FetchApp): app is FetchApp {
  return typeof (app as Partial<FetchApp>).fetch === "function";
}

class FetchHandler implements Handler {
  readonly #fetch: FetchFunction;
  readonly #runtime: FetchRuntime;

  constructor(fetch: FetchFunction, runtime: FetchRuntime) {
    this.#fetch = fetch;
    this.#runtime = runtime;
  }

  handle(request: Request, response: Response<Fresh>): void | Promise<void> {
    const url = absoluteUrl(request);
    if (url === null) {
      response.status = 400;
      return;
    }
    if (offersUpgrade(request)) return this.#offered(request, response, url);
    const info = new RequestInfo(request, null);
    try {
      const fetch = this.#fetch;
      const answer = fetch(this.#runtime.requestOf(request, url), info);
      const sent = isPromise(answer)
        ? this.#sendLater(answer, request, response)
        : this.#send(answer, request, response);
      if (sent !== undefined) return this.#finish(sent, request, info);
    } catch (error) {
      info.failed(error);
      throw error;
    }
    info.sent();
    return backgroundReading(request) ?? undefined;
  }

  /** A request that offers to change the protocol: to WebSocket, most likely. */
  async #offered(request: Request, response: Response<Fresh>, url: string): Promise<void> {
    const webSockets = await import("./fetch_websocket.ts");
    const info = new RequestInfo(request, webSockets);
    const fetch = this.#fetch;
    try {
      const answer = await fetch(this.#runtime.requestOf(request, url), info);
      await (webSockets.openWebSocket(answer, request, response) ?? this.#send(answer, request, response));
    } catch (error) {
      info.failed(error);
      if (!webSockets.answerRefusal(error, response)) throw error;
      return;
    }
    info.sent();
  }

  async #finish(sent: Promise<void>, request: Request, info: RequestInfo): Promise<void> {
    try {
      await sent;
    } catch (error) {
      info.failed(error);
      throw error;
    }
    info.sent();
    const reading = backgroundReading(request);
    if (reading !== null) await reading;
  }

  async #sendLater(
    answer: Promise<WebResponse>,
    request: Request,
    response: Response<Fresh>,
  ): Promise<void> {
    await this.#send(await answer, request, response);
  }

  #send(answer: unknown, request: Request, response: Response<Fresh>): void | Promise<void> {
    if (!isResponse(answer)) {
      throw new TypeError("Cannot send the response: what the fetch function returned is not a Response");
    }
    return sendResponse(answer, this.#runtime.partsOf(answer), request, response);
  }
}

function isPromise(answer: WebResponse | Promise<WebResponse>): answer is Promise<WebResponse> {
  return typeof (answer as Partial<Promise<WebResponse>> | undefined)?.then === "function";
}

/** Checks if a value is a `Response` of the runtime, or of a package that has its own. */
function isResponse(answer: unknown): answer is WebResponse {
  return answer instanceof globalThis.Response ||
    Object.prototype.toString.call(answer) === "[object Response]";
}
