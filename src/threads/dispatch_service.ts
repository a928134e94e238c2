import type { ConnectionInfo, Handler } from "../server/handler.ts";
import type { Settings } from "../server/options.ts";
import { Service } from "../server/service.ts";
import { DispatchedExchange } from "./dispatched_exchange.ts";
import type { Thread } from "./pool/thread.ts";

/** Where requests are dispatched to, and how. */
export interface DispatchPlan {
  readonly settings: Settings;
  readonly secure: boolean;
  /** The thread that has least to do, of those that can serve. */
  readonly leastBusy: () => Thread | null;
  /** The thread to tell of the next connection, in turn; `null` where the handler does not want to be told. */
  readonly hooked: () => Thread | null;
}

/** A service whose connections are this thread's own, and that hands each request to the thread that is least busy. */
export function dispatchService(plan: DispatchPlan): Service {
  return new Service(
    new ConnectionHooks(plan),
    plan.settings,
    plan.secure,
    undefined,
    (owner, head, decoder) => new DispatchedExchange(owner, head, decoder, plan.leastBusy),
  );
}

/** Tells one thread of each connection's start, and the same one of its end, where the handler wants to know. */
class ConnectionHooks implements Handler {
  readonly #plan: DispatchPlan;
  readonly #threads = new Map<ConnectionInfo, { readonly thread: Thread; readonly id: number }>();

  constructor(plan: DispatchPlan) {
    this.#plan = plan;
  }

  handle(): void {
    throw new Error("Cannot handle a request here: every request is handed to a thread");
  }

  onConnectionStart(connection: ConnectionInfo): void {
    const thread = this.#plan.hooked();
    if (thread === null) return;
    this.#threads.set(connection, { thread, id: thread.connectionStarted(connection.remoteAddress) });
  }

  onConnectionEnd(connection: ConnectionInfo): void {
    const told = this.#threads.get(connection);
    if (told === undefined) return;
    this.#threads.delete(connection);
    told.thread.connectionEnded(told.id);
  }
}
