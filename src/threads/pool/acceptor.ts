import { listen } from "../../net/listen.ts";
import type { Listener, ListenOptions } from "../../net/listener.ts";
import type { TransferListener } from "../../net/node_transfer.ts";
import type { Address } from "../../net/socket.ts";
import { drain } from "../../server/drain.ts";
import type { AcceptWay } from "../../server/listening.ts";
import { type Service, tellError } from "../../server/service.ts";
import type { Statistics } from "../../server/statistics.ts";
import { type DispatchPlan, dispatchService } from "../dispatch_service.ts";
import { withPortLock } from "./port_lock.ts";
import { reserve, SharedPort } from "./shared_port.ts";
import type { Thread } from "./thread.ts";

/** Brings connections to the threads of a server. */
export interface Acceptor {
  /** The bound address; known once {@linkcode Acceptor.start} has resolved. */
  readonly address: Address;
  /**
   * Listens and begins to accept. All threads can serve by then, so that no connection waits for them.
   *
   * @throws {ListenError} If the address cannot be bound.
   */
  start(): Promise<void>;
  /** A thread can serve: at the start, or in the place of one that died. */
  threadIsReady(thread: Thread): void;
  /** A thread can serve, or has an end to one of its connections: those that wait may be passed on. */
  threadHasRoom(): void;
  /** No thread is left that could serve; others are about to start. */
  nobodyIsThere(): void;
  /** Stops accepting, and waits for the connections that are this thread's own. */
  drain(): Promise<void>;
  /** Gives up the connections that are this thread's own. */
  cut(): void;
  /** The counters of this thread, where it has connections of its own. */
  readonly statistics: Statistics | null;
}

/** The address to listen on, and how. */
export interface ListenPlan {
  readonly address: Address;
  /** A listener that the program gave. */
  readonly listener: Listener | null;
  readonly listenOptions: ListenOptions;
}

/** The plan of an acceptor. */
export interface AcceptorPlan extends DispatchPlan, ListenPlan {
  readonly way: Exclude<AcceptWay, "single">;
}

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

  drain(): Promise<void> {
    return Promise.resolve(this.#listener?.close());
  }

  cut(): void {}
}

/** This thread accepts and parses, and hands each request to the thread that is least busy. */
class DispatchAcceptor implements Acceptor {
  readonly #plan: AcceptorPlan;
  readonly #service: Service;
  #listener: Listener | null;

  constructor(plan: AcceptorPlan) {
    this.#plan = plan;
    this.#service = dispatchService(plan);
    this.#listener = plan.listener;
  }

  get address(): Address {
    return this.#listener?.address ?? this.#plan.address;
  }

  async start(): Promise<void> {
    const { address, listenOptions } = this.#plan;
    this.#listener ??= await withPortLock(address, () => listen(address, listenOptions));
    this.#service.listen(this.#listener);
  }

  threadIsReady(): void {}

  threadHasRoom(): void {}

  nobodyIsThere(): void {}

  async drain(): Promise<void> {
    if (this.#listener !== null) await drain(this.#listener, this.#service);
  }

  cut(): void {
    this.#service.cutAll();
  }

  get statistics(): Statistics {
    return this.#service.statistics;
  }
}
