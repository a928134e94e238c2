import { listen } from "../../net/listen.ts";
import type { Listener, ListenOptions } from "../../net/listener.ts";
import type { Address } from "../../net/socket.ts";
import { type TlsCredentials, withCredentials } from "../../net/tls.ts";
import type { Connections } from "../../server/connections.ts";
import { replaceCertificates } from "../../server/replace_certificates.ts";
import type { Statistics } from "../../server/statistics.ts";
import { dispatchingConnections, type DispatchPlan } from "../dispatch/dispatching_connections.ts";

/** Milliseconds in which the connections are accepted that the kernel queued while no thread could serve. */
const HANDING_BACK = 100;

/**
 * Listens on the port of threads that share it, while none of them is alive. A client that connects then is
 * not refused: its connection waits for the first new thread, and its requests are dispatched to threads for
 * as long as the connection lasts. When the listener closes, a connection that the kernel queued for it in
 * that moment is reset, because it cannot be passed on.
 */
export class FallbackListener {
  readonly #address: Address;
  #options: ListenOptions;
  readonly #plan: DispatchPlan;
  readonly #listeners = new Set<Listener>();
  /** The listener whose connections are not served yet. */
  #waiting: Promise<Listener | null> | null = null;
  #connections: Connections | null = null;
  #closing = false;
  #keepsProcess = true;

  /**
   * @param address The address that the threads share.
   * @param options The options that the threads listen with.
   * @param plan How requests are dispatched to threads.
   */
  constructor(address: Address, options: ListenOptions, plan: DispatchPlan) {
    this.#address = address;
    this.#options = { ...options, reusePort: true };
    this.#plan = plan;
  }

  /** The counters of the connections; `null` if the listener was never needed. */
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
      // Connections are refused until a thread listens.
      connections.context.report(error, null);
      return null;
    }
    this.#listeners.add(listener);
    if (!this.#keepsProcess) listener.unref?.();
    if (this.#closing) await this.#close(listener);
    return listener;
  }

  /** Serves the connections that wait, and leaves the port to the threads. */
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

  /**
   * Replaces the certificates for connections to come.
   *
   * @throws {ListenError} If a certificate or key cannot be used.
   */
  async setCertificates(credentials: TlsCredentials): Promise<void> {
    await this.#waiting;
    await Promise.all([...this.#listeners].map((listener) => replaceCertificates(listener, credentials)));
    const { tls } = this.#options;
    if (tls !== undefined) this.#options = { ...this.#options, tls: withCredentials(tls, credentials) };
  }

  /** Keeps the process while this listens. */
  ref(): void {
    this.#keepsProcess = true;
    for (const listener of this.#listeners) listener.ref?.();
  }

  /** Lets the process end although this listens. */
  unref(): void {
    this.#keepsProcess = false;
    for (const listener of this.#listeners) listener.unref?.();
  }

  /** Stops listening, and waits for the connections that were accepted. */
  async drain(): Promise<void> {
    this.#closing = true;
    await this.#waiting;
    await Promise.all([...this.#listeners].map((listener) => this.#close(listener)));
    await this.#connections?.drain();
  }

  /** Closes the connections that were accepted. */
  cut(): void {
    this.#connections?.cutAll();
  }
}
