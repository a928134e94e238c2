import { type ListenAddress, parseAddress } from "../net/address.ts";
import { listen } from "../net/listen.ts";
import { copyingListener } from "../net/copying_listener.ts";
import type { Listener, ListenOptions } from "../net/listener.ts";
import type { Address } from "../net/socket.ts";
import type { TlsOptions } from "../net/tls.ts";
import { checkTlsOptions, TLS_OPTION_NAMES } from "../net/tls_options.ts";
import { type Handler, type HandlerFunction, toHandler } from "../exchange/handler.ts";
import { Listening, type Running } from "../server/listening.ts";
import { resolveOptions, type ServerOptions, type Settings } from "../server/options.ts";
import { clockFor } from "../server/clock.ts";
import { ConnectionContext } from "../server/connection_context.ts";
import { Connections } from "../server/connections.ts";
import { tellError, writeToConsole } from "../server/listeners.ts";
import { Statistics } from "../server/statistics.ts";
import { SingleThread } from "../server/single_thread.ts";
import { chooseWay } from "./accept_way.ts";
import type { ListenPlan } from "./pool/acceptor.ts";
import { ReplayedServer } from "./replay/replayed_server.ts";
import {
  assertHandleOptions,
  type ModuleOptions,
  type ModuleUrl,
  type ProgramOptions,
} from "./handle_options.ts";
import { loadHandler } from "./handler_module.ts";
import {
  callKey,
  isJoining,
  MAX_CALLS,
  noteOutcome,
  offerHandler,
  outcomeOf,
  outcomesSoFar,
} from "./replay/replay.ts";
import { assertRuntime } from "./platform.ts";
import { receiveError } from "./pool/posted_error.ts";
import { assertShareable, copyState } from "./shareable.ts";
import { ThreadPool } from "./pool/thread_pool.ts";
import { availableThreads } from "./worker_threads.ts";

/** Why a server takes no handler: it has one, or its listener is gone. */
const REFUSALS = {
  handling: "the server has a handler already",
  closed: "the server's listener was closed when handle failed",
} as const;

/** The plan of a server, on any number of threads. */
interface ServicePlan extends ListenPlan {
  readonly settings: Settings;
  readonly secure: boolean;
}

/** Options of a server for TLS: certificate and key, what else TLS needs, and those of any server. */
export interface HttpsOptions extends ServerOptions, Omit<TlsOptions, "ticketKeys" | "plainTextAnswer"> {}

/** The answer to a client that speaks HTTP without TLS, where the runtime can send it. */
const PLAIN_TEXT_ANSWER = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 28\r\n" +
  "connection: close\r\n\r\nThis port speaks HTTPS only\n";

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
  /** Where to listen, as given; `null` where there is a listener. */
  readonly #address: ListenAddress | null;
  readonly #listener: Listener | null;
  readonly #settings: Settings;
  readonly #listenOptions: ListenOptions;
  readonly #secure: boolean;
  #state: "idle" | keyof typeof REFUSALS = "idle";

  private constructor(
    address: ListenAddress | null,
    listener: Listener | null,
    settings: Settings,
    listenOptions: ListenOptions = {},
  ) {
    // Before anything that an older one lacks is used.
    assertRuntime();
    this.#address = address;
    this.#listener = listener;
    this.#settings = settings;
    this.#listenOptions = listenOptions;
    this.#secure = listenOptions.tls !== undefined;
  }

  /**
   * A server for plain TCP or a Unix socket. Nothing is bound before {@linkcode Server.handle}.
   *
   * @param address `"host:port"`, `"[v6]:port"`, `"http://host:port"`, `":port"` or the port alone for every
   * interface, `{ hostname, port }` or `{ path, mode }`.
   * @param options Limits, timeouts, `onError`.
   * @throws {TypeError | RangeError} If an option is unknown or out of range; it is named.
   * @throws {Error} If the runtime is too old: Node before 22.18.
   */
  static http(address: ListenAddress, options: ServerOptions = {}): Server {
    const settings = resolveOptions(options, writeToConsole);
    return new Server(address, null, settings);
  }

  /**
   * A server for TLS.
   *
   * @param address As for {@linkcode Server.http}.
   * @param options Certificate and key beside the rest.
   * @throws {TypeError | RangeError} If an option is unknown, missing or out of range; it is named.
   */
  static https(address: ListenAddress, options: HttpsOptions): Server {
    const settings = resolveOptions(options, writeToConsole, TLS_OPTION_NAMES);
    if (settings.proxyProtocol !== null) {
      throw new TypeError(
        "Cannot use option proxyProtocol: its header comes before TLS, which begins in the runtime",
      );
    }
    const tls: TlsOptions = {
      ...checkTlsOptions(options),
      // Random once for all threads, so that each resumes the sessions of the others.
      ticketKeys: crypto.getRandomValues(new Uint8Array(48)),
      plainTextAnswer: PLAIN_TEXT_ANSWER,
    };
    const how: ListenOptions = { tls, handshakeTimeout: settings.timeouts.handshake };
    return new Server(address, null, settings, how);
  }

  /**
   * A server on a listener that is there already, such as one in memory for tests. The server closes it. It
   * copies the bytes that the sockets bring, which stay theirs.
   *
   * @param listener Brings the connections.
   * @param options Limits, timeouts, `onError`.
   * @throws {TypeError} If it is no listener.
   * @throws {TypeError | RangeError} If an option is unknown or out of range; it is named.
   */
  static from(listener: Listener, options: ServerOptions = {}): Server {
    assertListener(listener);
    const settings = resolveOptions(options, writeToConsole);
    return new Server(null, copyingListener(listener), settings);
  }

  /**
   * Binds the address and hands every request to the handler: a function or an object on this thread, or that
   * of a module, given by its URL, on every core.
   *
   * A function or an object runs on this thread, because what it captured cannot be shared; unless `module`
   * names the module that this call is in. Then every core imports that module, and the same call (matched by
   * its address) joins the server there instead of binding: what the module does before it happens once for
   * each thread, and what comes after it happens on the first thread alone. An earlier `handle` call comes
   * there to what it came to on the first thread, without binding: the same error, or a `Listening` that
   * tells the same address. The call to join has to be reached within 2 seconds of the module's end, if it
   * stands in a function that the module does not await; and it has to be among the first 1000 of the
   * program.
   *
   * @param handler A function or an object; or the URL of a module whose default export is a function, a
   * `Handler`, a `perThread` factory, or anything with `fetch`.
   * @param options For a function or an object, whether to run on other threads too, and how; for a module,
   * how many threads there are, how they share connections, and what else they share.
   * @returns The listening server, once it is bound and every thread can serve. Where that fails, nothing is
   * left running, and it may be tried again; but the listener of a server made by {@linkcode Server.from} has
   * been closed by then, unless it was the handler or an option that was refused. A thread whose module takes
   * more than half a minute is waited for, but `onError` is told.
   * @throws What the module throws, or its factory.
   * @throws {TypeError} If there is no handler, the state cannot be shared, an option is wrong, or the server
   * has a handler already.
   * @throws {RangeError} If an option is out of range, or the way to share connections does not exist here.
   * @throws {AddressError} If the address is malformed.
   * @throws {ListenError} If it cannot be bound: it is in use, say, or not permitted.
   */
  handle<State = undefined, Query extends URLSearchParams = never>(
    handler: Handler | HandlerFunction | ModuleUrl<Query>,
    options?: [Query] extends [never] ? ProgramOptions : ModuleOptions<State>,
  ): Promise<Listening>;
  async handle(
    handler: Handler | HandlerFunction | URL,
    options: ProgramOptions & ModuleOptions<unknown> = {},
  ): Promise<Listening> {
    assertHandleOptions(options, handler instanceof URL);
    const bound = this.#listener;
    const address = bound === null
      ? parseAddress(this.#address as ListenAddress, this.#secure ? "https" : "http")
      : bound.address;
    const key = callKey(bound === null ? address : null);
    if (isJoining()) return await this.#join(handler, key);
    return await noteOutcome(key, this.#listen(handler, options, address, key));
  }

  /**
   * Hands over the handler, on a thread that joins a server and where this is the call to join; else repeats
   * the outcome that the call had on the first thread.
   */
  async #join(handler: Handler | HandlerFunction | URL, key: string | null): Promise<Listening> {
    const isJoined = !(handler instanceof URL) && offerHandler(key, toHandler(handler));
    const outcome = isJoined ? null : outcomeOf(key);
    // Whatever the program does once it listens is not for this thread.
    if (outcome === null) return await new Promise(() => {});
    if ("error" in outcome) throw receiveError(outcome.error);
    return new Listening(new ReplayedServer(outcome));
  }

  async #listen(
    handler: Handler | HandlerFunction | URL,
    options: ProgramOptions & ModuleOptions<unknown>,
    address: Address,
    key: string | null,
  ): Promise<Listening> {
    if (this.#state !== "idle") throw new TypeError(`Cannot handle requests: ${REFUSALS[this.#state]}`);
    const start = this.#starter(handler, options, address, key);
    this.#state = "handling";
    try {
      return new Listening(await start());
    } catch (error) {
      // Nothing is left bound: an address may be tried again.
      this.#state = this.#listener === null ? "idle" : "closed";
      throw error;
    }
  }

  /** How to start it. All that can be told before anything is started is checked here. */
  #starter(
    handler: Handler | HandlerFunction | URL,
    options: ProgramOptions & ModuleOptions<unknown>,
    address: Address,
    key: string | null,
  ): () => Promise<Running> {
    const local = handler instanceof URL ? null : toHandler(handler);
    const module = handler instanceof URL ? handler.href : options.module?.toString();
    const { threads = availableThreads(), accept = "auto" } = module === undefined ? { threads: 1 } : options;
    if (local === null) assertShareable(options.state);
    const given = this.#listener !== null;
    const join = local === null || threads === 1
      ? null
      : { key: joinable(key, given), outcomes: outcomesSoFar() };
    const way = chooseWay(accept, {
      unix: "path" in address,
      secure: this.#secure,
      given,
      proxied: this.#settings.proxyProtocol !== null,
    });
    // A copy for each thread, this one too; and what the program changes later is not for those that replace
    // others.
    const state = copyState(options.state);
    const plan: ServicePlan = {
      address,
      listener: this.#listener,
      listenOptions: this.#listenOptions,
      settings: this.#settings,
      secure: this.#secure,
    };
    if (module === undefined || threads === 1) {
      return () => startAlone(plan, async () => local ?? await loadHandler(module!, { state, thread: 0 }));
    }
    const { worker = null } = options;
    return () => ThreadPool.start({ ...plan, threads, module, join, state, way, worker });
  }
}

/**
 * Checks what a program in plain JavaScript may have passed.
 *
 * @throws {TypeError} If it is no listener.
 */
function assertListener(listener: Partial<Listener> | null | undefined): void {
  for (const method of ["start", "pause", "resume", "close"] as const) {
    if (typeof listener?.[method] === "function") continue;
    throw new TypeError(`Cannot make a server: the listener has no method ${method}`);
  }
  if (typeof listener?.address === "object" && listener.address !== null) return;
  throw new TypeError("Cannot make a server: the listener has no address");
}

/**
 * By what other threads find a call that they are to join.
 *
 * @throws {TypeError} If they cannot.
 */
function joinable(key: string | null, given: boolean): string {
  if (given) {
    throw new TypeError("Cannot join a server on other threads: its listener has no address to match");
  }
  if (key !== null) return key;
  const before = `${MAX_CALLS} calls of handle or more came before it, which they would make again`;
  throw new TypeError(`Cannot join a server on other threads: ${before}`);
}

async function startAlone(plan: ServicePlan, findHandler: () => Promise<Handler>): Promise<SingleThread> {
  const { address, listenOptions, settings, secure } = plan;
  let { listener } = plan;
  try {
    const handler = await findHandler();
    listener ??= await listen(address, listenOptions);
    const clock = clockFor(settings.timeouts);
    const context = new ConnectionContext(handler, settings, secure, new Statistics(), clock);
    return new SingleThread(listener, new Connections(context));
  } catch (error) {
    try {
      await listener?.close();
    } catch (failure) {
      tellError(settings, failure);
    }
    throw error;
  }
}
