import { ConnectionClosedError } from "../http/errors.ts";
import type { Socket, SocketHandler } from "../net/socket.ts";
import { CLIENT_GONE } from "../server/end_reasons.ts";
import type { LocalOwner } from "../server/served_exchange.ts";
import {
  type Channel,
  CLIENT_ENDED,
  CLOSED,
  CUT,
  DATA,
  HANDLER_ENDED,
  HANDLER_LEFT,
  WANT,
  WINDOW,
} from "./channel.ts";

/** The exchange whose connection it was, and the thread that handles it. */
export interface RelayedExchange {
  /** The messages to that thread. */
  readonly channel: Channel;
  /** The number of the exchange. */
  readonly id: number;
  /** The exchange is over; returns whether it was not before. */
  finish(): boolean;
}

/** A connection after an upgrade, whose handler is on another thread: the client's bytes are passed on, up to a window. */
export class RelayedConnection implements SocketHandler {
  readonly #socket: Socket;
  readonly #owner: LocalOwner;
  readonly #exchange: RelayedExchange;
  #outstanding = 0;

  /**
   * @param socket The connection.
   * @param owner Who had it.
   * @param exchange Where the bytes go.
   * @param early What the client has sent behind its request.
   * @param ended Whether the client has closed its half.
   */
  constructor(
    socket: Socket,
    owner: LocalOwner,
    exchange: RelayedExchange,
    early: Uint8Array,
    ended: boolean,
  ) {
    this.#socket = socket;
    this.#owner = owner;
    this.#exchange = exchange;
    if (early.length > 0) this.onData(early);
    if (ended) this.onEnd();
  }

  /** Bytes of the client's. */
  onData(chunk: Uint8Array): void {
    const { channel, id } = this.#exchange;
    this.#outstanding += chunk.length;
    channel.sendBytes(DATA, id, new Uint8Array(chunk));
    if (this.#outstanding >= WINDOW) this.#socket.pause();
  }

  /** The client closed its half. */
  onEnd(): void {
    const { channel, id } = this.#exchange;
    channel.send(CLIENT_ENDED, id);
  }

  /** The operating system took all that was held back. */
  onDrain(): void {
    this.#owner.output.onDrain();
  }

  /** The connection is gone. */
  onClose(error?: Error): void {
    const { channel, id } = this.#exchange;
    const reason = error instanceof ConnectionClosedError ? error.message : CLIENT_GONE;
    if (this.#exchange.finish()) channel.send(CLOSED, id, reason);
  }

  /** A message of the thread's that handles it. */
  message(operation: number, operand: unknown): void {
    if (operation === WANT) this.#taken(operand as number);
    else if (operation === HANDLER_ENDED) this.#end();
    else if (operation === HANDLER_LEFT) this.#owner.closeSoon();
    else if (operation === CUT) this.#cut(operand === true);
  }

  #taken(bytes: number): void {
    this.#outstanding -= bytes;
    if (this.#outstanding < WINDOW) this.#socket.resume();
  }

  #end(): void {
    this.#owner.output.flush();
    this.#socket.end();
  }

  #cut(reset: boolean): void {
    this.#exchange.finish();
    this.#owner.cut(reset);
  }
}
