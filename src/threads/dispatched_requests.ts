import type { Service, ToldConnection } from "../server/service.ts";
import { Channel, CONNECTION_END, CONNECTION_START, CUT, type Port, readBatch, REQUEST } from "./channel.ts";
import { HandledExchange } from "./handled_exchange.ts";
import { Register } from "./register.ts";
import { fromAddressRecord, fromRequestRecord } from "./request_record.ts";

/** Milliseconds between two looks at the clock while requests are being handled. */
const TICK = 1000;

/** The requests that are given to a thread whose connections are not its own. */
export class DispatchedRequests {
  readonly #service: Service;
  readonly #channel: Channel;
  readonly #exchanges = new Register<HandledExchange>();
  readonly #connections = new Register<ToldConnection>();
  #clock: ReturnType<typeof setInterval> | null = null;

  /**
   * @param port The messages to the thread that has the connections.
   * @param service This thread's.
   */
  constructor(port: Port, service: Service) {
    this.#channel = new Channel(port);
    this.#service = service;
  }

  /** Takes a batch of that thread's. */
  receive(batch: readonly unknown[]): void {
    this.#service.tick();
    this.#channel.batched(() => readBatch(batch, this.#take));
  }

  /** A mistake in this library, or what it did not expect of a handler, must cost no more than the connection. */
  readonly #take = (operation: number, id: number, operands: readonly unknown[], at: number): void => {
    const exchange = this.#exchanges.get(id);
    try {
      if (operation === REQUEST) this.#request(id, operands, at);
      else if (operation === CONNECTION_START) this.#connectionStarted(id, operands, at);
      else if (operation === CONNECTION_END) this.#connectionEnded(id);
      else exchange?.message(operation, operands[at], operands[at + 1]);
    } catch (error) {
      this.#service.report(error);
      this.#giveUp(id, exchange ?? this.#exchanges.get(id));
    }
  };

  #request(id: number, operands: readonly unknown[], at: number): void {
    const request = fromRequestRecord(operands, at);
    const exchange = new HandledExchange(this.#service, this.#channel, id, request, this.#remove);
    this.#exchanges.set(id, exchange);
    this.#clock ??= setInterval(this.#tick, TICK);
    exchange.run();
  }

  readonly #remove = (id: number): void => {
    this.#exchanges.remove(id);
  };

  #giveUp(id: number, exchange: HandledExchange | null): void {
    if (exchange === null) this.#channel.send(CUT, id, true);
    else exchange.cut(true);
  }

  /** A handler may take long, and its response has to tell the date. The clock stops when it finds nothing to do. */
  readonly #tick = (): void => {
    this.#service.tick();
    if (this.#exchanges.size > 0) return;
    clearInterval(this.#clock ?? undefined);
    this.#clock = null;
  };

  #connectionStarted(id: number, operands: readonly unknown[], at: number): void {
    const connection = { info: { remoteAddress: fromAddressRecord(operands, at) } };
    this.#connections.set(id, connection);
    this.#service.notify("onConnectionStart", connection);
  }

  #connectionEnded(id: number): void {
    const connection = this.#connections.get(id);
    this.#connections.remove(id);
    if (connection !== null) this.#service.notify("onConnectionEnd", connection);
  }
}
