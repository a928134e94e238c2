import { type ListenAddress, parseAddress } from "../net/address.ts";
import { listen } from "../net/listen.ts";
import { copyingListener } from "../net/copying_listener.ts";
import type { Listener, ListenOptions } from "../net/listener.ts";
import type { Address } from "../net/socket.ts";
import { type Handler, type HandlerFunction, toHandler } from "../server/handler.ts";
import { Listening } from "../server/listening.ts";
import { resolveOptions, type ServerOptions, type Settings } from "../server/options.ts";
import { Service, writeToConsole } from "../server/service.ts";
import { SingleThread } from "../server/single_thread.ts";
import { type AcceptOption, chooseWay } from "./accept_way.ts";
import { Elsewhere } from "./elsewhere.ts";
import { assertHandleOptions, type ModuleOptions, type ProgramOptions } from "./handle_options.ts";
import { loadHandler } from "./handler_module.ts";
import { callKey, isJoining, offerHandler } from "./join.ts";
import { assertShareable } from "./shareable.ts";
import { ThreadPool } from "./thread_pool.ts";
import { availableThreads } from "./worker_threads.ts";

/** Where connections come from: an address to bind, or a listener that is bound. */
type Source =
  | { readonly address: ListenAddress; readonly listener?: undefined }
  | { readonly listener: Listener; readonly address?: undefined };

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
  readonly #source: Source;
  readonly #settings: Settings;
  readonly #listenOptions: ListenOptions;
  readonly #secure: boolean;
  #handled = false;

  private constructor(source: Source, settings: Settings, listenOptions: ListenOptions = {}) {
    this.#source = source;
    this.#settings = settings;
    this.#listenOptions = listenOptions;
    this.#secure = listenOptions.tls !== undefined;
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
    return new Server({ address }, settings);
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
    return new Server({ address }, settings, how);
  }

  /**
   * A server on a listener that is there already, such as one in memory for tests. The server closes it. It copies the bytes
   * that the sockets bring, which stay theirs.
   *
   * @param listener Brings the connections.
   * @param options Limits, timeouts, `onError`.
   * @throws {TypeError | RangeError} If an option is unknown or out of range; it is named.
   */
  static from(listener: Listener, options: ServerOptions = {}): Server {
    const settings = resolveOptions(options, writeToConsole);
    return new Server({ listener: copyingListener(listener) }, settings);
  }

  /**
   * Binds the address and hands every request to the handler: a function or an object.
   *
   * It runs on this thread, because what it captured cannot be shared; unless `module` names the module that this call
   * is in. Then every core imports that module, and the same call (matched by its address) joins the server there instead of
   * binding: what the module does before it happens once for each thread, and what comes behind it happens on the first
   * thread alone.
   *
   * @param handler A function or an object.
   * @param options Whether to run on other threads too, and how.
   * @returns The listening server, once it is bound and every thread can serve.
   * @throws {TypeError} If the handler or an option is none, or the server has a handler already.
   * @throws {RangeError} If an option is out of range, or the way to share connections does not exist here.
   * @throws {AddressError} If the address is malformed.
   * @throws {ListenError} If it cannot be bound: it is in use, say, or not permitted.
   */
  handle(handler: Handler | HandlerFunction, options?: ProgramOptions): Promise<Listening>;
  /**
   * Binds the address and hands every request to the handler of a module, on every core.
   *
   * @param module Its default export is a function, a `Handler`, a `perThread` factory, or an object with `fetch`.
   * @param options How many threads, how they share connections, and what else they share.
   * @returns The listening server, once it is bound and every thread can serve. Where that fails, nothing is left running. A
   * thread whose module takes more than half a minute is waited for, but `onError` is told.
   * @throws What the module throws, or its factory.
   * @throws {TypeError} If the module exports no handler, the state cannot be shared, or an option is wrong.
   * @throws {RangeError} If an option is out of range, or the way to share connections does not exist here.
   * @throws {AddressError} If the address is malformed.
   * @throws {ListenError} If it cannot be bound.
   */
  handle<State = undefined>(module: URL, options?: ModuleOptions<State>): Promise<Listening>;
  async handle(
    handler: Handler | HandlerFunction | URL,
    options: ProgramOptions & ModuleOptions<unknown> = {},
  ): Promise<Listening> {
    assertHandleOptions(options, handler instanceof URL);
    const key = this.#source.address === undefined ? null : callKey(this.#parsedAddress());
    if (isJoining()) return await this.#join(handler, key);
    if (this.#handled) throw new TypeError("Cannot handle requests: the server has a handler already");
    const module = handler instanceof URL ? handler.href : options.module?.toString() ?? null;
    const threads = module === null ? 1 : options.threads ?? availableThreads();
    const single = handler instanceof URL ? null : toHandler(handler);
    if (handler instanceof URL) assertShareable(options.state);
    this.#handled = true;
    if (threads > 1 && module !== null) {
      if (single !== null && key === null) {
        throw new TypeError("Cannot join a server on other threads: its listener has no address to match");
      }
      const join = single === null ? null : key;
      return new Listening(await this.#startPool({ ...options, threads }, module, join));
    }
    const local = single ?? await loadHandler(module ?? "", { state: options.state, thread: 0 });
    const service = new Service(local, this.#settings, this.#secure);
    return new Listening(new SingleThread(await this.#bind(), service));
  }

  /** What `handle` does on a thread that runs the program once more: it hands over its handler, or does nothing. */
  async #join(handler: Handler | HandlerFunction | URL, key: string | null): Promise<Listening> {
    // Whatever the program does once it listens is not for this thread.
    if (key !== null && !(handler instanceof URL) && offerHandler(key, toHandler(handler))) {
      return await new Promise(() => {});
    }
    return new Listening(new Elsewhere());
  }

  #parsedAddress(): Address {
    const { address } = this.#source;
    if (address === undefined) {
      throw new TypeError("Cannot listen: the server has a listener and no address");
    }
    return parseAddress(address);
  }

  #bind(): Promise<Listener> {
    const { listener } = this.#source;
    return listener === undefined
      ? listen(this.#parsedAddress(), this.#listenOptions)
      : Promise.resolve(listener);
  }

  #startPool(
    options: { readonly threads: number; readonly accept?: AcceptOption; readonly state?: unknown },
    module: string,
    join: string | null,
  ): Promise<ThreadPool> {
    const { listener = null } = this.#source;
    const address = listener === null ? this.#parsedAddress() : listener.address;
    const sharing = { unix: "path" in address, secure: this.#secure, given: listener !== null };
    return ThreadPool.start({
      way: chooseWay(options.accept ?? "auto", sharing),
      address,
      listener,
      listenOptions: this.#listenOptions,
      settings: this.#settings,
      secure: this.#secure,
      threads: options.threads,
      module,
      join,
      state: options.state,
    });
  }
}
