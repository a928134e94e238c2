import type { Accept, Listener } from "./listener.ts";
import type { MemoryClient, MemoryClientOptions } from "./memory_client.ts";
import { MemorySocket } from "./memory_socket.ts";
import type { Address } from "./socket.ts";
import { reportUncaught } from "./report_uncaught.ts";

export type { MemoryClient, MemoryClientOptions } from "./memory_client.ts";

/** A listener without a network, and how to connect to it. */
export interface MemoryNetwork {
  /** The listener, for `Server.from`. */
  readonly listener: Listener;
  /**
   * Opens a connection. It is handed over in a microtask, like everything that reaches the server.
   *
   * @throws {Error} If the listener is closed.
   */
  connect(options?: MemoryClientOptions): MemoryClient;
}

/**
 * Makes a listener for tests: connections are pairs of queues in memory, without timers or system calls, and
 * every call to the server comes from a microtask.
 *
 * @returns The listener and the way to connect to it.
 */
export function memoryListener(): MemoryNetwork {
  const listener = new MemoryListener();
  return { listener, connect: (options) => listener.connect(options) };
}

class MemoryListener implements Listener {
  readonly address: Address = { hostname: "127.0.0.1", port: 80 };
  #accept: Accept | undefined;
  #paused = false;
  #closed = false;
  #waiting: MemorySocket[] = [];

  start(accept: Accept): void {
    this.#accept = accept;
    this.#schedule();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    // Connections that were made before this call are handed over.
    await Promise.resolve().then(this.#handOver);
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  connect(options: MemoryClientOptions = {}): MemoryClient {
    if (this.#closed) throw new Error("Cannot connect: the listener is closed");
    const socket = new MemorySocket(options);
    this.#waiting.push(socket);
    this.#schedule();
    return socket.client;
  }

  #schedule(): void {
    if (this.#waiting.length > 0) queueMicrotask(this.#handOver);
  }

  readonly #handOver = (): void => {
    while (this.#accept !== undefined && !this.#paused && this.#waiting.length > 0) {
      const socket = this.#waiting.shift()!;
      try {
        socket.start(this.#accept(socket));
      } catch (error) {
        socket.destroy();
        reportUncaught(error);
      }
    }
  };
}
