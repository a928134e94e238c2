import type { UpgradedSocket } from "../exchange/upgraded_socket.ts";
import type { RemoteAddress } from "../http/request.ts";
import type { Socket } from "../net/socket.ts";
import type { Output } from "./output.ts";
import type { Statistics } from "./statistics.ts";

/** The socket of a connection after the end of HTTP, on the thread that owns the connection. */
export class DetachedSocket implements UpgradedSocket {
  readonly #socket: Socket;
  readonly #output: Output;
  readonly #statistics: Statistics;
  readonly #leave: () => void;

  /**
   * Creates the socket.
   *
   * @param socket The connection's socket.
   * @param output Its writing side.
   * @param statistics Counts messages.
   * @param leave Closes the connection in order.
   */
  constructor(socket: Socket, output: Output, statistics: Statistics, leave: () => void) {
    this.#socket = socket;
    this.#output = output;
    this.#statistics = statistics;
    this.#leave = leave;
  }

  get remoteAddress(): RemoteAddress {
    return this.#socket.remoteAddress;
  }

  get unsent(): number {
    return this.#socket.unsent;
  }

  write(data: string | Uint8Array): void {
    this.#output.add(data);
  }

  flush(): boolean {
    return this.#output.flush();
  }

  ready(): Promise<void> {
    this.#output.schedule();
    return this.#output.ready();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#output.flush();
    this.#socket.end();
  }

  leave(): void {
    this.#leave();
  }

  destroy(): void {
    this.#output.flush();
    this.#socket.destroy();
  }

  countMessages(received: number, sent: number): void {
    this.#statistics.messages(received, sent);
  }
}
