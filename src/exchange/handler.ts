import type { RemoteAddress, Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import type { HeaderMap } from "../http/header_map.ts";
import type { HttpVersion } from "../http/request_head.ts";
import type { RequestUri } from "../http/request_uri.ts";

/**
 * Handles a request, synchronously or asynchronously.
 *
 * When the handler returns, or its promise resolves, a fresh response is sent as it is and a streaming
 * response is ended. If the handler throws or its promise rejects, a fresh response becomes a bare 500 and a
 * streaming response is cut.
 */
export type HandlerFunction = (request: Request, response: Response<Fresh>) => void | Promise<void>;

/** The head of a request whose content has not been sent. */
export interface ExpectingHead {
  /** The method. */
  readonly method: string;
  /** The request target. */
  readonly uri: RequestUri;
  /** The version of HTTP. */
  readonly version: HttpVersion;
  /** The header fields. */
  readonly headers: HeaderMap;
  /** The address of the client. */
  readonly remoteAddress: RemoteAddress;
}

/** A connection. The start and the end of a connection are reported with the same object. */
export interface ConnectionInfo {
  /** The address of the client. */
  readonly remoteAddress: RemoteAddress;
}

/**
 * Handles the requests of a server. A function is enough in most cases; an object can also observe
 * connections, and refuse content before the client sends it.
 *
 * @example
 * ```ts
 * import { type Handler, type Request, type Response, Server } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * class Counter implements Handler {
 *   #count = 0;
 *   handle(_req: Request, res: Response): void {
 *     res.send(`${++this.#count}`);
 *   }
 * }
 *
 * await using listening = await Server.http("127.0.0.1:0").handle(new Counter());
 * const { port } = listening.address as { port: number };
 * assertEquals(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "1");
 * ```
 */
export interface Handler {
  /** Handles a request. See {@linkcode HandlerFunction}. */
  handle(request: Request, response: Response<Fresh>): void | Promise<void>;
  /**
   * Decides about a request whose client waits for `100 Continue` before it sends the content (RFC 9110
   * section 10.1.1).
   *
   * @returns 100 to continue: {@linkcode Handler.handle} is called, and the client receives the 100 when the
   * handler reads the content. Any other status, 200 to 599, is sent as the response.
   */
  checkContinue?(head: ExpectingHead): number | Promise<number>;
  /** Called when a client has connected. */
  onConnectionStart?(connection: ConnectionInfo): void;
  /** Called when a connection has ended, once for each that started. */
  onConnectionEnd?(connection: ConnectionInfo): void;
}

/**
 * Converts a function or an object to a {@linkcode Handler}.
 *
 * @throws {TypeError} If the value is neither a function nor an object with a `handle` method, or is a class.
 */
export function toHandler(handler: Handler | HandlerFunction): Handler {
  if (isClass(handler)) {
    throw new TypeError("Cannot handle requests: the handler is a class; an instance of it is wanted");
  }
  const isFunction = typeof handler === "function";
  const { fetch } = (handler ?? {}) as { readonly fetch?: unknown };
  if (typeof fetch === "function" && (isFunction || typeof (handler as Handler).handle !== "function")) {
    throw new TypeError(
      "Cannot handle requests: the handler is an app with a fetch method; " +
        "wrap it as fetchHandler((request) => app.fetch(request))",
    );
  }
  if (isFunction) return { handle: handler };
  if (typeof handler === "object" && handler !== null && typeof handler.handle === "function") return handler;
  throw new TypeError(
    "Cannot handle requests: the handler is neither a function nor an object with a handle method",
  );
}

/**
 * Checks whether a value is a class, which cannot be called like other functions. Only the `prototype` of a
 * class is read-only.
 */
export function isClass(value: unknown): boolean {
  return typeof value === "function" &&
    Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}
