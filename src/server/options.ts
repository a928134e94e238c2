import { assertProxyProtocol, type ProxyProtocolOptions } from "../proxy/proxy_listener.ts";
import { TrustProxy, type TrustProxyOptions } from "../proxy/trust_proxy.ts";
import type { RequestSummary } from "../exchange/request_summary.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";

/**
 * A duration in milliseconds; 0 and `Infinity` turn the timeout off. After an upgrade only `send` applies.
 */
export type Milliseconds = number;

/** Limits on the data that a client may send. Whole numbers; `Infinity` turns a limit off. */
export interface LimitOptions {
  /**
   * Maximum number of bytes of request line and headers together, and of a trailer section. Response if
   * exceeded: 431, or 414 if the target alone is too long.
   *
   * @default {32768}
   */
  readonly maxHeaderSize?: number;
  /**
   * Maximum number of header fields, and of trailer fields. Response if exceeded: 431.
   *
   * @default {100}
   */
  readonly maxHeaderCount?: number;
  /**
   * Maximum number of bytes of a request's content. Response if exceeded: 413.
   *
   * @default {134217728}
   */
  readonly maxRequestBodySize?: number;
  /**
   * Minimum receive rate of a request's content, in bytes per second (Kestrel's default). The average over
   * the whole content counts, once the handler has waited 5 seconds for content. Response below it: 408. 0
   * turns the check off.
   *
   * @default {240}
   */
  readonly minRequestBodyRate?: number;
  /**
   * Maximum number of requests on one connection; the last response has `connection: close`.
   *
   * @default {Infinity}
   */
  readonly maxRequestsPerConnection?: number;
  /**
   * Maximum number of open connections of one thread. Further connections wait to be accepted. Node and Bun
   * accept them nevertheless: up to 512 then wait unread, and any beyond those are closed.
   *
   * @default {10000}
   */
  readonly maxConnections?: number;
}

/** Time limits for a client. */
export interface TimeoutOptions {
  /**
   * Time from connecting, or from the first byte of a later request, to the end of the head. Response if
   * exceeded: 408.
   *
   * @default {30000}
   */
  readonly headers?: Milliseconds;
  /**
   * Time between two requests. The connection is closed if it is exceeded.
   *
   * @default {60000}
   */
  readonly idle?: Milliseconds;
  /**
   * Time between two arrivals of content, while the handler waits for content or trailers. Response if
   * exceeded: 408. See also {@linkcode LimitOptions.minRequestBodyRate}.
   *
   * @default {60000}
   */
  readonly receive?: Milliseconds;
  /**
   * Time in which the kernel accepts no byte of a response, because its buffers are full until the client
   * reads. The connection is cut if it is exceeded. It also applies to both directions of an upgraded
   * connection that its handler has left.
   *
   * @default {60000}
   */
  readonly send?: Milliseconds;
  /**
   * Time for the TLS handshake. The connection is closed if it is exceeded.
   *
   * @default {10000}
   */
  readonly handshake?: Milliseconds;
  /**
   * That a thread does nothing but one piece of work, such as an endless loop in a handler. Then `onError`
   * gets an error that names the thread, with its stack on Node; the thread gets no further requests, and is
   * ended and replaced (not on Deno, which cannot end it). Off by default: a thread that only takes long
   * would be ended too. One thread alone is not watched.
   *
   * @default {Infinity}
   */
  readonly stuck?: Milliseconds;
}

/** Additional information about an error. */
export interface ErrorInfo {
  /** The request that the error concerns; `null` if there is none. */
  readonly request: RequestSummary | null;
}

/** Receives errors that the client must not see. It must not throw. */
export type ErrorListener = (error: unknown, info: ErrorInfo) => void;

/** Receives the record of each response. It must not throw. */
export type ResponseListener = (record: ResponseRecord) => void;

/** Options of a server. */
export interface ServerOptions {
  /** Limits on the data that a client may send. */
  readonly limits?: LimitOptions;
  /** Time limits for a client. */
  readonly timeouts?: TimeoutOptions;
  /**
   * Receives errors that the client does not see: those that a handler throws or rejects with; those of the
   * listener; writes to a response that its state does not allow; streams that fail, or whose client
   * disconnects, while they are sent; bytes that were detached before they were sent ({@linkcode
   * ChangedBytesError}); threads that die or start slowly. By default they are written to the console, except
   * for errors that a client caused: `HttpError` and `ConnectionClosedError`.
   */
  readonly onError?: ErrorListener;
  /**
   * Called once for every response, including those without a handler, when it is complete or aborted, for
   * access logs and metrics. It is called on the thread that created the server, whichever thread handled the
   * request, and no request waits for it. A server without this option has no extra cost.
   */
  readonly onResponse?: ResponseListener;
  /**
   * Proxies whose header fields about the client are trusted. `Request.remoteAddress` and the URL of
   * `Request.toWeb()` are then those of the client, found by reading the fields from right to left as long as
   * trusted proxies wrote them.
   *
   * @default {undefined: no proxy is trusted}
   */
  readonly trustProxy?: TrustProxyOptions;
  /**
   * Proxies that begin each connection with a header of the PROXY protocol, version 1 or 2. It cannot be
   * combined with TLS.
   *
   * @default {undefined: connections begin with HTTP}
   */
  readonly proxyProtocol?: ProxyProtocolOptions;
}

/** All limits, with defaults. */
export type Limits = Required<LimitOptions>;

/** All timeouts, with defaults; `Infinity` for a timeout that is off. */
export type Timeouts = Required<TimeoutOptions>;

/** All options, with defaults. */
export interface Settings {
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly onError: ErrorListener;
  /** `null` if the program does not observe responses. */
  readonly onResponse: ResponseListener | null;
  /** `null` if no proxy is trusted. */
  readonly trustProxy: TrustProxyOptions | null;
  /** `null` if connections begin with HTTP. */
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

/** Limits that must be at least 1 to serve anything. */
const AT_LEAST_ONE: ReadonlySet<string> = new Set([
  "maxHeaderSize",
  "maxRequestsPerConnection",
  "maxConnections",
]);

/**
 * Checks options and adds the defaults.
 *
 * @param options The options from the program.
 * @param extra Names of allowed options beside those of {@linkcode ServerOptions}.
 * @throws {TypeError} If an option is unknown or of the wrong type. The message names it.
 * @throws {RangeError} If a number is out of range. The message names it.
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
  // Their constructor and check throw errors that name the option.
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
