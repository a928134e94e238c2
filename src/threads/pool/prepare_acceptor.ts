import { listen } from "../../net/listen.ts";
import type { Listener } from "../../net/listener.ts";
import type { TransferListener } from "../../net/node_transfer.ts";
import type { Address } from "../../net/socket.ts";
import { notSecure, type TlsCredentials } from "../../net/tls.ts";
import { drain } from "../../server/drain.ts";
import { tellError } from "../../server/listeners.ts";
import { replaceCertificates } from "../../server/replace_certificates.ts";
import type { Connections } from "../../server/connections.ts";
import type { Statistics } from "../../server/statistics.ts";
import { dispatchingConnections } from "../dispatch/dispatching_connections.ts";
import type { Acceptor, AcceptorPlan } from "./acceptor.ts";
import { withPortLock } from "./port_lock.ts";
import { reserve, SharedPort } from "./shared_port.ts";
import type { Thread } from "./thread.ts";

/**
 * Makes the acceptor for a plan, and checks that the address can be bound before threads are started: that
 * takes long, and connections that were accepted meanwhile would wait.
 *
 * @param plan Where to listen, and how.
 * @param threads The threads that can serve.
 * @throws {ListenError} If the address cannot be bound now.
 */
export async function prepareAcceptor(
  plan: AcceptorPlan,
  threads: () => readonly Thread[],
): Promise<Acceptor> {
  // A Unix socket is a file, which some runtimes leave behind: it is bound once, when the threads can serve.
  const isFree = plan.listener === null && !("path" in plan.address);
  const reserved = isFree ? await withPortLock(plan.address, () => reserve(plan)) : plan.address;
  if (plan.way === "reusePort" && "hostname" in reserved) {
    return new SharedPort(plan, reserved.hostname, threads);
  }
  return plan.way === "transfer" ? new TransferAcceptor(plan) : new DispatchAcceptor(plan);
}

/**
 * This thread accepts, and passes each connection to the thread that has fewest; one that no thread has room
 * for waits here, unread.
 */
class TransferAcceptor implements Acceptor {
  readonly statistics = null;
  readonly #plan: AcceptorPlan;
  #listener: TransferListener | null = null;

  constructor(plan: AcceptorPlan) {
    this.#plan = plan;
  }

  get address(): Address {
    return this.#listener?.address ?? this.#plan.address;
  }

  async start(): Promise<void> {
    const { listenForTransfer } = await import("../../net/node_transfer.ts");
    const tell = (error: unknown) => tellError(this.#plan.settings, error);
    const { address } = this.#plan;
    this.#listener = await withPortLock(
      address,
      () => listenForTransfer(address, (socket) => this.#give(socket), tell),
    );
  }

  #give(socket: unknown): boolean {
    const { leastBusy, settings } = this.#plan;
    const thread = leastBusy();
    if (thread === null || thread.busy >= settings.limits.maxConnections) return false;
    try {
      thread.passConnection(socket);
    } catch (error) {
      // A connection that was closed in between cannot be passed on any more.
      (socket as { destroy(): void }).destroy();
      tellError(settings, error);
    }
    return true;
  }

  threadIsReady(): void {}

  threadHasRoom(): void {
    this.#listener?.resume();
  }

  nobodyIsThere(): void {}

  /** A TLS session cannot be passed on. */
  setCertificates(): Promise<void> {
    return Promise.reject(notSecure());
  }

  ref(): void {
    this.#listener?.ref();
  }

  unref(): void {
    this.#listener?.unref();
  }

  drain(): Promise<void> {
    return Promise.resolve(this.#listener?.close());
  }

  cut(): void {}
}

/** This thread accepts and parses, and hands each request to the thread that is least busy. */
class DispatchAcceptor implements Acceptor {
  readonly #plan: AcceptorPlan;
  readonly #connections: Connections;
  #listener: Listener | null;

  constructor(plan: AcceptorPlan) {
    this.#plan = plan;
    this.#connections = dispatchingConnections(plan);
    this.#listener = plan.listener;
  }

  get address(): Address {
    return this.#listener?.address ?? this.#plan.address;
  }

  async start(): Promise<void> {
    const { address, listenOptions } = this.#plan;
    this.#listener ??= await withPortLock(address, () => listen(address, listenOptions));
    this.#connections.listen(this.#listener);
  }

  threadIsReady(): void {}

  threadHasRoom(): void {}

  nobodyIsThere(): void {}

  setCertificates(credentials: TlsCredentials): Promise<void> {
    return replaceCertificates(this.#listener!, credentials);
  }

  ref(): void {
    this.#listener?.ref?.();
  }

  unref(): void {
    this.#listener?.unref?.();
  }

  async drain(): Promise<void> {
    if (this.#listener !== null) await drain(this.#listener, this.#connections);
  }

  cut(): void {
    this.#connections.cutAll();
  }

  get statistics(): Statistics {
    return this.#connections.context.statistics;
  }
}
