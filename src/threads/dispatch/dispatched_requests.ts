import type { ConnectionInfo } from "../../exchange/handler.ts";
import type { BeginExchange } from "../../exchange/request_events.ts";
import { beginExchange, type ConnectionContext } from "../../server/connection_context.ts";
import type { Statistics } from "../../server/statistics.ts";
import { Channel, type Port, readBatch } from "./channel.ts";
import { IdTable } from "./id_table.ts";
import { ABORT, CONNECTION_END, CONNECTION_START, REQUEST } from "./messages.ts";
import { type RemoteHost, RemoteTransport } from "./remote_transport.ts";
import { fromAddressRecord, fromRequestRecord } from "./request_record.ts";

/** Milliseconds between two looks at the deadlines of upgraded connections. */
const TICK = 1000;

/** The requests that are given to a thread whose connections are not its own. */
export class DispatchedRequests implements RemoteHost {
  readonly #context: ConnectionContext;
  readonly #begin: BeginExchange;
  readonly channel: Channel;
  readonly #transports = new IdTable<RemoteTransport>();
  readonly #connections = new IdTable<ConnectionInfo>();
  /**
   * `true` if a handler has been called by the batch that is being read, so that the asynchronous context may
   * be that handler's.
   */
  #inForeignContext = false;
  #clock: ReturnType<typeof setInterval> | null = null;

  /**
   * @param port The messages to the thread that has the connections.
   * @param context This thread's.
   */
  constructor(port: Port, context: ConnectionContext) {
    this.channel = new Channel(port);
    this.#context = context;
    this.#begin = beginExchange(context);
  }

  get secure(): boolean {
    return this.#context.secure;
  }

  get statistics(): Statistics {
    return this.#context.statistics;
  }

  remove(id: number): void {
    this.#transports.remove(id);
  }

  /** Takes a batch of the thread that has the connections. */
  receive(batch: readonly unknown[]): void {
    this.#inForeignContext = !this.#context.ownContext.isKept;
    this.channel.batched(() => readBatch(batch, this.#take));
  }

  /** The server begins to close. */
  drainingBegins(): void {
    for (const { upgraded } of this.#transports.all()) upgraded?.onDraining?.();
  }

  /**
   * A mistake in this library, or in a program that an upgrade was for, must cost no more than the
   * connection.
   */
  readonly #take = (operation: number, id: number, operands: readonly unknown[], at: number): void => {
    const transport = this.#transports.get(id);
    try {
      if (operation === REQUEST) this.#request(id, operands, at);
      else if (operation === CONNECTION_START) this.#connectionStarted(id, operands, at);
      else if (operation === CONNECTION_END) this.#connectionEnded(id);
      else transport?.message(operation, operands, at);
    } catch (error) {
      this.#context.report(error, null);
      const failed = transport ?? this.#transports.get(id);
      if (failed === null) this.channel.send(ABORT, id);
      else failed.abort();
    }
  };

  #request(id: number, operands: readonly unknown[], at: number): void {
    const request = fromRequestRecord(operands, at);
    const { head } = request;
    const transport = new RemoteTransport(this, id, request);
    this.#transports.set(id, transport);
    if (head.offersUpgrade || head.method === "CONNECT") this.#clock ??= setInterval(this.#tick, TICK);
    transport.begin(this.#begin(transport, head));
    if (this.#inForeignContext) return this.#context.ownContext.run(runTransport, transport);
    this.#inForeignContext = true;
    transport.run();
  }

  /** The clock stops when it finds nothing to do. */
  readonly #tick = (): void => {
    const now = performance.now();
    const transports = this.#transports.all();
    for (const { upgraded } of transports) upgraded?.checkDeadlines?.(now);
    if (transports.length > 0) return;
    clearInterval(this.#clock ?? undefined);
    this.#clock = null;
  };

  #connectionStarted(id: number, operands: readonly unknown[], at: number): void {
    const info: ConnectionInfo = { remoteAddress: fromAddressRecord(operands, at) };
    this.#connections.set(id, info);
    this.#context.notify("onConnectionStart", info);
  }

  #connectionEnded(id: number): void {
    const info = this.#connections.get(id);
    this.#connections.remove(id);
    if (info !== null) this.#context.notify("onConnectionEnd", info);
  }
}

function runTransport(transport: RemoteTransport): void {
  transport.run();
}
