import { listen } from "../../net/listen.ts";
import type { Listener, ListenOptions } from "../../net/listener.ts";
import type { Address } from "../../net/socket.ts";
import type { Connections } from "../../server/connections.ts";
import type { Statistics } from "../../server/statistics.ts";
import { dispatchingConnections, type DispatchPlan } from "../dispatch/dispatching_connections.ts";

/** Milliseconds in which the connections are taken that came to the kernel while there was nobody to serve them. */
const HANDING_BACK = 100;

/**
 * Listens for threads that share a port, while none of them is there. Who connects then is not refused but waits for the
 * first thread that is back, and has its requests dispatched to threads for as long as the connection lasts. When it leaves
 * the port to the threads, a connection that the kernel queued for it in that moment is reset: there is no way to pass it on.
 */
export class FallbackListener {
  readonly #address: Address;
  readonly #options: ListenOptions;
  readonly #plan: DispatchPlan;
  readonly #listeners = new Set<Listener>();
  /** What takes connections that are not served yet. */
  #waiting: Promise<Listener | null> | null = null;
  #connections: Connections | null = null;
  #closing = false;

  /**
   * @param address What the threads listen on.
   * @param options How they listen.
   * @param plan Where requests go.
   */
  constructor(address: Address, options: ListenOptions, plan: DispatchPlan) {
    this.#address = address;
    this.#options = { ...options, reusePort: true };
    this.#plan = plan;
  }

  /** What was counted, if ever it was needed. */
  get statistics(): Statistics | null {
    return this.#connections?.context.statistics ?? null;
  }

  /** Begins to listen. */
  nobodyIsThere(): void {
    if (this.#closing) return;
    this.#connections ??= dispatchingConnections(this.#plan);
    this.#waiting ??= this.#listen(this.#connections);
  }

  async #listen(connections: Connections): Promise<Listener | null> {
    let listener: Listener;
    try {
      listener = await listen(this.#address, this.#options);
    } catch (error) {
      // It goes without: the threads will have the same difficulty, or none.
      connections.context.report(error, null);
      return null;
    }
    this.#listeners.add(listener);
    if (this.#closing) await this.#close(listener);
    return listener;
  }

  /** Serves those who wait, and leaves the port to the threads. */
  async threadIsThere(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    const listener = await waiting;
    if (listener === null || this.#closing) return;
    this.#connections?.listen(listener);
    setTimeout(() => this.#close(listener), HANDING_BACK);
  }

  async #close(listener: Listener): Promise<void> {
    this.#listeners.delete(listener);
    await listener.close();
  }

  /** Stops, and waits for the connections that were taken. */
  async drain(): Promise<void> {
    this.#closing = true;
    await this.#waiting;
    await Promise.all([...this.#listeners].map((listener) => this.#close(listener)));
    await this.#connections?.drain();
  }

  /** Gives up the connections that were taken. */
  cut(): void {
    this.#connections?.cutAll();
  }
}
