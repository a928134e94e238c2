import { listen } from "../net/listen.ts";
import type { Listener, ListenOptions } from "../net/listener.ts";
import type { Address } from "../net/socket.ts";
import { drain } from "../server/drain.ts";
import type { AcceptWay } from "../server/listening.ts";
import { tellError } from "../server/error_listener.ts";
import type { Statistics } from "../server/statistics.ts";
import { dispatchingConnections, type DispatchPlan } from "./dispatch/dispatching_connections.ts";
import { StandIn } from "./stand_in.ts";

/** Brings connections to the threads of a server. */
export interface Acceptor {
  /** What is listened on, by this thread or by the others. */
  readonly address: Address;
  /** Begins to accept, once the threads can serve. */
  start(): void;
  /** A thread can serve, or has an end to one of its connections: those that wait may be passed on. */
  threadHasRoom(): void;
  /** No thread is left that could serve; others are about to start. */
  nobodyIsThere(): void;
  /** Stops accepting, and waits for the connections that are this thread's own. */
  drain(): Promise<void>;
  /** Gives up the connections that are this thread's own. */
  cut(): void;
  /** What was counted here, where connections are this thread's own. */
  readonly statistics: Statistics | null;
}

/** What is to be listened on, and how. */
export interface ListenPlan {
  readonly address: Address;
  /** A listener that the program gave. */
  readonly listener: Listener | null;
  readonly listenOptions: ListenOptions;
}

/** What an acceptor works with. */
export interface AcceptorPlan extends DispatchPlan, ListenPlan {
  readonly way: Exclude<AcceptWay, "single">;
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
 * shares would be joined in silence; this also finds a free one where 0 was asked for. While no thread is there, this one
 * stands in.
 */
async function reservePort(plan: AcceptorPlan): Promise<Acceptor> {
  const reserved = await listen(plan.address, plan.listenOptions);
  await reserved.close();
  const standIn = new StandIn(reserved.address, plan.listenOptions, plan);
  return {
    address: reserved.address,
    start: () => {},
    threadHasRoom: () => standIn.threadIsThere(),
    nobodyIsThere: () => standIn.nobodyIsThere(),
    drain: () => standIn.drain(),
    cut: () => standIn.cut(),
    get statistics() {
      return standIn.statistics;
    },
  };
}

/**
 * This thread accepts, and passes each connection to the thread that has fewest; one that no thread has room for waits
 * here, unread.
 */
async function transfer(plan: AcceptorPlan): Promise<Acceptor> {
  const { listenForTransfer } = await import("../net/node_transfer.ts");
  let started = false;
  const tell = (error: unknown) => tellError(plan.settings, error);
  function give(socket: unknown): boolean {
    const thread = started ? plan.leastBusy() : null;
    if (thread === null || thread.busy >= plan.settings.limits.maxConnections) return false;
    try {
      thread.passConnection(socket);
    } catch (error) {
      // A connection that was closed in between cannot be passed on any more.
      (socket as { destroy(): void }).destroy();
      tell(error);
    }
    return true;
  }
  const listener = await listenForTransfer(plan.address, give, tell);
  return {
    address: listener.address,
    start: () => {
      started = true;
      listener.resume();
    },
    threadHasRoom: () => listener.resume(),
    nobodyIsThere: () => {},
    drain: () => Promise.resolve(listener.close()),
    cut: () => {},
    statistics: null,
  };
}

/** This thread accepts and parses, and hands each request to the thread that is least busy. */
function dispatch(plan: AcceptorPlan, listener: Listener): Acceptor {
  const connections = dispatchingConnections(plan);
  return {
    address: listener.address,
    start: () => connections.listen(listener),
    threadHasRoom: () => {},
    nobodyIsThere: () => {},
    drain: () => drain(listener, connections),
    cut: () => connections.cutAll(),
    statistics: connections.context.statistics,
  };
}
