import { listen } from "../../net/listen.ts";
import type { Listener } from "../../net/listener.ts";
import type { Address } from "../../net/socket.ts";
import { type TlsCredentials, withCredentials } from "../../net/tls.ts";
import type { Connections } from "../../server/connections.ts";
import { replaceCertificates } from "../../server/replace_certificates.ts";
import type { ThreadData } from "./thread_messages.ts";

/** Adopts a connection that another thread accepted. */
type Adopt = typeof import("../../net/node_transfer.ts").adopt;

/**
 * The connections that a thread has itself: because it listens, or because another thread passed them to it.
 */
export class ThreadConnections {
  readonly #data: ThreadData;
  readonly #connections: Connections;
  readonly #onEnd: () => void;
  readonly #adopt: Adopt | null;
  #listener: Listener | null = null;
  /** Settles when the thread listens or has failed to. */
  #listening: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(data: ThreadData, connections: Connections, onEnd: () => void, adopt: Adopt | null) {
    this.#data = data;
    this.#connections = connections;
    this.#onEnd = onEnd;
    this.#adopt = adopt;
    if (data.way === "reusePort") onThreadExit(() => this.#exit());
  }

  /**
   * Makes ready to take connections.
   *
   * @param data What the thread was started with.
   * @param connections Takes them.
   * @param onEnd Called when a connection that another thread accepted has ended.
   */
  static async prepare(
    data: ThreadData,
    connections: Connections,
    onEnd: () => void,
  ): Promise<ThreadConnections> {
    const adopt = data.way === "transfer" ? (await import("../../net/node_transfer.ts")).adopt : null;
    return new ThreadConnections(data, connections, onEnd, adopt);
  }

  /**
   * Listens on an address that other threads share, in place of another one.
   *
   * @param address The address.
   * @param credentials Certificates in the place of those that the thread was started with.
   * @throws {ListenError} If it cannot be bound.
   */
  listen(address: Address, credentials: TlsCredentials | null): Promise<void> {
    return this.#listening = this.#listen(address, credentials);
  }

  async #listen(address: Address, credentials: TlsCredentials | null): Promise<void> {
    const { tls: given, timeouts: { handshake } } = this.#data;
    const tls = given === undefined || credentials === null ? given : withCredentials(given, credentials);
    await this.#listener?.close();
    this.#listener = null;
    const secured = tls === undefined ? {} : { tls, handshakeTimeout: handshake };
    const listener = await listen(address, { reusePort: true, ...secured });
    if (this.#stopped) return await listener.close();
    this.#listener = listener;
    this.#connections.listen(listener);
  }

  /**
   * Replaces the certificates for connections to come, where the thread listens.
   *
   * @throws {ListenError} If a certificate or key cannot be used.
   */
  async setCertificates(credentials: TlsCredentials): Promise<void> {
    await this.#listening.catch(() => {});
    if (this.#listener !== null) await replaceCertificates(this.#listener, credentials);
  }

  /** Takes a connection that another thread accepted. */
  take(socket: unknown): void {
    this.#adopt?.(socket, (adopted) => this.#connections.accept(adopted), this.#onEnd);
  }

  /** Takes no further connections, but for those that wait already. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#listener?.close();
  }

  /** Bun leaves the sockets of a thread that ends by itself open: clients would connect to nobody. */
  #exit(): void {
    this.#stopped = true;
    const listener = this.#listener;
    if (listener !== null) (listener.abort ?? listener.close).call(listener);
    this.#connections.cutAll();
  }
}

function onThreadExit(close: () => void): void {
  const { process } = globalThis as unknown as {
    readonly process: { on(event: "exit", listener: () => void): void };
  };
  process.on("exit", close);
}
