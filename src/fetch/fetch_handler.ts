import { absoluteUrl, type RemoteAddress, type Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import { adaptFetch } from "./adapt_fetch.ts";
import { sendResponse } from "./send_response.ts";
import type { Handler } from "../exchange/handler.ts";
import { LazyRequest } from "./lazy_request.ts";
import type { PartsReader } from "./response_parts.ts";

type WebRequest = globalThis.Request;
type WebResponse = globalThis.Response;

/** What a {@linkcode FetchFunction} gets beside the request. */
export interface FetchInfo {
  /** The client's IP address and port, or the path of a Unix socket. */
  readonly remoteAddress: RemoteAddress;
}

/**
 * A handler in the style of the Fetch standard: what `Deno.serve` takes, and what Bun, Hono and others export
 * as `fetch`.
 */
export type FetchFunction = (
  request: globalThis.Request,
  info: FetchInfo,
) => globalThis.Response | Promise<globalThis.Response>;

/**
 * Makes a handler of a function that takes a Fetch `Request` and returns a Fetch `Response`.
 *
 * The request's URL is absolute: the target's own, or made of the scheme, `Host` and the target. Its `signal`
 * aborts when the client goes away. It has no content where Fetch has none: with GET, HEAD, TRACE and
 * CONNECT. Each of its parts is made when it is first asked for, so a function that looks at `method` and
 * `url` alone pays for no more. A rejection of its `text()` and the like, and of a clone's, that nobody waits
 * for is dropped, because clients go away all the time; one of a stream's, or of a request that was made of
 * it, is the runtime's own and stays unhandled.
 *
 * A response of text or bytes is sent with its `content-length`, and so is a stream that brings all it has at
 * once. Any other stream is sent as the client takes it, and canceled when the client goes away. What the
 * function throws, or a `Response` that cannot be sent, becomes a bare 500 and goes to `onError`; a stream
 * that fails is cut off.
 *
 * The first call adapts the Fetch API of the process where the runtime's own would be slow, or would not take
 * the request: on Node and Bun it replaces the global `Response`, and on Bun and from Node 24 on `Request`
 * and `fetch` too. What takes their place does the same, has the same prototypes, and leaves all that is not
 * text, bytes or a `Blob` to the original.
 *
 * @param fetch The function. It is called without a `this`.
 * @returns A handler for `Server.handle`.
 * @throws {TypeError} If `fetch` is not a function.
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
export function fetchHandler(fetch: FetchFunction): Handler {
  if (typeof fetch !== "function") throw new TypeError("Cannot handle requests: fetch is not a function");
  return new FetchHandler(fetch);
}

class FetchHandler implements Handler {
  readonly #fetch: FetchFunction;
  readonly #partsOf: PartsReader = adaptFetch();

  constructor(fetch: FetchFunction) {
    this.#fetch = fetch;
  }

  handle(request: Request, response: Response<Fresh>): void | Promise<void> {
    const url = absoluteUrl(request);
    if (url === null) {
      response.status = 400;
      return;
    }
    const fetch = this.#fetch;
    const web = new LazyRequest(request, url) as unknown as WebRequest;
    const answer = fetch(web, { remoteAddress: request.remoteAddress });
    return isPromise(answer)
      ? answer.then((answer) => this.#send(answer, request, response))
      : this.#send(answer, request, response);
  }

  #send(answer: unknown, request: Request, response: Response<Fresh>): void | Promise<void> {
    if (!isResponse(answer)) {
      throw new TypeError("Cannot send the response: what the fetch function returned is not a Response");
    }
    return sendResponse(answer, this.#partsOf(answer), request, response);
  }
}

function isPromise(answer: WebResponse | Promise<WebResponse>): answer is Promise<WebResponse> {
  return typeof (answer as Partial<Promise<WebResponse>> | undefined)?.then === "function";
}

/** A `Response` of the runtime's, or of a package that has its own. */
function isResponse(answer: unknown): answer is WebResponse {
  return answer instanceof globalThis.Response ||
    Object.prototype.toString.call(answer) === "[object Response]";
}
