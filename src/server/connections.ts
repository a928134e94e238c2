import type { BeginExchange } from "../exchange/request_events.ts";
import { Http1 } from "../h1/http1.ts";
import { Http1Connection } from "../h1/http1_connection.ts";
import type { Listener } from "../net/listener.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";
import { proxyListener } from "../proxy/proxy_listener.ts";
import { Connection, type ConnectionOwner, type OpenProtocol } from "./connection.ts";
import { beginExchange, type ConnectionContext } from "./connection_context.ts";
import { CLOSING } from "./end_reasons.ts";
import { IntrusiveSet } from "./intrusive_set.ts";

/**
 * Milliseconds for which connections without a request stay open when the server closes. A balancer learns
 * from `connection: close` to open others. Without this time, the next request on a kept connection could
 * arrive just as the connection is closed.
 */
const DRAIN_GRACE = 300;

/** The connections of a server on one thread. */
export class Connections implements ConnectionOwner {
  /** State that the connections share. */
  readonly context: ConnectionContext;
  readonly #open: OpenProtocol;
  readonly #connections = new IntrusiveSet<Connection>();
  #listener: Listener | null = null;
  #accepted = 0;
  /** Number of connections that had been accepted when idle ones were last closed. */
  #acceptedBefore = 0;
  #isFull = false;
  #drained: PromiseWithResolvers<void> | null = null;

  /**
   * Creates an empty set of connections.
   *
   * @param context State that the connections share.
   * @param begin Begins an exchange; by default with the handler on this thread.
   */
  constructor(
    context: ConnectionContext,
    begin: BeginExchange = beginExchange(context),
  ) {
    this.context = context;
    const http1 = new Http1(context.settings, begin);
    this.#open = (connection) => new Http1Connection(http1, connection);
  }

  /** Starts to accept connections from a listener. */
  listen(listener: Listener): void {
    const { proxyProtocol } = this.context.settings;
    this.#listener = proxyProtocol === null ? listener : proxyListener(listener, proxyProtocol);
    this.context.listensOn(listener.address);
    this.#listener.start((socket) => this.accept(socket), (error) => this.context.report(error, null));
  }

  /** Adds an accepted connection. */
  accept(socket: Socket): SocketHandler {
    const { context } = this;
    context.clock.start(this.#checkDeadlines);
    const connection = new Connection(context, this, socket, ++this.#accepted, this.#open);
    this.#connections.add(connection);
    context.statistics.connectionOpened();
    if (context.wants("onConnectionStart") || context.wants("onConnectionEnd")) this.#tell(connection);
    if (this.#connections.size >= context.settings.limits.maxConnections && !this.#isFull) {
      this.#isFull = true;
      this.#listener?.pause();
    }
    return connection;
  }

  /** Notifies the handler of a new connection. The handler may close the server in this call. */
  #tell(connection: Connection): void {
    connection.info = { remoteAddress: connection.remoteAddress };
    this.context.notify("onConnectionStart", connection.info);
  }

  connectionEnded(connection: Connection): void {
    const { context } = this;
    this.#connections.remove(connection);
    context.statistics.connectionClosed();
    if (this.#isFull && this.#connections.size < context.settings.limits.maxConnections) {
      this.#isFull = false;
      this.#listener?.resume();
    }
    if (this.#connections.size === 0) {
      context.clock.stop();
      this.#drained?.resolve();
    }
    if (connection.info !== null) context.notify("onConnectionEnd", connection.info);
  }

  readonly #checkDeadlines = (now: number): void => {
    for (const connection of this.#connections.all()) connection.checkDeadlines(now);
  };

  /**
   * Lets every connection complete its request, closes those that stay without one, and resolves when none is
   * left. Every response has `connection: close`.
   */
  async drain(): Promise<void> {
    this.context.beginDraining();
    if (this.#connections.size === 0) return;
    this.#drained = Promise.withResolvers();
    this.#acceptedBefore = this.#accepted;
    for (const connection of this.#connections.all()) connection.drainingBegins();
    const grace = setInterval(() => setImmediate(this.#closeIdle), DRAIN_GRACE);
    await this.#drained.promise;
    clearInterval(grace);
  }

  /**
   * Closes connections without a request, except those that the kernel's queue brought since the last time:
   * their request may be in transmission. This runs after the event loop has polled the sockets again, so
   * that a request that has arrived by now is handled.
   */
  readonly #closeIdle = (): void => {
    for (const connection of this.#connections.all()) {
      if (connection.number <= this.#acceptedBefore) connection.closeIfIdle();
    }
    this.#acceptedBefore = this.#accepted;
  };

  /** Cuts every connection at once. */
  cutAll(): void {
    this.context.cutWork();
    for (const connection of this.#connections.all()) connection.cutOff(CLOSING);
  }
}

const { setImmediate } = globalThis as unknown as { readonly setImmediate: (callback: () => void) => void };
