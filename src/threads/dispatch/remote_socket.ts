import type { UpgradedSocket } from "../../exchange/upgraded_socket.ts";
import type { RemoteAddress } from "../../http/request.ts";
import { collectInTime } from "../../net/collection.ts";
import type { Statistics } from "../../server/statistics.ts";
import type { Channel } from "./channel.ts";
import { ABORT, CONTENT, HANDLER_ENDED, HANDLER_LEFT, WANT } from "./messages.ts";
import { SendWindow } from "./send_window.ts";

/** The thread that handles an upgraded connection which another thread has. */
export interface RemoteSocketHost {
  /** The messages to the thread that has the connection. */
  readonly channel: Channel;
  /** Counts messages of the protocol. */
  readonly statistics: Statistics;
}

/** An upgraded connection that another thread has: what is written is posted, up to a window. */
export class RemoteSocket implements UpgradedSocket {
  readonly #host: RemoteSocketHost;
  readonly #id: number;
  readonly #onDestroyed: () => void;
  readonly #window = new SendWindow();
  readonly remoteAddress: RemoteAddress;
  #queue: (string | Uint8Array<ArrayBuffer>)[] = [];
  #queued = 0;
  #paused = false;
  #isClosed = false;
  /** Bytes that arrived while the connection was paused. */
  #taken = 0;

  /**
   * @param host This thread.
   * @param id The number of the exchange.
   * @param remoteAddress The client.
   * @param onDestroyed Called, in a microtask, once the program has given the connection up.
   */
  constructor(host: RemoteSocketHost, id: number, remoteAddress: RemoteAddress, onDestroyed: () => void) {
    this.#host = host;
    this.#id = id;
    this.remoteAddress = remoteAddress;
    this.#onDestroyed = onDestroyed;
  }

  get unsent(): number {
    return this.#queued + this.#window.unacknowledged;
  }

  /** Text that follows text goes with it in one message. */
  write(data: string | Uint8Array): void {
    if (this.#isClosed) return;
    const queue = this.#queue;
    this.#queued += data.length;
    const last = queue.at(-1);
    if (typeof data !== "string") queue.push(new Uint8Array(data));
    else if (typeof last === "string") queue[queue.length - 1] = last + data;
    else queue.push(data);
  }

  flush(): boolean {
    const { channel } = this.#host;
    for (const data of this.#queue) {
      this.#window.spend(data.length);
      collectInTime(data.length);
      channel.send(CONTENT, this.#id, typeof data === "string" ? data : channel.transfer(data.buffer));
    }
    this.#queue = [];
    this.#queued = 0;
    return !this.#window.isFull;
  }

  ready(): Promise<void> {
    this.flush();
    return this.#window.ready();
  }

  /** The client has taken bytes. Returns whether that ends the holding back. */
  acknowledged(bytes: number): boolean {
    return this.#window.acknowledged(bytes);
  }

  /** Bytes have been passed on to the program: more may come, unless the connection is paused. */
  passedOn(bytes: number): void {
    this.#taken += bytes;
    if (!this.#paused) this.#want();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#taken > 0) this.#want();
  }

  #want(): void {
    this.#host.channel.send(WANT, this.#id, this.#taken, -1);
    this.#taken = 0;
  }

  end(): void {
    this.flush();
    this.#host.channel.send(HANDLER_ENDED, this.#id);
  }

  leave(): void {
    this.#host.channel.send(HANDLER_LEFT, this.#id);
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    this.#host.channel.send(ABORT, this.#id);
    queueMicrotask(this.#onDestroyed);
  }

  /** The connection is gone. */
  closed(error: Error): void {
    this.#isClosed = true;
    this.#window.close(error);
  }

  countMessages(received: number, sent: number): void {
    this.#host.statistics.messages(received, sent);
  }
}
