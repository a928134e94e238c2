import type { Listener } from "../net/listener.ts";
import type { Address } from "../net/socket.ts";
import type { Service } from "./service.ts";
import type { ThreadStats } from "./statistics.ts";

/** How to close. */
export interface CloseOptions {
  /**
   * Milliseconds that requests in flight have to finish; then their connections are cut.
   *
   * @default {Infinity}
   */
  readonly deadline?: number;
}

/** What a server has done so far. */
export interface ServerStats {
  /** One entry for each thread. */
  readonly threads: readonly ThreadStats[];
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
  readonly #listener: Listener;
  readonly #service: Service;
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  #closing: Promise<void> | null = null;

  /**
   * Made by `Server.handle` alone.
   *
   * @param listener What accepts.
   * @param service What serves.
   */
  constructor(listener: Listener, service: Service) {
    this.#listener = listener;
    this.#service = service;
  }

  /** What the server is bound to, with the real port where 0 was asked for. */
  get address(): Address {
    return this.#listener.address;
  }

  /** Resolves when the server has closed: nothing listens, and no connection is left. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Stops accepting, closes idle connections, lets requests in flight finish (they are answered with `connection: close`),
   * and resolves when no connection is left. A second call waits for the first, and can only bring its deadline forward.
   *
   * @param options How long that may take.
   * @throws {RangeError} If the deadline is negative or not a number.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { deadline = Infinity } = options;
    if (typeof deadline !== "number" || !(deadline >= 0)) {
      throw new RangeError(
        `Cannot close the server: the deadline ${deadline} is not a number of milliseconds`,
      );
    }
    const cutting = deadline === Infinity ? undefined : setTimeout(() => this.#service.cutAll(), deadline);
    try {
      await (this.#closing ??= this.#close());
    } finally {
      clearTimeout(cutting);
    }
  }

  async #close(): Promise<void> {
    await Promise.all([this.#listener.close(), this.#service.drain()]);
    this.#closed.resolve();
  }

  /** What the server has done so far. */
  stats(): ServerStats {
    return { threads: [this.#service.statistics.snapshot()] };
  }

  /** Closes without a deadline. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
