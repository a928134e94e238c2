import type { Listener, ListenOptions } from "../../net/listener.ts";
import type { Address } from "../../net/socket.ts";
import type { TlsCredentials } from "../../net/tls.ts";
import type { AcceptWay } from "../../server/listening.ts";
import type { Statistics } from "../../server/statistics.ts";
import type { DispatchPlan } from "../dispatch/dispatching_connections.ts";
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
  /**
   * Replaces the certificates for connections to come.
   *
   * @throws {ListenError} If a certificate or key cannot be used.
   * @throws {TypeError} If connections are not encrypted.
   */
  setCertificates(credentials: TlsCredentials): Promise<void>;
  /** Keeps the process while this thread listens. */
  ref(): void;
  /** Lets the process end although this thread listens. */
  unref(): void;
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
