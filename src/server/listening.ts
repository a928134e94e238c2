import { handled } from "../http/handled.ts";
import { timerHolds } from "../net/longest_delay.ts";
import type { Address } from "../net/socket.ts";
import type { ThreadStats } from "./statistics.ts";

/** How connections are shared between threads; `"single"` where there is one thread. */
export type AcceptWay = "single" | "reusePort" | "transfer" | "dispatch";

/** What runs behind a {@linkcode Listening}: one thread, or a pool of them. */
export interface Running {
  /** What is listened on. */
  readonly address: Address;
  /** How many threads call the handler. */
  readonly threads: number;
  /** How they share connections. */
  readonly accept: AcceptWay;
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

  /**
   * Made by `Server.handle` alone.
   *
   * @param running What runs behind it.
   */
  constructor(running: Running) {
    this.#running = running;
    handled(this.#closed.promise);
    running.failed.catch((error) => this.#closed.reject(error));
  }

  /** What the server is bound to, with the real port where 0 was asked for. */
  get address(): Address {
    return this.#running.address;
  }

  /** How many threads call the handler. */
  get threads(): number {
    return this.#running.threads;
  }

  /** How they share connections; `"single"` where there is one. */
  get accept(): AcceptWay {
    return this.#running.accept;
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
   * Stops accepting, closes idle connections, lets requests in flight finish (they are answered with `connection: close`),
   * and resolves when no connection is left. A connection that was upgraded is its handler's to end. A second call waits
   * for the first, and can only bring its deadline forward.
   *
   * A handler on another thread that is still at work when its connection is gone has one second more before the thread is
   * ended; half a second where the deadline has passed. On the thread that called `Server.handle` nobody waits for it.
   *
   * @param options How long that may take.
   * @throws What a listener given to `Server.from` throws when it is closed, once nothing else is left.
   * @throws {RangeError} If the deadline is negative or not a number.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { deadline = Infinity } = options;
    if (typeof deadline !== "number" || !(deadline >= 0)) {
      throw new RangeError(
        `Cannot close the server: the deadline ${deadline} is not a number of milliseconds`,
      );
    }
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
