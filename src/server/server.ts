import { type ListenAddress, parseAddress } from "../net/address.ts";
import { listen } from "../net/listen.ts";
import type { Listener, ListenOptions } from "../net/listener.ts";
import { type Handler, type HandlerFunction, toHandler } from "./handler.ts";
import { Listening } from "./listening.ts";
import { resolveOptions, type ServerOptions, type Settings } from "./options.ts";
import { SingleThread } from "./single_thread.ts";
import { Service, writeToConsole } from "./service.ts";

/** What a server for TLS can be told. */
export interface HttpsOptions extends ServerOptions {
  /** The certificate chain, PEM. */
  readonly cert: string;
  /** The private key, PEM. */
  readonly key: string;
}

/**
 * An HTTP/1.1 server: it listens, parses requests, and hands them off to a handler.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using listening = await Server.http("127.0.0.1:0").handle((req, res) => {
 *   res.headers.set("content-type", "text/plain");
 *   return res.send(`You asked for ${req.uri.path}`);
 * });
 *
 * const { port } = listening.address as { port: number };
 * const answer = await fetch(`http://127.0.0.1:${port}/tea`);
 * assertEquals(await answer.text(), "You asked for /tea");
 * ```
 */
export class Server {
  readonly #bind: () => Promise<Listener>;
  readonly #settings: Settings;
  readonly #secure: boolean;
  #handled = false;

  private constructor(bind: () => Promise<Listener>, settings: Settings, secure: boolean) {
    this.#bind = bind;
    this.#settings = settings;
    this.#secure = secure;
  }

  /**
   * A server for plain TCP or a Unix socket. Nothing is bound before {@linkcode Server.handle}.
   *
   * @param address `"host:port"`, `"[v6]:port"`, `":port"` for every interface, `{ hostname, port }` or `{ path }`.
   * @param options Limits, timeouts, `onError`.
   * @throws {TypeError | RangeError} If an option is unknown or out of range; it is named.
   */
  static http(address: ListenAddress, options: ServerOptions = {}): Server {
    const settings = resolveOptions(options, writeToConsole);
    return new Server(async () => await listen(parseAddress(address)), settings, false);
  }

  /**
   * A server for TLS.
   *
   * @param address As for {@linkcode Server.http}.
   * @param options Certificate and key beside the rest.
   * @throws {TypeError | RangeError} If an option is unknown, missing or out of range; it is named.
   */
  static https(address: ListenAddress, options: HttpsOptions): Server {
    const settings = resolveOptions(options, writeToConsole, ["cert", "key"]);
    const { cert, key } = options;
    if (typeof cert !== "string") throw new TypeError("Cannot use option cert: it is not a PEM string");
    if (typeof key !== "string") throw new TypeError("Cannot use option key: it is not a PEM string");
    const how: ListenOptions = { tls: { cert, key }, handshakeTimeout: settings.timeouts.handshake };
    return new Server(async () => await listen(parseAddress(address), how), settings, true);
  }

  /**
   * A server on a listener that is there already, such as one in memory for tests. The server closes it.
   *
   * @param listener Brings the connections.
   * @param options Limits, timeouts, `onError`.
   * @throws {TypeError | RangeError} If an option is unknown or out of range; it is named.
   */
  static from(listener: Listener, options: ServerOptions = {}): Server {
    const settings = resolveOptions(options, writeToConsole);
    return new Server(() => Promise.resolve(listener), settings, false);
  }

  /**
   * Binds the address and hands every request to the handler.
   *
   * @param handler A function or an object; it runs on this thread, because what it captured cannot be shared.
   * @returns The listening server, once it is bound.
   * @throws {TypeError} If the handler is none, or the server has one already.
   * @throws {AddressError} If the address is malformed.
   * @throws {ListenError} If it cannot be bound: it is in use, say, or not permitted.
   */
  async handle(handler: Handler | HandlerFunction): Promise<Listening> {
    const service = new Service(toHandler(handler), this.#settings, this.#secure);
    if (this.#handled) throw new TypeError("Cannot handle requests: the server has a handler already");
    this.#handled = true;
    const listener = await this.#bind();
    return new Listening(new SingleThread(listener, service));
  }
}
