import type { ExchangeHost } from "../exchange/exchange_host.ts";
import type { OwnContext } from "../exchange/own_context.ts";
import type { ConnectionInfo, Handler } from "../exchange/handler.ts";
import { ownContext } from "../net/own_context.ts";
import type { Clock } from "./clock.ts";
import { tellError } from "./error_listener.ts";
import type { Settings } from "./options.ts";
import type { Statistics } from "./statistics.ts";

/** Milliseconds between two looks at handlers that have not settled. */
const SETTLE_INTERVAL = 5;

/** Milliseconds that a thread lives on after its handlers have settled, for what they wrote last to get out. */
const LAST_WORDS = 20;

/** What the connections and exchanges of a server on one thread share. */
export class ConnectionContext implements ExchangeHost {
  readonly handler: Handler;
  readonly settings: Settings;
  /** Whether connections are encrypted. */
  readonly secure: boolean;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly ownContext: OwnContext = ownContext();
  pendingHandlers = 0;
  readonly #draining = new AbortController();
  /** Whether the server is closing: no response keeps its connection. */
  isDraining = false;

  /**
   * @param handler Requests are handed to it.
   * @param settings Limits, timeouts, and the listener of errors.
   * @param secure Whether connections are encrypted.
   * @param statistics Counts.
   * @param clock Tells the time.
   */
  constructor(handler: Handler, settings: Settings, secure: boolean, statistics: Statistics, clock: Clock) {
    this.handler = handler;
    this.settings = settings;
    this.secure = secure;
    this.statistics = statistics;
    this.clock = clock;
  }

  get draining(): AbortSignal {
    return this.#draining.signal;
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

  report(error: unknown): void {
    this.statistics.error();
    tellError(this.settings, error);
  }

  /** Tells the handler of a connection, if it wants to know. */
  notify(event: "onConnectionStart" | "onConnectionEnd", connection: ConnectionInfo): void {
    const failed = (error: unknown) => this.report(error);
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
