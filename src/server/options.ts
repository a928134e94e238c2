import { assertProxyProtocol, type ProxyProtocolOptions } from "../proxy/proxy_listener.ts";
import { TrustProxy, type TrustProxyOptions } from "../proxy/trust_proxy.ts";
import type { RequestSummary } from "../exchange/request_summary.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";

/** A time span in milliseconds; 0 and `Infinity` turn the timeout off. No other than `send` applies after an upgrade. */
export type Milliseconds = number;

/** How much a client may send. Whole numbers of bytes or things; `Infinity` turns a limit off. */
export interface LimitOptions {
  /**
   * Bytes of request line and headers together, and of a trailer section. Above it: 431, or 414 where the target alone is
   * too long.
   *
   * @default {32768}
   */
  readonly maxHeaderSize?: number;
  /**
   * Number of header fields, and of trailer fields. Above it: 431.
   *
   * @default {100}
   */
  readonly maxHeaderCount?: number;
  /**
   * Bytes of a request's content. Above it: 413.
   *
   * @default {134217728}
   */
  readonly maxRequestBodySize?: number;
  /**
   * Minimum receive rate of a request's content, in bytes per second over the whole of it, once the handler has waited 5
   * seconds for content. Below it: 408. 0 for none. Kestrel has the same.
   *
   * @default {240}
   */
  readonly minRequestBodyRate?: number;
  /**
   * Requests on one connection; the last is answered with `connection: close`.
   *
   * @default {Infinity}
   */
  readonly maxRequestsPerConnection?: number;
  /**
   * Open connections of one thread. Further ones wait to be accepted; Node and Bun accept them all the same: there up to 512
   * wait, unread, and those beyond are closed.
   *
   * @default {10000}
   */
  readonly maxConnections?: number;
}

/** How long a client may take. */
export interface TimeoutOptions {
  /**
   * From connecting, or from the first byte of a later request, to the end of the head. Then: 408.
   *
   * @default {30000}
   */
  readonly headers?: Milliseconds;
  /**
   * Between requests. Then the connection is closed.
   *
   * @default {60000}
   */
  readonly idle?: Milliseconds;
  /**
   * Between two arrivals of content, while the handler waits for content or trailers. Then: 408. See also
   * {@linkcode LimitOptions.minRequestBodyRate}.
   *
   * @default {60000}
   */
  readonly receive?: Milliseconds;
  /**
   * Without any of the response leaving the server, whose operating system has no room for more until the client reads.
   * Then the connection is cut. It applies too to an upgraded connection that its handler has left, both halves of it.
   *
   * @default {60000}
   */
  readonly send?: Milliseconds;
  /**
   * For the TLS handshake. Then the connection is closed.
   *
   * @default {10000}
   */
  readonly handshake?: Milliseconds;
  /**
   * That a thread does nothing but one piece of work, such as an endless loop in a handler. Then `onError` gets an error that
   * names the thread, with its stack on Node; the thread gets no further requests, and is ended and replaced (not on Deno, which
   * cannot end it). Off by default: a thread that only takes long would be ended too. One thread alone is not watched.
   *
   * @default {Infinity}
   */
  readonly stuck?: Milliseconds;
}

/** Facts beside an error. */
export interface ErrorInfo {
  /** The request that the error concerns; `null` where there is none. */
  readonly request: RequestSummary | null;
}

/** Takes errors that are not the client's to know. It must not throw. */
export type ErrorListener = (error: unknown, info: ErrorInfo) => void;

/** Takes the record of each response. It must not throw. */
export type ResponseListener = (record: ResponseRecord) => void;

/** What a server can be told. */
export interface ServerOptions {
  /** How much a client may send. */
  readonly limits?: LimitOptions;
  /** How long a client may take. */
  readonly timeouts?: TimeoutOptions;
  /**
   * Is told what a handler throws or rejects with, and what goes wrong with the listener; of a response that is written to
   * when or as it must not be, of a stream that fails or whose client goes away while it is sent, of bytes that are taken
   * away before they have been sent ({@linkcode ChangedBytesError}), and of a thread that dies or is slow to start. By
   * default it is written to the console, but for what a client is to blame for: `HttpError` and `ConnectionClosedError`.
   */
  readonly onError?: ErrorListener;
  /**
   * Called once for every response, those that no handler saw too, when it is complete or given up: for access logs and
   * metrics. Calls come to the thread that made the server, whichever thread has answered; no request waits for them. A server
   * without this pays nothing for it.
   */
  readonly onResponse?: ResponseListener;
  /**
   * Proxies whose header fields about the client are believed. `Request.remoteAddress` and the URL of `Request.toWeb()` are
   * then those of the client, found from right to left as far as trusted proxies have noted them.
   *
   * @default {undefined: no proxy is believed}
   */
  readonly trustProxy?: TrustProxyOptions;
  /**
   * Proxies that begin each connection with a header of the PROXY protocol, version 1 or 2. Not together with TLS.
   *
   * @default {undefined: connections begin with HTTP}
   */
  readonly proxyProtocol?: ProxyProtocolOptions;
}

/** All limits, decided. */
export type Limits = Required<LimitOptions>;

/** All timeouts, decided; one that is off is `Infinity`. */
export type Timeouts = Required<TimeoutOptions>;

/** All options, decided. */
export interface Settings {
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly onError: ErrorListener;
  /** `null` where nobody wants to be told. */
  readonly onResponse: ResponseListener | null;
  /** `null` where no proxy is believed. */
  readonly trustProxy: TrustProxyOptions | null;
  /** `null` where connections begin with HTTP. */
  readonly proxyProtocol: ProxyProtocolOptions | null;
}

const DEFAULT_LIMITS: Limits = {
  maxHeaderSize: 32 * 1024,
  maxHeaderCount: 100,
  maxRequestBodySize: 128 * 1024 * 1024,
  minRequestBodyRate: 240,
  maxRequestsPerConnection: Infinity,
  maxConnections: 10_000,
};

const DEFAULT_TIMEOUTS: Timeouts = {
  headers: 30_000,
  idle: 60_000,
  receive: 60_000,
  send: 60_000,
  handshake: 10_000,
  stuck: Infinity,
};

/** Limits of which at least one is needed to serve anything. */
const AT_LEAST_ONE: ReadonlySet<string> = new Set([
  "maxHeaderSize",
  "maxRequestsPerConnection",
  "maxConnections",
]);

/**
 * Checks options and fills in the defaults.
 *
 * @param options As given by the program.
 * @param extra Names of options beside those of {@linkcode ServerOptions} that are allowed.
 * @throws {TypeError} If an option is unknown or of the wrong type; it is named.
 * @throws {RangeError} If a number is out of range; it is named.
 */
export function resolveOptions(
  options: ServerOptions,
  defaultOnError: ErrorListener,
  extra: readonly string[] = [],
): Settings {
  assertKnown("option", options, [
    "limits",
    "timeouts",
    "onError",
    "onResponse",
    "trustProxy",
    "proxyProtocol",
    ...extra,
  ]);
  const {
    limits = {},
    timeouts = {},
    onError = defaultOnError,
    onResponse = null,
    trustProxy = null,
    proxyProtocol = null,
  } = options;
  assertKnown("limit", limits, Object.keys(DEFAULT_LIMITS), "limits.");
  assertKnown("timeout", timeouts, Object.keys(DEFAULT_TIMEOUTS), "timeouts.");
  if (typeof onError !== "function") throw new TypeError("Cannot use option onError: it is not a function");
  if (onResponse !== null && typeof onResponse !== "function") {
    throw new TypeError("Cannot use option onResponse: it is not a function");
  }
  // Their own checks throw errors that name the option.
  if (trustProxy !== null) new TrustProxy(trustProxy);
  if (proxyProtocol !== null) assertProxyProtocol(proxyProtocol);
  return {
    limits: merge(DEFAULT_LIMITS, limits, assertLimit),
    timeouts: merge(DEFAULT_TIMEOUTS, timeouts, assertTimeout),
    onError,
    onResponse,
    trustProxy,
    proxyProtocol,
  };
}

function merge<T extends Limits | Timeouts>(
  defaults: T,
  given: object,
  admit: (name: string, value: unknown) => number,
): T {
  const merged: Record<string, number> = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) merged[name] = admit(name, value);
  }
  return merged as T;
}

function assertLimit(name: string, value: unknown): number {
  assertNumber(`limits.${name}`, value);
  const least = AT_LEAST_ONE.has(name) ? 1 : 0;
  if (value < least || !(Number.isSafeInteger(value) || value === Infinity)) {
    throw new RangeError(
      `Cannot use option limits.${name}: ${value} is not a whole number of at least ${least}`,
    );
  }
  return value;
}

function assertTimeout(name: string, value: unknown): number {
  assertNumber(`timeouts.${name}`, value);
  if (!(value >= 0)) {
    throw new RangeError(`Cannot use option timeouts.${name}: ${value} is not a number of milliseconds`);
  }
  return value === 0 ? Infinity : value;
}

function assertNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`Cannot use option ${name}: it is not a number`);
}

function assertKnown(kind: string, options: object, known: readonly string[], prefix = ""): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot use ${kind}s: not an object`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`Cannot use option ${prefix}${name}: there is no such ${kind}`);
    }
  }
}
