import type { RemoteAddress } from "../http/request.ts";
import { collectInTime } from "../net/collection.ts";
import type { Socket } from "../net/socket.ts";
import { type Channel, CUT, HANDLER_ENDED, WANT, WINDOW, WRITE } from "./channel.ts";

/** Whose socket it is. */
export interface SocketOwner {
  /** This side has given the connection up. */
  wasCut(): void;
}

/** The connection of one exchange, which another thread has, as a socket: what is written is posted, up to a window. */
export class ChannelSocket implements Socket {
  readonly remoteAddress: RemoteAddress;
  readonly #channel: Channel;
  readonly #id: number;
  readonly #owner: SocketOwner;
  #queue: (string | Uint8Array<ArrayBuffer>)[] = [];
  #unacknowledged = 0;
  #heldBack = false;
  #paused = false;
  /** Bytes of an upgraded connection that were passed on while it was paused. */
  #taken = 0;

  /**
   * @param channel The messages to the thread that has the connection.
   * @param id The number of the exchange.
   * @param remoteAddress The client.
   * @param owner The exchange.
   */
  constructor(channel: Channel, id: number, remoteAddress: RemoteAddress, owner: SocketOwner) {
    this.#channel = channel;
    this.#id = id;
    this.remoteAddress = remoteAddress;
    this.#owner = owner;
  }

  /** How much the thread that has the connection has not acknowledged: it does so for much at once. */
  get unsent(): number {
    return this.#queue.reduce((sum, data) => sum + data.length, this.#unacknowledged);
  }

  /** Queues part of the response. Text that follows text goes with it in one message. */
  write(data: string | Uint8Array): void {
    const queue = this.#queue;
    if (typeof data !== "string") {
      queue.push(new Uint8Array(data));
      return;
    }
    const last = queue.at(-1);
    if (typeof last === "string") queue[queue.length - 1] = last + data;
    else queue.push(data);
  }

  /** Posts what is queued. */
  flush(): boolean {
    for (const data of this.#queue) {
      this.#unacknowledged += data.length;
      collectInTime(data.length);
      if (typeof data === "string") this.#channel.send(WRITE, this.#id, data);
      else this.#channel.sendBytes(WRITE, this.#id, data);
    }
    this.#queue = [];
    this.#heldBack = this.#unacknowledged >= WINDOW;
    return !this.#heldBack;
  }

  /** The client has taken so many bytes; returns whether that ends the holding back. */
  acknowledged(bytes: number): boolean {
    this.#unacknowledged -= bytes;
    if (!this.#heldBack || this.#unacknowledged >= WINDOW) return false;
    this.#heldBack = false;
    return true;
  }

  /** So many bytes of the upgraded connection have been passed on: more may come, unless it is paused. */
  passedOn(bytes: number): void {
    this.#taken += bytes;
    if (!this.#paused) this.#want();
  }

  /** Stops the upgraded connection's bytes. */
  pause(): void {
    this.#paused = true;
  }

  /** Takes them up again. */
  resume(): void {
    this.#paused = false;
    if (this.#taken > 0) this.#want();
  }

  #want(): void {
    this.#channel.send(WANT, this.#id, this.#taken, -1);
    this.#taken = 0;
  }

  /** Closes this half of the upgraded connection. */
  end(): void {
    this.flush();
    this.#channel.send(HANDLER_ENDED, this.#id);
  }

  /** Gives up the connection. */
  destroy(): void {
    this.#cut(false);
  }

  /** Gives up the connection, so that it does not look like an orderly end. */
  reset(): void {
    this.#cut(true);
  }

  #cut(reset: boolean): void {
    this.#channel.send(CUT, this.#id, reset);
    this.#owner.wasCut();
  }
}
