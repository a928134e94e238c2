import { handled } from "../http/handled.ts";
import { timerHolds } from "../net/longest_delay.ts";
import type { Address } from "../net/socket.ts";
import type { ThreadStats } from "./statistics.ts";

/** The way in which connections are shared between threads; `"single"` where there is one thread. */
export type AcceptWay = "single" | "reusePort" | "transfer" | "dispatch";

/** What runs behind a {@linkcode Listening}: one thread, or a pool of them. */
export interface Running {
  /** What is listened on. */
  readonly address: Address;
  /** Number of threads that call the handler. */
  readonly threads: number;
  /** The way in which they share connections. */
  readonly accept: AcceptWay;
  /** Whether connections are encrypted. */
  readonly secure: boolean;
  /** Stops accepting, lets everything finish what it is at, and resolves when nothing is left. */
  drain(): Promise<void>;
  /** Gives up every connection at once. */
  cut(): void;
  /** What was counted. */
  stats(): ServerStats;
  /** Rejects when it cannot go on by itself; never resolves. */
  readonly failed: Promise<never>;
}

/** How to close. */
export interface CloseOptions {
  /**
   * Milliseconds that requests in flight and upgraded connections have to end; then their connections are cut. What is
   * longer than a timer can wait, some 24 days, is no deadline.
   *
   * @default {Infinity}
   */
  readonly deadline?: number;
  /**
   * Milliseconds that the server goes on as before, though {@linkcode Listening.ready} is `false` already: time for a balancer
   * to learn from a readiness probe that no more requests are to come. Counted before the deadline.
   *
   * @default {0}
   */
  readonly delay?: number;
}

/**
 * What a server has done so far. Each connection, request, response, byte and error is counted once, by the thread where it
 * took place: what the server has done in all is the sum over `threads`, and `acceptor` where there is one.
 */
export interface ServerStats {
  /** One entry for each thread that calls the handler. Their sum of `requests` is how many were handed to a handler. */
  readonly threads: readonly ThreadStats[];
  /**
   * The thread that accepts and parses for the others, where one does, or has done so while all of them had died. The
   * connections and their bytes are counted here, and what is answered without a handler: what is malformed, or finds no
   * thread alive.
   */
  readonly acceptor?: ThreadStats;
}

/**
 * A server that listens, and can be closed.
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
  #ready = true;

  /**
   * Made by `Server.handle` alone.
   *
   * @param running What runs behind it.
   */
  constructor(running: Running) {
    this.#running = running;
    handled(this.#closed.promise);
    running.failed.catch((error) => {
      this.#ready = false;
      this.#closed.reject(error);
    });
  }

  /** What the server is bound to, with the real port where 0 was asked for. */
  get address(): Address {
    return this.#running.address;
  }

  /**
   * The port that is listened on.
   *
   * @throws {TypeError} If the server listens on a Unix socket.
   */
  get port(): number {
    const { address } = this;
    if ("path" in address) throw new TypeError("Cannot tell the port: the server listens on a Unix socket");
    return address.port;
  }

  /**
   * A URL by which this machine reaches the server, for example `http://127.0.0.1:8080/`. An address that stands for every
   * interface is written as `localhost`.
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
   * Whether the server is to be given requests: `false` from the moment that {@linkcode Listening.close} is called, or the
   * server has stopped by itself. What a readiness probe asks for.
   */
  get ready(): boolean {
    return this.#ready;
  }

  /** Number of threads that call the handler. */
  get threads(): number {
    return this.#running.threads;
  }

  /** The way in which the threads share connections; `"single"` where there is one. */
  get accept(): AcceptWay {
    return this.#running.accept;
  }

  /** Whether connections are encrypted. */
  get secure(): boolean {
    return this.#running.secure;
  }

  /**
   * Resolves when the server has closed: nothing listens, and no connection is left. Rejects if the server had to stop by
   * itself, because threads died one after another as they started, before they had served anything; or with what
   * `close()` rejects with.
   */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Stops accepting, lets requests in flight finish, and resolves when no connection is left. `Request.draining` aborts.
   * Every answer says `connection: close`; a connection without a request is closed after 0.3 seconds, so that a request
   * which is on its way is answered. A connection that was upgraded is its handler's to end. A second call waits for the
   * first, and can only bring its deadline forward.
   *
   * A handler on another thread that is still at work when its connection is gone has one second more before the thread is
   * ended; half a second where the deadline has passed. On the thread that called `Server.handle` nobody waits for it.
   *
   * @param options How long that may take.
   * @throws What a listener given to `Server.from` throws when it is closed, once nothing else is left.
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

  /** What the server has done so far. */
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
