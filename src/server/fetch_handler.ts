import type { RemoteAddress, Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import { sendWeb } from "./fetch_response.ts";
import { FetchUrls } from "./fetch_url.ts";
import type { Handler } from "./handler.ts";
import { LazyRequest } from "./lazy_request.ts";

/** What a {@linkcode FetchFunction} gets beside the request. */
export interface FetchInfo {
  /** The client's IP address and port, or the path of a Unix socket. */
  readonly remoteAddress: RemoteAddress;
}

/** A handler in the style of the Fetch standard: what `Deno.serve`, Bun and Hono take or export as `fetch`. */
export type FetchFunction = (
  request: globalThis.Request,
  info: FetchInfo,
) => globalThis.Response | Promise<globalThis.Response>;

/**
 * Makes a {@linkcode Handler} of a function from a Fetch `Request` to a Fetch `Response`.
 */
export function fetchHandler(fetch: FetchFunction): Handler {
  if (typeof fetch !== "function") throw new TypeError("Cannot handle requests: fetch is not a function");
  return new FetchHandler(fetch);
}

class FetchHandler implements Handler {
  readonly #fetch: FetchFunction;
  #urls: FetchUrls | null = null;

  constructor(fetch: FetchFunction) {
    this.#fetch = fetch;
  }

  handle(request: Request, response: Response<Fresh>): void | Promise<void> {
    const urls = this.#urls ??= new FetchUrls("http");
    const url = urls.of(request);
    if (url === null) {
      response.status = 400;
      return;
    }
    const web = new LazyRequest(request, url) as unknown as globalThis.Request;
    const answer = this.#fetch(web, { remoteAddress: request.remoteAddress });
    return answer instanceof Promise
      ? answer.then((answer) => sendWeb(answer, request, response))
      : sendWeb(answer, request, response);
  }
}
