import type { ConnectionSettings } from "./websocket_connection.ts";
import type { DeflateSettings } from "./deflate_negotiation.ts";

/** Milliseconds. */
export type Milliseconds = number;

/** The options of permessage-deflate, RFC 7692. */
export interface DeflateOptions {
  /**
   * Whether the server may compress a message with what it has sent before. Small messages that are alike become smaller;
   * each socket takes about 300 KiB for it.
   *
   * @default {false}
   */
  readonly serverContextTakeover?: boolean;
  /**
   * Whether the client may. Each socket takes about 50 KiB for it.
   *
   * @default {false}
   */
  readonly clientContextTakeover?: boolean;
  /**
   * Base-2 logarithm of the size of the server's window, in bytes: 8 to 15. A client may ask for less.
   *
   * @default {15}
   */
  readonly serverMaxWindowBits?: number;
  /**
   * Base-2 logarithm of the size of the client's window, in bytes: 8 to 15. A client that cannot be held to less than 15
   * goes without compression.
   *
   * @default {15}
   */
  readonly clientMaxWindowBits?: number;
  /**
   * Size from which on a message is compressed, in bytes; of text, its length in characters counts.
   *
   * @default {1024}
   */
  readonly threshold?: number;
  /**
   * Effort of the compression: 1 (fast) to 9 (small).
   *
   * @default {6}
   */
  readonly level?: number;
}

/** Options of {@linkcode acceptWebSocket}; `R` is the type of the request. */
export interface WebSocketOptions<R = unknown> {
  /**
   * The subprotocols that the server speaks, RFC 6455 section 1.9: the first of the client's that is among them is chosen. Or
   * a function that chooses one of those that the client offers; it may return `null` for none. A client that offers only
   * others gets a socket without a protocol, which it may then close.
   *
   * @default {[]}
   */
  readonly protocols?:
    | readonly string[]
    | ((offered: readonly string[], request: R) => string | null | undefined);
  /**
   * Maximum size of a message from the client, in bytes, after decompression. Beyond it: 1009.
   *
   * @default {16777216}
   */
  readonly maxMessageSize?: number;
  /**
   * Maximum number of frames of a message from the client. Beyond it: 1008.
   *
   * @default {131072}
   */
  readonly maxFragments?: number;
  /**
   * Whether messages may be compressed, RFC 7692: off, on, or on with options.
   *
   * @default {false}
   */
  readonly perMessageDeflate?: boolean | DeflateOptions;
  /**
   * Silence of the client after which it is pinged. Any traffic ends the silence. After twice as long the client counts as
   * dead, and the connection is cut (1006). 0 for never.
   *
   * @default {30000}
   */
  readonly pingInterval?: Milliseconds;
  /**
   * Number of bytes that may wait for a client that does not take them. A message that is sent when more wait cuts the
   * connection (1006), so that a client which falls behind costs at most this and one message.
   *
   * @default {16777216}
   */
  readonly maxQueued?: number;
  /**
   * Decides by the Origin field whether the client may connect; where not, it gets 403. Browsers always send the field, and
   * send cookies to other origins' sockets too, so a server that goes by cookies must look at it.
   *
   * By default every origin may connect.
   */
  readonly verifyOrigin?: (origin: string | null, request: R) => boolean | Promise<boolean>;
  /**
   * Receives what a listener of the program throws or rejects with. The client gets 1011. By default it is written to the
   * console.
   */
  readonly onError?: (error: unknown) => void;
}

/** The options of a socket, all decided. */
export interface WebSocketSettings<R> extends ConnectionSettings {
  readonly protocols: NonNullable<WebSocketOptions<R>["protocols"]>;
  readonly deflate: DeflateSettings | null;
  readonly verifyOrigin: WebSocketOptions<R>["verifyOrigin"];
  readonly onError: (error: unknown) => void;
}

const DEFAULT_DEFLATE: DeflateSettings = {
  serverContextTakeover: false,
  clientContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  threshold: 1024,
  level: 6,
};

/**
 * Checks options and fills in the defaults.
 *
 * @throws {TypeError} If an option is of the wrong type; it is named.
 * @throws {RangeError} If a number is out of range; it is named.
 */
export function resolveWebSocketOptions<R>(options: WebSocketOptions<R>): WebSocketSettings<R> {
  const { protocols = [], perMessageDeflate = false, verifyOrigin } = options;
  if (typeof protocols !== "function" && !Array.isArray(protocols)) {
    throw new TypeError('Cannot accept the WebSocket: "protocols" is neither a list nor a function');
  }
  if (verifyOrigin !== undefined && typeof verifyOrigin !== "function") {
    throw new TypeError('Cannot accept the WebSocket: "verifyOrigin" is not a function');
  }
  return {
    protocols,
    maxMessageSize: inRange("maxMessageSize", options.maxMessageSize ?? 16 * 1024 * 1024, 0, 2 ** 32),
    maxFragments: inRange("maxFragments", options.maxFragments ?? 131_072, 1, Infinity),
    pingInterval: inRange("pingInterval", options.pingInterval ?? 30_000, 0, Infinity),
    maxQueued: inRange("maxQueued", options.maxQueued ?? 16 * 1024 * 1024, 0, Infinity),
    deflate: resolveDeflate(perMessageDeflate),
    verifyOrigin,
    onError: options.onError ?? logError,
  };
}

function resolveDeflate(option: boolean | DeflateOptions): DeflateSettings | null {
  if (option === false) return null;
  if (option === true) return DEFAULT_DEFLATE;
  const settings = { ...DEFAULT_DEFLATE, ...option };
  inRange("serverMaxWindowBits", settings.serverMaxWindowBits, 8, 15);
  inRange("clientMaxWindowBits", settings.clientMaxWindowBits, 8, 15);
  inRange("threshold", settings.threshold, 0, Infinity);
  inRange("level", settings.level, 1, 9);
  return settings;
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot accept the WebSocket: "${name}" is not a number`);
  }
  const whole = Number.isInteger(value) || value === Infinity;
  if (!whole || value < least || value > most) {
    throw new RangeError(`Cannot accept the WebSocket: "${name}" is not an integer from ${least} to ${most}`);
  }
  return value;
}

function logError(error: unknown): void {
  console.error(error);
}
