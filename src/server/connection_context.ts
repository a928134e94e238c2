import { Exchange } from "../exchange/exchange.ts";
import type { ExchangeHost } from "../exchange/exchange_host.ts";
import type { OwnContext } from "../exchange/own_context.ts";
import type { ConnectionInfo, Handler } from "../exchange/handler.ts";
import { ObservedExchange, type ObservingHost } from "../exchange/observed_exchange.ts";
import type { BeginExchange } from "../exchange/request_events.ts";
import type { RequestSummary } from "../exchange/request_summary.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";
import type { HttpError } from "../http/errors.ts";
import type { RemoteAddress } from "../http/request.ts";
import { ownContext } from "../net/own_context.ts";
import type { Address } from "../net/socket.ts";
import { TrustProxy } from "../proxy/trust_proxy.ts";
import type { Clock } from "./clock.ts";
import { ERROR, isTraced, RESPONSE_END } from "./diagnostics.ts";
import { tellError, tellResponse } from "./listeners.ts";
import type { Settings } from "./options.ts";
import type { Statistics } from "./statistics.ts";
import { TracedExchange } from "./traced_exchange.ts";

/** Milliseconds between two checks for handlers that have not settled. */
const SETTLE_INTERVAL = 5;

/**
 * Milliseconds for which a thread lives on after its handlers have settled, so that their last writes are
 * sent.
 */
const LAST_WORDS = 20;

/** The part of a record that is equal for all requests that could not be parsed. */
const NO_REQUEST = {
  method: null,
  target: null,
  version: null,
  headers: null,
  bytesIn: 0,
  bytesOut: 0,
  firstByte: 0,
  duration: 0,
  aborted: false,
  request: 0,
} as const;

/** State that the connections and exchanges of a server share on one thread. */
export class ConnectionContext implements ObservingHost {
  readonly handler: Handler;
  readonly settings: Settings;
  /** `true` if connections are encrypted. */
  readonly secure: boolean;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly thread: number;
  readonly ownContext: OwnContext = ownContext();
  pendingHandlers = 0;
  localPort = 0;
  readonly findClient: ExchangeHost["findClient"];
  readonly #draining = new AbortController();
  /** Work that outlives its exchange. */
  readonly #work = new Set<Promise<void>>();
  readonly #cut: PromiseWithResolvers<void> = Promise.withResolvers();
  #isCut = false;
  /** `true` if the server is closing: no response keeps its connection. */
  isDraining = false;

  /**
   * Creates the state of one thread.
   *
   * @param handler The handler of the requests.
   * @param settings Limits, timeouts and listeners.
   * @param secure `true` if connections are encrypted.
   * @param statistics The counters of this thread.
   * @param clock The clock of this thread.
   * @param thread Number of this thread.
   */
  constructor(
    handler: Handler,
    settings: Settings,
    secure: boolean,
    statistics: Statistics,
    clock: Clock,
    thread = 0,
  ) {
    this.handler = handler;
    this.settings = settings;
    this.secure = secure;
    this.statistics = statistics;
    this.clock = clock;
    this.thread = thread;
    const { trustProxy } = settings;
    const proxies = trustProxy === null ? null : new TrustProxy(trustProxy);
    this.findClient = proxies === null ? null : (head, peer) => {
      const fields = head.fields();
      return proxies.client(peer, (name) => fields.get(name));
    };
  }

  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Sets the address that the server listens on. */
  listensOn(address: Address): void {
    if ("port" in address) this.localPort = address.port;
  }

  /** Marks the server as closing. */
  beginDraining(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.#draining.abort(new DOMException("The server is closing", "AbortError"));
  }

  waitUntil(work: Promise<unknown>): void {
    const settled = work.then(() => {}, (error) => this.report(error, null));
    this.#work.add(settled);
    settled.then(() => this.#work.delete(settled));
  }

  /** Resolves when all work that outlives its exchange has settled, or is waited for no longer. */
  async workSettled(): Promise<void> {
    while (this.#work.size > 0 && !this.#isCut) {
      await Promise.race([Promise.all(this.#work), this.#cut.promise]);
    }
  }

  /** Waits no longer for work that outlives its exchange. */
  cutWork(): void {
    this.#isCut = true;
    this.#cut.resolve();
  }

  countRequest(): void {
    this.statistics.request();
  }

  countResponse(status: number): void {
    this.statistics.response(status);
  }

  report(error: unknown, request: RequestSummary | null): void {
    this.statistics.error();
    if (ERROR.hasSubscribers) ERROR.publish({ error, request });
    tellError(this.settings, error, request);
  }

  recordResponse(record: ResponseRecord): void {
    tellResponse(this.settings, record);
  }

  /** Counts and records a response to a request that reached no handler. */
  refused(error: HttpError, remoteAddress: RemoteAddress, connection: number): void {
    this.countResponse(error.status);
    if (this.settings.onResponse === null && !isTraced()) return;
    const record: ResponseRecord = {
      ...NO_REQUEST,
      remoteAddress,
      status: error.status,
      start: Date.now(),
      error,
      thread: this.thread,
      connection,
    };
    const { secure, localPort } = this;
    RESPONSE_END.publish({ request: null, secure, localPort, record });
    this.recordResponse(record);
  }

  /** Notifies the handler of an event of a connection, if the handler has the method. */
  notify(event: "onConnectionStart" | "onConnectionEnd", connection: ConnectionInfo): void {
    const failed = (error: unknown) => this.report(error, null);
    try {
      if (typeof this.handler[event] !== "function") return;
      const told: unknown = this.handler[event](connection);
      if (told instanceof Promise) told.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Checks whether the handler has the method for an event. */
  wants(event: "onConnectionStart" | "onConnectionEnd"): boolean {
    return typeof this.handler[event] === "function";
  }

  /** Resolves when no handler is running, or after a number of milliseconds. */
  async handlersSettled(within: number): Promise<void> {
    const deadline = performance.now() + within;
    // Polling keeps the cost of a settled handler to the change of one number.
    while (this.pendingHandlers > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_INTERVAL));
    }
    await new Promise((resolve) => setTimeout(resolve, LAST_WORDS));
  }
}

/**
 * Creates the function that begins exchanges with the handler of a context, observed if the program set
 * `onResponse`.
 */
export function beginExchange(context: ConnectionContext): BeginExchange {
  const isObserved = context.settings.onResponse !== null;
  return (transport, head) => {
    if (isTraced()) return new TracedExchange(context, transport, head);
    return isObserved
      ? new ObservedExchange(context, transport, head)
      : new Exchange(context, transport, head);
  };
}
