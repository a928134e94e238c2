import { handled } from "../http/handled.ts";
import { timerHolds } from "../net/longest_delay.ts";
import type { Address } from "../net/socket.ts";
import type { TlsCredentials } from "../net/tls.ts";
import { checkTlsCredentials } from "../net/tls_options.ts";
import type { ThreadStats } from "./statistics.ts";

/** The way in which threads share connections; `"single"` if there is only one thread. */
export type AcceptWay = "single" | "reusePort" | "transfer" | "dispatch";

/** The server of a {@linkcode Listening}: one thread, or a pool of threads. */
export interface Running {
  /** The address that the server is bound to. */
  readonly address: Address;
  /** Number of threads that call the handler. */
  readonly threads: number;
  /** The way in which the threads share connections. */
  readonly accept: AcceptWay;
  /** `true` if connections are encrypted. */
  readonly secure: boolean;
  /** Stops accepting, lets all connections complete their requests, and resolves when none is left. */
  drain(): Promise<void>;
  /** Cuts every connection at once. */
  cut(): void;
  /**
   * Replaces the certificates for connections to come. One call at a time.
   *
   * @throws {ListenError} If a certificate or key cannot be used.
   * @throws {TypeError} If the server does not speak TLS, or its listener cannot replace them.
   */
  setCertificates(credentials: TlsCredentials): Promise<void>;
  /** Keeps the process while the server listens. */
  ref(): void;
  /** Lets the process end although the server listens. */
  unref(): void;
  /** Reads the counters. */
  stats(): ServerStats;
  /** Rejects when the server can no longer run; never resolves. */
  readonly failed: Promise<never>;
}

/** Options of {@linkcode Listening.close}. */
export interface CloseOptions {
  /**
   * Milliseconds for requests in progress and upgraded connections to end; then their connections are cut. A
   * value above the maximum of a timer, about 24 days, means no deadline.
   *
   * @default {Infinity}
   */
  readonly deadline?: number;
  /**
   * Milliseconds for which the server continues to serve although {@linkcode Listening.ready} is already
   * `false`, so that a readiness probe tells a balancer to stop sending requests. The deadline starts after
   * this delay.
   *
   * @default {0}
   */
  readonly delay?: number;
}

/**
 * Counters of a server since its start. Each connection, request, response, byte and error is counted once,
 * by the thread where it occurred: the total is the sum over `threads` and, if present, `acceptor`.
 */
export interface ServerStats {
  /**
   * One entry for each thread that calls the handler. The sum of their `requests` is the number of requests
   * handed to a handler.
   */
  readonly threads: readonly ThreadStats[];
  /**
   * Counters of the thread that accepts and parses for the others; present if there is such a thread, or was
   * one while all others had died. It counts the connections and their bytes, and the responses sent without
   * a handler, to malformed requests or when no thread was alive.
   */
  readonly acceptor?: ThreadStats;
}

/**
 * A listening server, which can be closed.
 *
 * @example
 * ```ts
 * import { Server } from "@handoff/server";
 * import { assertEquals } from "@std/assert";
 *
 * const listening = await Server.http("127.0.0.1:0").handle((_req, res) => res.send("Hello, World!"));
 * const { port } = listening.address as { port: number };
 * const answer = await fetch(`http://127.0.0.1:${port}/`);
 * assertEquals(await answer.text(), "Hello, World!");
 * await listening.close({ deadline: 1000 });
 * ```
 */
export class Listening implements AsyncDisposable {
  readonly #running: Running;
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  #closing: Promise<void> | null = null;
  #certificatesSet: Promise<void> = Promise.resolve();
  #ready = true;

  /**
   * Constructed by `Server.handle` only.
   *
   * @param running The server.
   */
  constructor(running: Running) {
    this.#running = running;
    handled(this.#closed.promise);
    running.failed.catch((error) => {
      this.#ready = false;
      this.#closed.reject(error);
    });
  }

  /** The address that the server is bound to, with the actual port if port 0 was requested. */
  get address(): Address {
    return this.#running.address;
  }

  /**
   * The port that the server listens on.
   *
   * @throws {TypeError} If the server listens on a Unix socket.
   */
  get port(): number {
    const { address } = this;
    if ("path" in address) throw new TypeError("Cannot tell the port: the server listens on a Unix socket");
    return address.port;
  }

  /**
   * A URL that reaches the server from this machine, for example `http://127.0.0.1:8080/`. An address that
   * means all interfaces is written as `localhost`.
   *
   * @throws {TypeError} If the server listens on a Unix socket.
   */
  get url(): URL {
    const { address } = this;
    if ("path" in address) throw new TypeError("Cannot make a URL: the server listens on a Unix socket");
    const { hostname, port } = address;
    const isEvery = hostname === "" || hostname === "0.0.0.0" || hostname === "::";
    const host = isEvery ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
    return new URL(`${this.secure ? "https" : "http"}://${host}:${port}/`);
  }

  /**
   * `true` if the server should receive requests, for use in a readiness probe. It is `false` once {@linkcode
   * Listening.close} is called or the server has stopped by itself.
   */
  get ready(): boolean {
    return this.#ready;
  }

  /** Number of threads that call the handler. */
  get threads(): number {
    return this.#running.threads;
  }

  /** The way in which the threads share connections; `"single"` if there is only one thread. */
  get accept(): AcceptWay {
    return this.#running.accept;
  }

  /** `true` if connections are encrypted. */
  get secure(): boolean {
    return this.#running.secure;
  }

  /**
   * Resolves when the server has closed: it no longer listens, and no connection is left. Rejects if the
   * server stopped by itself, because threads died repeatedly at start before they served anything. Rejects
   * with the error of `close()` if that rejects.
   */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Stops accepting, lets requests in progress finish, and resolves when no connection is left.
   * `Request.draining` aborts. Every response has `connection: close`. A connection without a request is
   * closed after 0.3 seconds, so that a request in transmission is still handled. The handler has to end
   * upgraded connections. A second call waits for the first, and can only move its deadline forward.
   *
   * A handler on another thread that is still running when its connection has closed gets one more second
   * before the thread is ended, or half a second if the deadline has passed. On the thread that called
   * `Server.handle`, running handlers are not awaited.
   *
   * @param options Deadline and delay.
   * @throws The error of closing a listener that was passed to `Server.from`, when no connection is left.
   * @throws {RangeError} If the deadline or the delay is negative or not a number.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { deadline = Infinity, delay = 0 } = options;
    assertMilliseconds("deadline", deadline);
    assertMilliseconds("delay", delay);
    this.#ready = false;
    if (delay > 0 && this.#closing === null) await new Promise((resolve) => setTimeout(resolve, delay));
    const cutting = timerHolds(deadline) ? setTimeout(() => this.#running.cut(), deadline) : undefined;
    try {
      await (this.#closing ??= this.#close());
    } finally {
      clearTimeout(cutting);
    }
  }

  async #close(): Promise<void> {
    try {
      await this.#running.drain();
      this.#closed.resolve();
    } catch (error) {
      this.#closed.reject(error);
      throw error;
    }
  }

  /**
   * Replaces the certificates for connections to come, on every thread; those that are open keep theirs, and
   * the other options of TLS stay as they are.
   *
   * Deno and Bun bind the address again, unless an option needed `node:tls` from the start (several
   * certificates, a passphrase, certificates of clients): a connection that is made in that moment is
   * refused, unless the threads share the port. Where they bind again, they take one certificate alone, with
   * a key that is not encrypted.
   *
   * @param credentials The certificates and keys.
   * @throws {ListenError} If a certificate or key cannot be used. Then nothing has changed.
   * @throws {TypeError} If one is missing or wrong, the server does not speak TLS, or it has a listener of
   * the program without this method.
   */
  async setCertificates(credentials: TlsCredentials): Promise<void> {
    const checked = checkTlsCredentials(credentials);
    const set = this.#certificatesSet.then(() => this.#running.setCertificates(checked));
    this.#certificatesSet = set.catch(() => {});
    await set;
  }

  /**
   * Lets the process end although the server still listens; {@linkcode Listening.ref} undoes that.
   * Connections that the calling thread has keep the process all the same; those that other threads have,
   * with the accept ways `"reusePort"` and `"transfer"`, do not. Without effect where Deno listens for TLS on
   * the calling thread, and on a listener of the program that has no such method.
   */
  unref(): void {
    this.#running.unref();
  }

  /** Keeps the process while the server listens, as it does from the start. */
  ref(): void {
    this.#running.ref();
  }

  /** Reads the counters of the server since its start. */
  stats(): ServerStats {
    return this.#running.stats();
  }

  /** Closes without a deadline. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function assertMilliseconds(name: string, value: unknown): void {
  if (typeof value === "number" && value >= 0) return;
  throw new RangeError(`Cannot close the server: the ${name} ${value} is not a number of milliseconds`);
}
