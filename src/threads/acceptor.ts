import { listen } from "../net/listen.ts";
import type { Listener, ListenOptions } from "../net/listener.ts";
import type { Address } from "../net/socket.ts";
import type { ConnectionInfo, Handler } from "../server/handler.ts";
import type { AcceptWay } from "../server/listening.ts";
import type { Settings } from "../server/options.ts";
import { Service } from "../server/service.ts";
import type { Statistics } from "../server/statistics.ts";
import { CONNECTION_END, CONNECTION_START } from "./channel.ts";
import { addressRecord, DispatchedExchange } from "./dispatched_exchange.ts";
import type { Thread } from "./thread.ts";

/** Brings connections to the threads of a server. */
export interface Acceptor {
  /** What is listened on, by this thread or by the others. */
  readonly address: Address;
  /** Begins to accept, once the threads can serve. */
  start(): void;
  /** A thread can serve, or has an end to one of its connections: those that wait may be passed on. */
  threadHasRoom(): void;
  /** Stops accepting, and waits for the connections that are this thread's own. */
  drain(): Promise<void>;
  /** Gives up the connections that are this thread's own. */
  cut(): void;
  /** What was counted here, where connections are this thread's own. */
  readonly statistics: Statistics | null;
}

/** What an acceptor works with. */
export interface AcceptorPlan {
  readonly way: Exclude<AcceptWay, "single">;
  readonly address: Address;
  /** A listener that the program gave. */
  readonly listener: Listener | null;
  readonly listenOptions: ListenOptions;
  readonly settings: Settings;
  readonly secure: boolean;
  /** The thread that has least to do, of those that can serve. */
  readonly leastBusy: () => Thread | null;
  /** The thread to tell of the next connection, in turn; `null` where the handler does not want to be told. */
  readonly hooked: () => Thread | null;
}

/**
 * Binds what is to be listened on.
 *
 * @throws {ListenError} If it cannot be bound.
 */
export async function bindAcceptor(plan: AcceptorPlan): Promise<Acceptor> {
  if (plan.way === "reusePort") return await reservePort(plan);
  if (plan.way === "transfer") return await transfer(plan);
  return dispatch(plan, plan.listener ?? await listen(plan.address, plan.listenOptions));
}

/**
 * The threads listen themselves. The port is bound once without sharing, because with it a port that another server
 * shares would be joined in silence; this also finds a free one where 0 was asked for.
 */
async function reservePort(plan: AcceptorPlan): Promise<Acceptor> {
  const reserved = await listen(plan.address, plan.listenOptions);
  await reserved.close();
  return {
    address: reserved.address,
    start: () => {},
    threadHasRoom: () => {},
    drain: () => Promise.resolve(),
    cut: () => {},
    statistics: null,
  };
}

/**
 * This thread accepts, and passes each connection to the thread that has fewest; one that no thread has room for waits
 * here, unread.
 */
async function transfer(plan: AcceptorPlan): Promise<Acceptor> {
  const { listenForTransfer } = await import("../net/node_transfer.ts");
  let started = false;
  function give(socket: unknown): boolean {
    const thread = started ? plan.leastBusy() : null;
    if (thread === null || thread.busy >= plan.settings.limits.maxConnections) return false;
    try {
      thread.passConnection(socket);
    } catch (error) {
      // A connection that was closed in between cannot be passed on any more.
      (socket as { destroy(): void }).destroy();
      plan.settings.onError(error);
    }
    return true;
  }
  const listener = await listenForTransfer(plan.address, give, plan.settings.onError);
  return {
    address: listener.address,
    start: () => {
      started = true;
      listener.resume();
    },
    threadHasRoom: () => listener.resume(),
    drain: () => Promise.resolve(listener.close()),
    cut: () => {},
    statistics: null,
  };
}

/** This thread accepts and parses, and hands each request to the thread that is least busy. */
function dispatch(plan: AcceptorPlan, listener: Listener): Acceptor {
  const service = new Service(
    new ConnectionHooks(plan),
    plan.settings,
    plan.secure,
    undefined,
    (owner, head, decoder) => new DispatchedExchange(owner, head, decoder, plan.leastBusy),
  );
  return {
    address: listener.address,
    start: () => service.listen(listener),
    threadHasRoom: () => {},
    drain: async () => {
      await Promise.all([listener.close(), service.drain()]);
    },
    cut: () => service.cutAll(),
    statistics: service.statistics,
  };
}

/** Tells one thread of each connection's start, and the same one of its end, where the handler wants to know. */
class ConnectionHooks implements Handler {
  readonly #plan: AcceptorPlan;
  readonly #threads = new Map<ConnectionInfo, { readonly thread: Thread; readonly id: number }>();
  #nextId = 0;

  constructor(plan: AcceptorPlan) {
    this.#plan = plan;
  }

  handle(): void {
    throw new Error("Cannot handle a request here: every request is handed to a thread");
  }

  onConnectionStart(connection: ConnectionInfo): void {
    const thread = this.#plan.hooked();
    if (thread === null) return;
    const id = this.#nextId++;
    this.#threads.set(connection, { thread, id });
    thread.channel.send(CONNECTION_START, id, ...addressRecord(connection.remoteAddress));
  }

  onConnectionEnd(connection: ConnectionInfo): void {
    const told = this.#threads.get(connection);
    if (told === undefined) return;
    this.#threads.delete(connection);
    told.thread.channel.send(CONNECTION_END, told.id);
  }
}
