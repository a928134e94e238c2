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
import { tellError } from "./error_listener.ts";
import type { Settings } from "./options.ts";
import type { Statistics } from "./statistics.ts";
import { TracedExchange } from "./traced_exchange.ts";

/** Milliseconds between two looks at handlers that have not settled. */
const SETTLE_INTERVAL = 5;

/** Milliseconds that a thread lives on after its handlers have settled, for what they wrote last to get out. */
const LAST_WORDS = 20;

/** The part of a record that is the same for every request that could not be read. */
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

/** What the connections and exchanges of a server on one thread share. */
export class ConnectionContext implements ObservingHost {
  readonly handler: Handler;
  readonly settings: Settings;
  /** Whether connections are encrypted. */
  readonly secure: boolean;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly thread: number;
  readonly ownContext: OwnContext = ownContext();
  pendingHandlers = 0;
  localPort = 0;
  readonly findClient: ExchangeHost["findClient"];
  readonly #draining = new AbortController();
  /** Whether the server is closing: no response keeps its connection. */
  isDraining = false;

  /**
   * @param handler Requests are handed to it.
   * @param settings Limits, timeouts, and the listener of errors.
   * @param secure Whether connections are encrypted.
   * @param statistics Counts.
   * @param clock Tells the time.
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

  /** The server begins to close. */
  beginDraining(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.#draining.abort(new DOMException("The server is closing", "AbortError"));
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
    const { onResponse } = this.settings;
    const failed = (error: unknown) => this.report(error, null);
    try {
      const told: unknown = onResponse?.(record);
      if (told instanceof Promise) told.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Counts, and tells, a response to a request that no handler saw. */
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

  /** Tells the handler of a connection, if it wants to know. */
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

  /** Whether the handler wants to be told of an event. */
  wants(event: "onConnectionStart" | "onConnectionEnd"): boolean {
    return typeof this.handler[event] === "function";
  }

  /** Resolves when no handler is at work, or so many milliseconds have gone by. */
  async handlersSettled(within: number): Promise<void> {
    const deadline = performance.now() + within;
    // Looked at now and then, so that the end of a handler costs a request nothing but a number.
    while (this.pendingHandlers > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_INTERVAL));
    }
    await new Promise((resolve) => setTimeout(resolve, LAST_WORDS));
  }
}

/** Begins exchanges with the handler of a context, observed where the program wants to be told of responses. */
export function beginExchange(context: ConnectionContext): BeginExchange {
  const isObserved = context.settings.onResponse !== null;
  return (transport, head) => {
    if (isTraced()) return new TracedExchange(context, transport, head);
    return isObserved
      ? new ObservedExchange(context, transport, head)
      : new Exchange(context, transport, head);
  };
}
