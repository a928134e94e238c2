import type { Accept, Listener } from "../net/listener.ts";
import type { Address, Socket, SocketHandler } from "../net/socket.ts";
import { reportUncaught } from "../net/report_uncaught.ts";
import { HeaderGuard } from "./header_guard.ts";
import { type HeaderReaderOwner, ProxyHeaderReader } from "./proxy_header_reader.ts";
import { TrustedAddresses, type TrustedPeers } from "./trusted_addresses.ts";

/** Milliseconds that a header may take. */
const HEADER_TIMEOUT = 10_000;

/**
 * Connections whose header has not been read yet. Beyond it the oldest is closed: a proxy sends the header at
 * once, so that the oldest is the least likely to come from one.
 */
const MAX_WAITING = 4096;

/** Milliseconds that headers have to arrive once the listener is closed. */
const CLOSING_GRACE = 500;

/** Calls that not every listener has. */
interface OptionalCalls {
  ref?(): void;
  unref?(): void;
  abort?(): void;
}

/** Options of {@linkcode proxyListener}. */
export interface ProxyProtocolOptions {
  /**
   * Peers that must begin each connection with a header, and whose header is believed. A connection of
   * another peer is served under its own address, and closed if it begins with a header.
   */
  readonly trusted: TrustedPeers;
  /**
   * Milliseconds that the header may take from the beginning of the connection; 0 and `Infinity` turn the
   * timeout off.
   *
   * @default {10000}
   */
  readonly timeout?: number;
}

/**
 * Wraps a listener behind proxies that speak the PROXY protocol, version 1 or 2: a connection is handed over
 * once its header has been read, with the client of the header as its remote address. A connection of a
 * trusted peer without a header, or with a malformed one, is closed.
 *
 * The header comes before anything else on the connection, a TLS handshake too, so the listener must be one
 * for plain TCP or a Unix socket.
 *
 * @param listener The listener; the wrapper closes it.
 * @param options Trusted peers, and the timeout.
 * @returns A listener with the same address.
 * @throws {TypeError} If `trusted` or `timeout` is not of its form; the message names it.
 */
export function proxyListener(listener: Listener, options: ProxyProtocolOptions): Listener {
  const { timeout = HEADER_TIMEOUT } = options;
  const addresses = assertProxyProtocol(options);
  return new ProxyListener(listener, addresses, timeout === 0 ? Infinity : timeout);
}

/**
 * Checks the options of {@linkcode proxyListener}.
 *
 * @returns The trusted peers.
 * @throws {TypeError} If `trusted` or `timeout` is not of its form; the message names it.
 */
export function assertProxyProtocol(options: ProxyProtocolOptions): TrustedAddresses {
  const { trusted, timeout = HEADER_TIMEOUT } = options;
  if (typeof timeout !== "number" || !(timeout >= 0)) {
    throw new TypeError(
      `Cannot use option proxyProtocol.timeout: ${timeout} is not a number of milliseconds`,
    );
  }
  return new TrustedAddresses(trusted, "proxyProtocol.trusted");
}

class ProxyListener implements Listener, HeaderReaderOwner {
  readonly #listener: Listener & OptionalCalls;
  readonly #trusted: TrustedAddresses;
  readonly #timeout: number;
  #accept!: Accept;
  #paused = false;
  #closed = false;
  #closing: Promise<void> | null = null;
  /** Resolves the wait for headers; absent while nobody waits. */
  #noneWaits: (() => void) | undefined;
  /** Connections that have not been handed over, oldest first. */
  readonly #waiting = new Set<ProxyHeaderReader>();

  constructor(listener: Listener, trusted: TrustedAddresses, timeout: number) {
    this.#listener = listener;
    this.#trusted = trusted;
    this.#timeout = timeout;
  }

  get address(): Address {
    return this.#listener.address;
  }

  start(accept: Accept, onError: (error: Error) => void): void {
    this.#accept = accept;
    this.#listener.start((socket) => this.#take(socket), onError);
  }

  pause(): void {
    this.#paused = true;
    this.#listener.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#listener.resume();
    queueMicrotask(() => this.#release());
  }

  ref(): void {
    this.#listener.ref?.();
  }

  unref(): void {
    this.#listener.unref?.();
  }

  abort(): void {
    this.#listener.abort?.();
    this.#giveUpWaiting();
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /**
   * Closes the listener, which may still hand connections over, and waits for headers that are on their way.
   */
  async #close(): Promise<void> {
    try {
      await this.#listener.close();
    } finally {
      if (!this.#paused && this.#waiting.size > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, CLOSING_GRACE);
          this.#noneWaits = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      this.#giveUpWaiting();
    }
  }

  #giveUpWaiting(): void {
    this.#closed = true;
    for (const reader of this.#waiting) reader.giveUp();
  }

  /** Forgets a connection that does not wait any longer. */
  #forget(reader: ProxyHeaderReader): void {
    this.#waiting.delete(reader);
    if (this.#waiting.size === 0) this.#noneWaits?.();
  }

  headerRead(reader: ProxyHeaderReader): void {
    if (this.#paused) reader.socket.park();
    else this.#handOver(reader);
  }

  connectionLost(reader: ProxyHeaderReader): void {
    this.#forget(reader);
  }

  #take(socket: Socket): SocketHandler {
    if (!this.#trusted.has(socket.remoteAddress)) return new HeaderGuard(socket, this.#accept(socket));
    const reader = new ProxyHeaderReader(socket, this, this.#timeout);
    this.#waiting.add(reader);
    if (this.#waiting.size > MAX_WAITING) this.#oldest.giveUp();
    return reader.socket;
  }

  get #oldest(): ProxyHeaderReader {
    return this.#waiting.values().next().value!;
  }

  /** Hands over the connections whose headers were read while the listener was paused. */
  #release(): void {
    for (const reader of this.#waiting) {
      if (this.#paused || this.#closed) return;
      if (reader.isRead) this.#handOver(reader);
    }
  }

  #handOver(reader: ProxyHeaderReader): void {
    const { socket } = reader;
    this.#forget(reader);
    try {
      socket.handOver(this.#accept(socket));
    } catch (error) {
      socket.destroy();
      reportUncaught(error);
    }
  }
}
