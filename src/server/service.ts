import { ConnectionClosedError, HttpError } from "../http/errors.ts";
import { dateLine } from "../h1/date.ts";
import { RequestHeadParser } from "../h1/request_head_parser.ts";
import { refusal } from "../h1/response_head.ts";
import type { Listener } from "../net/listener.ts";
import { type CallWith, ownContext } from "../net/own_context.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";
import { Bag } from "./bag.ts";
import { Connection } from "./connection.ts";
import { CLOSING } from "./end_reasons.ts";
import { Exchange } from "./exchange.ts";
import type { ConnectionInfo, Handler } from "./handler.ts";
import { oneOfEach } from "./one_of_each.ts";
import type { Settings, Timeouts } from "./options.ts";
import type { BeginExchange } from "./served_exchange.ts";
import { Statistics } from "./statistics.ts";

/** The clock ticks this often within the shortest timeout, so that none is late by more than an eighth. */
const TICKS_PER_TIMEOUT = 8;
const MIN_TICK = 5;
const MAX_TICK = 1000;

/** Milliseconds that a thread lives on when its handlers have settled. */
const LAST_WORDS = 20;

/** A connection that a handler can be told of. */
export interface ToldConnection {
  /** What it is told, the same object each time. */
  readonly info: ConnectionInfo;
}

/**
 * All that the connections of one thread share: the handler, the settings, a coarse clock and the counters.
 *
 * The clock is one timer for all connections: it tells the time that deadlines are counted from, looks for those that have
 * passed, and renews the Date line. It runs only while there are connections.
 */
export class Service {
  /** What requests are handed to. */
  readonly handler: Handler;
  readonly settings: Settings;
  /** Whether connections are encrypted. */
  readonly secure: boolean;
  /** What is counted. */
  readonly statistics: Statistics;
  /** Begins an exchange. */
  readonly begin: BeginExchange;
  /** Calls a function in the context that the server was made in, rather than in that of another request's handler. */
  readonly inOwnContext: CallWith = ownContext();
  /** Milliseconds on a monotonic clock, as of the last tick. */
  now = 0;
  /** The Date line, as of the last tick. */
  dateLine = "";
  /** Whether the server is closing: no response keeps its connection. */
  draining = false;
  /** How many handlers have returned a promise that has not settled. */
  pendingHandlers = 0;
  readonly #connections = new Bag<Connection>();
  readonly #tickEvery: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #listener: Listener | null = null;
  /** One parser serves all connections whose heads arrive whole. */
  #parser: RequestHeadParser | null = null;
  #waiting = false;
  #kept: readonly object[] | null = null;
  #drained: (() => void) | null = null;

  /**
   * @param handler What requests are handed to.
   * @param settings Limits, timeouts, and who is told of errors.
   * @param secure Whether connections are encrypted.
   * @param statistics Where to count.
   * @param begin Begins an exchange: by default with the handler, on this thread.
   */
  constructor(
    handler: Handler,
    settings: Settings,
    secure: boolean,
    statistics: Statistics = new Statistics(),
    begin: BeginExchange = (owner, head, decoder) => new Exchange(owner, head, decoder),
  ) {
    this.handler = handler;
    this.settings = settings;
    this.secure = secure;
    this.statistics = statistics;
    this.begin = begin;
    this.#tickEvery = tickFor(settings.timeouts);
  }

  /** Begins to take connections from a listener. */
  listen(listener: Listener): void {
    this.#listener = listener;
    listener.start((socket) => this.accept(socket), (error) => this.report(error));
  }

  /** Takes a connection. */
  accept(socket: Socket): SocketHandler {
    if (this.#connections.size === 0) this.#startClock();
    const connection = new Connection(this, socket);
    this.#connections.add(connection);
    this.statistics.connectionOpened();
    // One of those that are there: the handler may close the server now.
    this.notify("onConnectionStart", connection);
    if (this.#connections.size >= this.settings.limits.maxConnections && !this.#waiting) {
      this.#waiting = true;
      this.#listener?.pause();
    }
    return connection;
  }

  /** A parser for a connection that begins to read a head, which gives it back once it is at rest. */
  takeParser(): RequestHeadParser {
    const parser = this.#parser ?? new RequestHeadParser(this.settings.limits);
    this.#parser = null;
    return parser;
  }

  /** Takes one back. */
  giveParser(parser: RequestHeadParser): void {
    this.#parser = parser;
  }

  /** A connection has ended. */
  connectionEnded(connection: Connection): void {
    this.#connections.remove(connection);
    this.statistics.connectionClosed();
    if (this.#waiting && this.#connections.size < this.settings.limits.maxConnections) {
      this.#waiting = false;
      this.#listener?.resume();
    }
    if (this.#connections.size > 0) return;
    clearInterval(this.#timer);
    this.#drained?.();
  }

  /** Tells the handler of a connection, if it wants to know. */
  notify(event: "onConnectionStart" | "onConnectionEnd", connection: ToldConnection): void {
    const failed = (error: unknown) => this.report(error);
    try {
      if (typeof this.handler[event] !== "function") return;
      const told: unknown = this.handler[event](connection.info);
      if (told instanceof Promise) told.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Tells an error to the program. */
  report(error: unknown): void {
    this.statistics.error();
    tellError(this.settings, error);
  }

  /** Writes a whole response that refuses a request, and counts it. */
  refuse(error: HttpError, withContent: boolean): string {
    this.countResponse(error.status);
    return refusal(error.status, error.message, this.dateLine, withContent);
  }

  /** Counts a final response. */
  countResponse(status: number): void {
    this.statistics.response(status);
  }

  /** Lets every connection finish what it is at, closes those that are idle, and resolves when none is left. */
  async drain(): Promise<void> {
    this.draining = true;
    if (this.#connections.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = resolve;
    for (const connection of this.#connections.all()) connection.drain();
    await promise;
  }

  /** Resolves when no handler is at work, or so many milliseconds have gone by. */
  async handlersSettled(within: number): Promise<void> {
    const deadline = performance.now() + within;
    // Looked at now and then, so that a handler's end costs a request nothing but a number.
    while (this.pendingHandlers > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // What the last of them did in the end, what they wrote to the console say, is still on its way.
    await new Promise((resolve) => setTimeout(resolve, LAST_WORDS));
  }

  /** Gives up every connection at once. */
  cutAll(): void {
    for (const connection of this.#connections.all()) connection.cutOff(CLOSING);
  }

  #startClock(): void {
    this.tick();
    this.#kept ??= oneOfEach(this);
    let late = false;
    this.#timer = setInterval(() => {
      const before = this.now;
      this.tick();
      // A thread that was busy for long may not have read what clients sent in time: they get one tick more.
      late = !late && this.now - before > 2 * this.#tickEvery;
      if (late) return;
      for (const connection of this.#connections.all()) connection.checkDeadlines(this.now);
    }, this.#tickEvery);
  }

  /** Reads the time. */
  tick(): void {
    this.now = performance.now();
    this.dateLine = dateLine(Date.now());
  }
}

function tickFor(timeouts: Timeouts): number {
  const shortest = Math.min(timeouts.headers, timeouts.idle, timeouts.receive, timeouts.send);
  return Math.max(MIN_TICK, Math.min(MAX_TICK, shortest / TICKS_PER_TIMEOUT));
}

/** Tells an error to the program, whose own mistake at that stops nobody. */
export function tellError({ onError }: Pick<Settings, "onError">, error: unknown): void {
  const failed = (failure: unknown) => console.error("onError threw:", failure);
  try {
    const told: unknown = onError(error);
    if (told instanceof Promise) told.catch(failed);
  } catch (failure) {
    failed(failure);
  }
}

/** What the server does with errors that the program does not ask for. */
export function writeToConsole(error: unknown): void {
  if (error instanceof HttpError || error instanceof ConnectionClosedError) return;
  console.error(error);
}
