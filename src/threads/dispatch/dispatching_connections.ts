import type { ConnectionInfo, Handler } from "../../exchange/handler.ts";
import { clockFor } from "../../server/clock.ts";
import { ConnectionContext } from "../../server/connection_context.ts";
import { Connections } from "../../server/connections.ts";
import type { Settings } from "../../server/options.ts";
import { Statistics } from "../../server/statistics.ts";
import type { Thread } from "../pool/thread.ts";
import { DispatchedExchange, type DispatchHost } from "./dispatched_exchange.ts";

/** Where requests are dispatched to, and how. */
export interface DispatchPlan {
  readonly settings: Settings;
  readonly secure: boolean;
  /** The thread that has least to do, of those that can serve. */
  readonly leastBusy: () => Thread | null;
  /**
   * The thread to tell of the next connection, in turn; `null` where the handler does not want to be told.
   */
  readonly hooked: () => Thread | null;
}

/** Makes connections of this thread's own whose requests are handed to the thread that is least busy. */
export function dispatchingConnections(plan: DispatchPlan): Connections {
  const { settings, secure } = plan;
  const hooks = new ConnectionHooks(plan);
  const context = new ConnectionContext(
    hooks,
    settings,
    secure,
    new Statistics(),
    clockFor(settings.timeouts),
  );
  const host: DispatchHost = {
    choose: plan.leastBusy,
    countRequest: () => context.countRequest(),
    refused: (error, transport) =>
      context.refused(error, transport.remoteAddress, transport.connectionNumber),
    report: (error) => context.report(error, null),
  };
  return new Connections(context, (transport, head) => new DispatchedExchange(host, transport, head));
}

/**
 * Tells one thread of each connection's start, and the same thread of its end, where the handler wants to
 * know.
 */
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
