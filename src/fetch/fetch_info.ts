import { HttpError } from "../http/errors.ts";
import { handled } from "../http/handled.ts";
import { type RemoteAddress, type Request, waitUntil } from "../http/request.ts";
import type { WebSocketOptions } from "../websocket/websocket_options.ts";
import type { WebSocketUpgrade } from "./fetch_websocket.ts";

/** The client's address as `Deno.serve` gives it. */
export type RemoteAddr =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** The client's address as Bun's server gives it. */
export interface SocketAddress {
  /** IP address. */
  readonly address: string;
  /** Port. */
  readonly port: number;
  /** Kind of the IP address. */
  readonly family: "IPv4" | "IPv6";
}

/**
 * The second argument of a {@linkcode FetchFunction}. It has the members by which frameworks find the client:
 * those of the info of `Deno.serve`, and `requestIP` of Bun's server.
 */
export interface FetchInfo {
  /** The client's IP address and port, or the path of a Unix socket. */
  readonly remoteAddress: RemoteAddress;
  /** The same as `Deno.serve` gives it. */
  readonly remoteAddr: RemoteAddr;
  /**
   * Resolves when the whole response has been handed to the connection, and rejects if it failed: with the
   * error of the function, of a stream, or a {@linkcode ConnectionClosedError} if the client went away. A
   * rejection that nobody waits for is dropped. Do not wait for it before you return the response.
   */
  readonly completed: Promise<void>;
  /**
   * The client's address as Bun's server gives it.
   *
   * @param request For compatibility with Bun. It is not used: the address is that of the request that came
   * with this info.
   * @returns `null` for a Unix socket.
   */
  requestIP(request?: globalThis.Request): SocketAddress | null;
  /**
   * Keeps the thread alive for work that outlives the response: `Listening.close()` waits for it as it waits
   * for a handler. A rejection goes to `onError`.
   *
   * @param promise The work.
   */
  waitUntil(promise: Promise<unknown>): void;
  /** Aborts when the server begins to close: a response without an end of its own is to be ended then. */
  readonly draining: AbortSignal;
  /**
   * Opens the WebSocket that the request asks for (RFC 6455), as `Deno.upgradeWebSocket` does. It takes the
   * place of that function, which knows requests of `Deno.serve` alone.
   *
   * @param request The request that came with this info.
   * @param options Subprotocols, limits, compression.
   * @returns The socket, and the response to return, which opens it.
   * @throws {WebSocketError} If the request asks for none, or not in order. A function that lets the error go
   * answers with the status that it names: 400, 405 or 426.
   */
  upgradeWebSocket(
    request: globalThis.Request,
    options?: WebSocketOptions<globalThis.Request>,
  ): WebSocketUpgrade;
}

/** Opens WebSockets: loaded when a client asks for one. */
export type WebSocketModule = typeof import("./fetch_websocket.ts");

/** The {@linkcode FetchInfo} of a received request. Each of its members is made when it is asked for. */
export class RequestInfo implements FetchInfo {
  readonly #request: Request;
  readonly #webSockets: WebSocketModule | null;
  #completion: PromiseWithResolvers<void> | null = null;
  #outcome: { readonly error: unknown } | "pending" | "sent" = "pending";

  /**
   * @param request The request that came.
   * @param webSockets Opens WebSockets; `null` where the client does not ask for one.
   */
  constructor(request: Request, webSockets: WebSocketModule | null) {
    this.#request = request;
    this.#webSockets = webSockets;
  }

  get draining(): AbortSignal {
    return this.#request.draining;
  }

  upgradeWebSocket(
    request: globalThis.Request,
    options: WebSocketOptions<globalThis.Request> = {},
  ): WebSocketUpgrade {
    if (this.#webSockets === null) {
      throw new HttpError(426, "The request does not offer to upgrade to WebSocket");
    }
    return this.#webSockets.upgradeWebSocket(this.#request, request, options);
  }

  get remoteAddress(): RemoteAddress {
    return this.#request.remoteAddress;
  }

  get remoteAddr(): RemoteAddr {
    const { remoteAddress } = this;
    return "hostname" in remoteAddress
      ? { transport: "tcp", hostname: remoteAddress.hostname, port: remoteAddress.port }
      : { transport: "unix", path: remoteAddress.path };
  }

  get completed(): Promise<void> {
    if (this.#completion === null) {
      this.#completion = Promise.withResolvers();
      handled(this.#completion.promise);
      this.#settle();
    }
    return this.#completion.promise;
  }

  requestIP(): SocketAddress | null {
    const { remoteAddress } = this;
    if (!("hostname" in remoteAddress)) return null;
    const { hostname, port } = remoteAddress;
    return { address: hostname, port, family: hostname.includes(":") ? "IPv6" : "IPv4" };
  }

  waitUntil(promise: Promise<unknown>): void {
    waitUntil(this.#request, promise);
  }

  /** Resolves {@linkcode RequestInfo.completed}. */
  sent(): void {
    this.#outcome = "sent";
    this.#settle();
  }

  /** Rejects {@linkcode RequestInfo.completed}. */
  failed(error: unknown): void {
    this.#outcome = { error };
    this.#settle();
  }

  #settle(): void {
    if (this.#completion === null || this.#outcome === "pending") return;
    if (this.#outcome === "sent") this.#completion.resolve();
    else this.#completion.reject(this.#outcome.error);
  }
}
