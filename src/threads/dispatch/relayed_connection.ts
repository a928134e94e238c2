import type { UpgradedHandler, UpgradedSocket } from "../../exchange/upgraded_socket.ts";
import { ConnectionClosedError } from "../../http/errors.ts";
import { collectInTime } from "../../net/collection.ts";
import { CLIENT_GONE } from "../../server/end_reasons.ts";
import { postError } from "../pool/posted_error.ts";
import type { Channel } from "./channel.ts";
import {
  ABORT,
  ACKNOWLEDGE,
  CLIENT_ENDED,
  CLOSED,
  CONTENT,
  DATA,
  HANDLER_ENDED,
  HANDLER_LEFT,
  TAKEN,
  WANT,
  WINDOW,
} from "./messages.ts";

/** The exchange that a connection belonged to, and the thread that handles it. */
export interface RelayedExchange {
  /** The messages to that thread. */
  readonly channel: Channel;
  /** The number of the exchange. */
  readonly id: number;
  /** Ends the exchange; returns whether it was not over before. */
  finish(): boolean;
}

/**
 * An upgraded connection whose handler is on another thread: the client's bytes are passed on, up to a
 * window.
 */
export class RelayedConnection implements UpgradedHandler {
  readonly #socket: UpgradedSocket;
  readonly #exchange: RelayedExchange;
  /** Bytes that were passed on and that the handler has not taken. */
  #outstanding = 0;
  /** Bytes for the client that have not been acknowledged. */
  #unacknowledged = 0;

  /**
   * @param socket The connection.
   * @param exchange Where the bytes go.
   * @param early Bytes that came after the request.
   * @param ended Whether the client has closed its half.
   */
  constructor(socket: UpgradedSocket, exchange: RelayedExchange, early: Uint8Array, ended: boolean) {
    this.#socket = socket;
    this.#exchange = exchange;
    if (early.length > 0) this.onData(early);
    if (ended) this.onEnd();
  }

  onData(chunk: Uint8Array): void {
    const { channel, id } = this.#exchange;
    this.#outstanding += chunk.length;
    channel.send(DATA, id, channel.transfer(new Uint8Array(chunk).buffer));
    if (this.#outstanding >= WINDOW) this.#socket.pause();
  }

  onEnd(): void {
    const { channel, id } = this.#exchange;
    channel.send(CLIENT_ENDED, id);
  }

  onDrain(): void {}

  onClose(error?: Error): void {
    const { channel, id } = this.#exchange;
    const reason = error instanceof ConnectionClosedError ? error.message : CLIENT_GONE;
    if (this.#exchange.finish()) {
      channel.send(CLOSED, id, reason, error === undefined ? null : postError(error));
    }
  }

  /** Gives the connection up. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Takes a message of the thread that handles the connection. */
  message(operation: number, operand: unknown): void {
    if (operation === CONTENT) this.#write(operand as string | ArrayBuffer);
    else if (operation === WANT) this.#taken(operand as number);
    else if (operation === HANDLER_ENDED) this.#socket.end();
    else if (operation === HANDLER_LEFT) this.#socket.leave();
    else if (operation === ABORT) {
      this.#exchange.finish();
      this.#socket.destroy();
    }
  }

  #write(data: string | ArrayBuffer): void {
    const bytes = typeof data === "string" ? data : new Uint8Array(data);
    collectInTime(bytes.length);
    this.#socket.write(bytes);
    this.#unacknowledged += bytes.length;
    const ready = this.#socket.ready();
    if (this.#unacknowledged < ACKNOWLEDGE) return;
    const count = this.#unacknowledged;
    this.#unacknowledged = 0;
    const { channel, id } = this.#exchange;
    ready.then(() => channel.send(TAKEN, id, count), () => {});
  }

  #taken(bytes: number): void {
    this.#outstanding -= bytes;
    if (this.#outstanding < WINDOW) this.#socket.resume();
  }
}
