import type { Listener } from "../net/listener.ts";
import type { Address } from "../net/socket.ts";
import type { TlsCredentials } from "../net/tls.ts";
import type { Connections } from "./connections.ts";
import { drain } from "./drain.ts";
import type { AcceptWay, Running, ServerStats } from "./listening.ts";
import { replaceCertificates } from "./replace_certificates.ts";

/** A server on the calling thread. */
export class SingleThread implements Running {
  readonly #listener: Listener;
  readonly #connections: Connections;
  readonly threads = 1;
  readonly accept: AcceptWay = "single";
  /** The program's own thread cannot fail without ending the program. */
  readonly failed: Promise<never> = new Promise(() => {});

  /**
   * Starts to serve.
   *
   * @param listener The source of connections.
   * @param connections The set of connections.
   */
  constructor(listener: Listener, connections: Connections) {
    this.#listener = listener;
    this.#connections = connections;
    connections.listen(listener);
  }

  get secure(): boolean {
    return this.#connections.context.secure;
  }

  get address(): Address {
    return this.#listener.address;
  }

  async drain(): Promise<void> {
    await drain(this.#listener, this.#connections);
  }

  cut(): void {
    this.#connections.cutAll();
  }

  setCertificates(credentials: TlsCredentials): Promise<void> {
    return replaceCertificates(this.#listener, credentials);
  }

  ref(): void {
    this.#listener.ref?.();
  }

  unref(): void {
    this.#listener.unref?.();
  }

  stats(): ServerStats {
    return { threads: [this.#connections.context.statistics.snapshot()] };
  }
}
