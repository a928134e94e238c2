import type { RemoteAddress, Request } from "../http/request.ts";
import type { Fresh, Response } from "../http/response.ts";
import type { HeaderMap } from "../http/header_map.ts";
import type { RequestUri } from "../http/request_uri.ts";

/**
 * Answers a request, now or later.
 *
 * What it returns or awaits decides when it has settled: a response that is still fresh is then sent as it is, one that is
 * streaming is ended. If it throws or rejects, a fresh response becomes a bare 500 and a streaming one is cut off.
 */
export type HandlerFunction = (request: Request, response: Response<Fresh>) => void | Promise<void>;

/** A request of which only the head is there. */
export interface ExpectingHead {
  /** The method. */
  readonly method: string;
  /** The request target. */
  readonly uri: RequestUri;
  /** The version of HTTP. */
  readonly version: "1.0" | "1.1";
  /** The header fields. */
  readonly headers: HeaderMap;
  /** The client. */
  readonly remoteAddress: RemoteAddress;
}

/** A connection; the same object at its start and at its end. */
export interface ConnectionInfo {
  /** The client. */
  readonly remoteAddress: RemoteAddress;
}

/**
 * What a server hands requests to. A function will do for most; an object can also be told of connections and
 * refuse content before it is sent.
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
  /** Answers a request. See {@linkcode HandlerFunction}. */
  handle(request: Request, response: Response<Fresh>): void | Promise<void>;
  /**
   * Is asked about a request that waits for `100 Continue` before it sends its content (RFC 9110 section 10.1.1).
   *
   * @returns 100 to go on: {@linkcode Handler.handle} is called, and the client is told once content is asked for. Any
   * other status, 200 to 599, is the answer.
   */
  checkContinue?(head: ExpectingHead): number | Promise<number>;
  /** A client connected. */
  onConnectionStart?(connection: ConnectionInfo): void;
  /** A connection ended; called once for each that started. */
  onConnectionEnd?(connection: ConnectionInfo): void;
}

/**
 * Makes a {@linkcode Handler} of whatever was given.
 *
 * @throws {TypeError} If it is neither a function nor an object with a `handle` method; a class is none.
 */
export function toHandler(handler: Handler | HandlerFunction): Handler {
  if (isClass(handler)) {
    throw new TypeError("Cannot handle requests: the handler is a class; an instance of it is wanted");
  }
  const isFunction = typeof handler === "function";
  const { fetch } = (handler ?? {}) as { readonly fetch?: unknown };
  if (typeof fetch === "function" && (isFunction || typeof (handler as Handler).handle !== "function")) {
    throw new TypeError(
      "Cannot handle requests: the handler is an app with a fetch method; wrap it as fetchHandler((request) => app.fetch(request))",
    );
  }
  if (isFunction) return { handle: handler };
  if (typeof handler === "object" && handler !== null && typeof handler.handle === "function") return handler;
  throw new TypeError(
    "Cannot handle requests: the handler is neither a function nor an object with a handle method",
  );
}

/** Whether a value is a class, which cannot be called like other functions: nobody can give it another prototype. */
export function isClass(value: unknown): boolean {
  return typeof value === "function" &&
    Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}
